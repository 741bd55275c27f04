import type { LazyCommand } from '../cli/program.ts';

/** Every command, in the order of the help page. Their code is loaded when they are called. */
export const commands: readonly LazyCommand[] = [
  {
    name: 'get',
    summary: 'Show objects',
    load: async () => (await import('../cli/commands/get.ts')).get,
  },
];

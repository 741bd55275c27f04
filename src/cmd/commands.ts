import type { LazyCommand } from '../cli/program.ts';

/** Every command, in the order of the help page. Their code is loaded when they are called. */
export const commands: readonly LazyCommand[] = [
  {
    name: 'apply',
    summary: 'Create objects from manifests, or change them to match',
    load: async () => (await import('../cli/commands/apply.ts')).apply,
  },
  {
    name: 'delete',
    summary: 'Delete objects, by name, by label or as manifests list them',
    load: async () => (await import('../cli/commands/delete.ts')).remove,
  },
  {
    name: 'get',
    summary: 'Show objects',
    load: async () => (await import('../cli/commands/get.ts')).get,
  },
  {
    name: 'server',
    summary: 'Run the control plane in the foreground, for service managers',
    load: async () => (await import('./commands/server.ts')).server,
  },
];

import { resolve } from 'node:path';
import { type ClusterPlace, CommandError, type OptionSpecs } from './command.ts';

/** Options that every command takes, before or after its own: which cluster is meant. */
export const placeOptions = {
  name: { value: 'NAME', description: 'Which cluster on this machine', default: 'tutti' },
  data: { value: 'DIR', description: "The cluster's data folder; /var/lib/tutti/NAME unless said" },
  kubeconfig: { value: 'FILE', description: 'The cluster that this kubeconfig names, instead' },
  context: { value: 'NAME', description: "A context of the kubeconfig, or of the user's own" },
} as const satisfies OptionSpecs;

/** What was typed of `placeOptions`; undefined where nothing was. */
export type GivenPlace = { readonly [K in keyof typeof placeOptions]?: string | undefined };

// Names of control groups, bridges and contexts are made of it, and it becomes part of paths.
const NAME = /^[a-zA-Z0-9]([a-zA-Z0-9_.-]{0,61}[a-zA-Z0-9])?$/;

/** The cluster that is meant. Throws CommandError for a name that can't be one. */
export function placeOf({ name, data, kubeconfig, context }: GivenPlace): ClusterPlace {
  const meant = name ?? placeOptions.name.default;
  if (!NAME.test(meant)) {
    throw new CommandError(`"${meant}" can't be the name of a cluster`, {
      advice: 'Use up to 63 letters, digits, dashes, dots and underscores.',
    });
  }
  if (data === '') throw new CommandError('--data is empty', { advice: 'Name a folder.' });
  return {
    name: meant,
    data: resolve(data ?? `/var/lib/tutti/${meant}`),
    kubeconfig,
    context,
    given: { name: name !== undefined, data: data !== undefined },
  };
}

/** `tutti --name test up`: a command for the cluster that was meant, to be copied from advice. */
export function commandFor({ name, data, given }: ClusterPlace, words: string): string {
  const path = /^[\w./-]+$/.test(data) ? data : `'${data.replaceAll("'", "'\\''")}'`;
  const place = [...(given.name ? ['--name', name] : []), ...(given.data ? ['--data', path] : [])];
  return ['tutti', ...place, words].join(' ');
}

/** The user's own kubeconfigs: those of `KUBECONFIG`, else `~/.kube/config`. */
export function userKubeconfigs(
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const named = (environment.KUBECONFIG ?? '').split(':').filter((path) => path !== '');
  return named.length > 0 ? named : [`${environment.HOME ?? '/root'}/.kube/config`];
}

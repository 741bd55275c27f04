import { CommandError, type OptionSpecs } from '../../cli/command.ts';

/** How a cluster is set up; shared by all commands that start one. */
export const clusterOptions = {
  host: {
    value: 'ADDRESS',
    description: 'Address on which the API server listens',
    default: '127.0.0.1',
  },
  port: { value: 'PORT', description: 'Port of the API server; 0 for any', default: '6443' },
  'pod-cidr': {
    value: 'CIDR',
    description: 'Network from which pods have their addresses; a free one unless said',
  },
  'service-cidr': {
    value: 'CIDR',
    description: 'Network from which services have their addresses; a free one unless said',
  },
  verbose: { short: 'v', description: 'Log more' },
} as const satisfies OptionSpecs;

/**
 * The same for `up`, which has to tell what was said from what wasn't: unsaid, options are what
 * the cluster was started with before.
 */
export const rememberedClusterOptions = {
  ...clusterOptions,
  host: {
    value: 'ADDRESS',
    description: 'Address on which the API server listens; the one it had, or 127.0.0.1',
  },
  port: {
    value: 'PORT',
    description: 'Port of the API server, 0 for any; the one it had, or 6443',
  },
} as const satisfies OptionSpecs;

/** How a node is set up; shared by all commands that start one. */
export const nodeOptions = {
  'node-name': { value: 'NAME', description: "The node's name; the machine's own unless said" },
  'node-ip': { value: 'ADDRESS', description: 'Address under which the node is reached' },
  cri: {
    value: 'SOCKET',
    description: "Socket of a runtime to use; Tutti's own containerd unless said",
  },
  'cni-conf-dir': {
    value: 'FOLDER',
    description: "Where that runtime takes its network from, if it doesn't tell (CRI-O)",
  },
  'cluster-dns': {
    value: 'ADDRESS',
    description: 'Address on which DNS answers; the tenth of the service network unless said',
  },
} as const satisfies OptionSpecs;

/** A port number. Throws CommandError for anything else. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new CommandError(`--port takes a number from 0 to 65535, not "${text}"`, {
    isMisuse: true,
    advice: 'Choose a free one, such as 7443, or 0 for any.',
  });
}

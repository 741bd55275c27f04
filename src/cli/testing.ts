import { seededRandom } from '../base/random.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import type { Cluster } from './cluster.ts';
import type { ServedResource } from './discovery.ts';
import type { Io } from './io.ts';
import type { ProgramTools } from './program.ts';

/** Streams in memory, for tests: what was written is there to be read. */
export interface MemoryIo extends Io {
  readonly out: string;
  readonly err: string;
}

/** Streams of which standard input holds `input`. */
export function memoryIo({
  input = '',
  isTerminal = false,
  width = 80,
  height = 24,
}: {
  readonly input?: string | Uint8Array;
  readonly isTerminal?: boolean;
  readonly width?: number;
  readonly height?: number;
} = {}): MemoryIo {
  let [out, err] = ['', ''];
  return {
    stdin: (async function* () {
      yield Buffer.from(input);
    })(),
    isTerminal,
    hasColours: false,
    width,
    height,
    async write(text) {
      out += typeof text === 'string' ? text : Buffer.from(text).toString();
    },
    line(text = '') {
      out += `${text}\n`;
    },
    note(text) {
      err += `${text}\n`;
    },
    get out() {
      return out;
    },
    get err() {
      return err;
    },
  };
}

/** What a program runs with, on a machine without clusters. */
export const testTools = (io: Io, more: Partial<ProgramTools> = {}): ProgramTools => ({
  io,
  clock: new VirtualClock(),
  random: seededRandom(1),
  environment: {},
  signal: new AbortController().signal,
  version: '1.2.3',
  local: { find: () => undefined },
  ...more,
});

/** A resource as a server offers it. */
const served = (
  plural: string,
  kind: string,
  more: Partial<ServedResource> = {},
): ServedResource => ({
  group: '',
  version: 'v1',
  kind,
  plural,
  namespaced: true,
  singular: kind.toLowerCase(),
  shortNames: [],
  categories: [],
  verbs: ['get', 'list', 'watch'],
  ...more,
});

/** A few resources, two of which share their name. */
export const SERVED: readonly ServedResource[] = [
  served('pods', 'Pod', { shortNames: ['po'], categories: ['all'] }),
  served('services', 'Service', { shortNames: ['svc'], categories: ['all'] }),
  served('events', 'Event', { shortNames: ['ev'] }),
  served('nodes', 'Node', { namespaced: false, shortNames: ['no'] }),
  served('deployments', 'Deployment', {
    group: 'apps',
    shortNames: ['deploy'],
    categories: ['all'],
  }),
  served('horizontalpodautoscalers', 'HorizontalPodAutoscaler', {
    group: 'autoscaling',
    version: 'v2',
    shortNames: ['hpa'],
    categories: ['all'],
  }),
  served('horizontalpodautoscalers', 'HorizontalPodAutoscaler', {
    group: 'autoscaling',
    shortNames: ['hpa'],
    categories: ['all'],
  }),
  served('events', 'Event', { group: 'events.k8s.io', shortNames: ['ev'] }),
  served('tokenreviews', 'TokenReview', {
    group: 'authentication.k8s.io',
    namespaced: false,
    categories: ['all'],
    verbs: ['create'],
  }),
];

/** A cluster of which only is known what it serves. */
export const servingCluster = (
  resources: readonly ServedResource[] = SERVED,
): Pick<Cluster, 'resources' | 'namespace'> => ({
  resources: async () => resources,
  namespace: 'default',
});

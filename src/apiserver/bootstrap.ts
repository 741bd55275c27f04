import type { ApiRequest } from '../machinery/api-request.ts';
import type { KubeObject } from '../machinery/object.ts';
import { isStatusError } from '../machinery/status.ts';
import type { Heart } from './heart.ts';

const SYSTEM = { name: 'system:apiserver', groups: ['system:masters'] };
const NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** Where an object of a kind is, and what is in it. */
export interface Wanted {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespace?: string;
  readonly name: string;
  readonly body: object;
}

/** Creates what every cluster has from its first moment, where it isn't there. */
export async function bootstrap(heart: Heart): Promise<void> {
  // All at once: they wait for the disk together.
  const all = [...NAMESPACES.map(namespaceOf), ...PRIORITY_CLASSES];
  await Promise.all(all.map((wanted) => ensure(heart, wanted)));
}

/** The object, made now if it isn't there. */
export async function ensure(heart: Heart, wanted: Wanted): Promise<KubeObject> {
  return (await find(heart, wanted)) ?? (await create(heart, wanted));
}

async function find(heart: Heart, wanted: Wanted): Promise<KubeObject | undefined> {
  const { body: _, ...address } = wanted;
  try {
    const { object } = await heart.handle({ ...address, verb: 'get', options: {} }, SYSTEM);
    return object as KubeObject;
  } catch (error) {
    if (!isStatusError(error, 'NotFound')) throw error;
    return undefined;
  }
}

async function create(heart: Heart, { name, ...wanted }: Wanted): Promise<KubeObject> {
  const options = { fieldManager: 'kube-apiserver' };
  const request: ApiRequest = { ...wanted, verb: 'create', options };
  const { object } = await heart.handle(request, SYSTEM);
  return object as KubeObject;
}

/** Makes an object that is there say what is wanted. */
export async function overwrite(heart: Heart, wanted: Wanted): Promise<void> {
  const options = { fieldManager: 'kube-apiserver' };
  await heart.handle({ ...wanted, verb: 'update', options }, SYSTEM);
}

const namespaceOf = (name: string): Wanted => ({
  group: '',
  version: 'v1',
  plural: 'namespaces',
  name,
  body: { kind: 'Namespace', apiVersion: 'v1', metadata: { name } },
});

const priorityClass = (name: string, value: number, description: string): Wanted => ({
  group: 'scheduling.k8s.io',
  version: 'v1',
  plural: 'priorityclasses',
  name,
  body: {
    kind: 'PriorityClass',
    apiVersion: 'scheduling.k8s.io/v1',
    metadata: { name },
    value,
    description,
  },
});

const PRIORITY_CLASSES = [
  priorityClass(
    'system-node-critical',
    2_000_001_000,
    'Used for system critical pods that must not be moved from their current node.',
  ),
  priorityClass(
    'system-cluster-critical',
    2_000_000_000,
    'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  ),
];

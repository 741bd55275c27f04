import { configMaps, nodes, secrets } from '../../api/generated/core/v1/resources.ts';
import type {
  ConfigMap,
  Container,
  Event,
  Pod,
  Secret,
} from '../../api/generated/core/v1/types.ts';
import type { ClusterReader } from '../cluster-reader.ts';
import {
  type Advice,
  type Evidence,
  type Explanation,
  explained,
  untried,
} from '../explanation.ts';
import type { WatchedContainer } from './containers.ts';

/** Reasons of waiting that are no trouble: it is just being started. */
const STARTING = new Set(['ContainerCreating', 'PodInitializing']);

/** Whether a container waits for something that may never come. */
export function hasTrouble({ status }: WatchedContainer): boolean {
  const reason = status?.state?.waiting?.reason;
  return reason !== undefined && !STARTING.has(reason);
}

/** Why a container can't be started. */
export async function explainWaiting(
  pod: Pod,
  { container, status }: WatchedContainer,
  { reader }: { readonly events: readonly Event[]; readonly reader: ClusterReader },
): Promise<Explanation> {
  const { reason = '', message = '' } = status?.state?.waiting ?? {};
  const missing = reason.startsWith('CreateContainer') ? await missingSources(pod, reader) : [];
  return explained(pod, {
    state: 'wrong',
    summary: `container ${container.name} can't start: ${whatIs(reason, container.image ?? '')}`,
    evidence: [
      ...(message ? [{ subject: reason, text: message.trim() }] : []),
      ...missing.map(({ evidence }) => evidence),
    ],
    advice: [
      ...missing.map(({ advice }) => advice),
      ...(PULLING.has(reason) ? await pullAdvice(pod, container, reader) : adviceOn(reason)),
    ],
  });
}

function whatIs(reason: string, image: string): string {
  switch (reason) {
    case 'ErrImagePull':
    case 'ImagePullBackOff':
      return `its image ${image} can't be pulled`;
    case 'InvalidImageName':
      return `"${image}" is no name of an image`;
    case 'ErrImageNeverPull':
      return `its image ${image} isn't on the node, and may not be pulled`;
    case 'CreateContainerConfigError':
      return "something that its configuration refers to isn't there";
    default:
      return reason;
  }
}

function adviceOn(reason: string): Advice[] {
  switch (reason) {
    case 'InvalidImageName':
      return [untried('write it as [REGISTRY/]NAME[:TAG], in lower case')];
    case 'ErrImageNeverPull':
      return [untried('load it onto the node ("tutti image load"), or change imagePullPolicy')];
    default:
      return [];
  }
}

const PULLING = new Set(['ErrImagePull', 'ImagePullBackOff']);

async function pullAdvice(
  { spec }: Pod,
  { image = '', imagePullPolicy }: Container,
  reader: ClusterReader,
): Promise<Advice[]> {
  const node = await reader.find(nodes, { name: spec.nodeName ?? '' });
  const names = (node?.status?.images ?? []).flatMap(({ names = [] }) => names);
  const isThere = names.some((name) =>
    [image, `${image}:latest`].some((each) => name === each || name.endsWith(`/${each}`)),
  );
  if (isThere && imagePullPolicy === 'Always') {
    return [untried('the node has an image of this name: set imagePullPolicy: IfNotPresent')];
  }
  return [
    untried('see that the name and tag are right, and that the node reaches the registry'),
    untried('where the registry wants a password, give the pod an imagePullSecret'),
  ];
}

interface Missing {
  readonly evidence: Evidence;
  readonly advice: Advice;
}

interface Reference {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
  /** Of `data`; the object itself when undefined. */
  readonly key?: string | undefined;
}

/** ConfigMaps, Secrets and keys of them that environment variables want and that aren't there. */
async function missingSources(pod: Pod, reader: ClusterReader): Promise<Missing[]> {
  const { namespace } = pod.metadata;
  const found: Missing[] = [];
  for (const { kind, name, key } of referencesOf(pod)) {
    const resource = kind === 'ConfigMap' ? configMaps : secrets;
    const source = await reader.find<ConfigMap | Secret>(resource as never, { namespace, name });
    if (source && (key === undefined || source.data?.[key] !== undefined)) continue;
    const what = `${kind} ${name}`;
    const text = source ? `${what} has no key "${key}"` : `there is no ${what} in ${namespace}`;
    const known = Object.keys(source?.data ?? {});
    const has = known.length > 0 ? `; it has ${known.join(', ')}` : '';
    const mend = source ? `add the key "${key}" to ${what}` : `create the ${what} in ${namespace}`;
    found.push({ evidence: { subject: what, text: `${text}${has}` }, advice: untried(mend) });
  }
  return found;
}

function referencesOf({ spec }: Pod): Reference[] {
  const found = new Map<string, Reference>();
  const add = (
    kind: Reference['kind'],
    ref: { name?: string; key?: string; optional?: boolean } | undefined,
  ) => {
    if (!ref?.name || ref.optional) return;
    found.set(`${kind}/${ref.name}/${ref.key}`, { kind, name: ref.name, key: ref.key });
  };
  for (const { env = [], envFrom = [] } of [...(spec.initContainers ?? []), ...spec.containers]) {
    for (const { valueFrom } of env) {
      add('ConfigMap', valueFrom?.configMapKeyRef);
      add('Secret', valueFrom?.secretKeyRef);
    }
    for (const { configMapRef, secretRef } of envFrom) {
      add('ConfigMap', configMapRef);
      add('Secret', secretRef);
    }
  }
  return [...found.values()];
}

import { nodes } from '../../api/generated/core/v1/resources.ts';
import type { Container, Event, Pod } from '../../api/generated/core/v1/types.ts';
import { type ClusterReader, HIDDEN } from '../cluster-reader.ts';
import { type Advice, type Explanation, explained, untried } from '../explanation.ts';
import type { WatchedContainer } from './containers.ts';
import { environmentSources, missingAmong, pullSecrets } from './missing.ts';

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
  const needed = PULLING.has(reason) ? pullSecrets(pod) : environmentSources(pod);
  const missing = await missingAmong(needed, pod, reader);
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
  const node = await reader.findIfAllowed(nodes, { name: spec.nodeName ?? '' });
  const images = (node !== HIDDEN && node?.status?.images) || [];
  const names = images.flatMap(({ names }) => names ?? []);
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

import type { Pod } from '../../api/generated/core/v1/types.ts';

import { type Advice, type Explanation, explained, untried } from '../explanation.ts';
import type { WatchedContainer } from './containers.ts';
import { pullAdvice } from './image-advice.ts';
import { environmentSources, missingAmong, pullSecrets } from './missing.ts';
import { startFailure } from './start-failure.ts';
import type { PodContext } from './unready.ts';

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
  { reader }: Pick<PodContext, 'reader'>,
): Promise<Explanation> {
  const { reason = '', message = '' } = status?.state?.waiting ?? {};
  const needed = PULLING.has(reason) ? pullSecrets(pod) : environmentSources(pod);
  const missing = await missingAmong(needed, pod, reader);
  return explained(pod, {
    state: 'wrong',
    summary: `container ${container.name} can't start: ${whatIs({ reason, message, image: container.image ?? '' })}`,
    evidence: [
      ...(message ? [{ subject: reason, text: message.trim() }] : []),
      ...missing.map(({ evidence }) => evidence),
    ],
    advice: [
      ...missing.map(({ advice }) => advice),
      ...(PULLING.has(reason)
        ? await pullAdvice(pod, container, reader)
        : adviceOn({ reason, message })),
    ],
  });
}

interface Waiting {
  readonly reason: string;
  readonly message: string;
}

function whatIs({ reason, message, image }: Waiting & { readonly image: string }): string {
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
    case 'CreateContainerError':
    case 'RunContainerError':
    case 'StartError':
      return startFailure(message).what;
    default:
      return reason;
  }
}

function adviceOn({ reason, message }: Waiting): Advice[] {
  switch (reason) {
    case 'InvalidImageName':
      return [untried('write it as [REGISTRY/]NAME[:TAG], in lower case')];
    case 'ErrImageNeverPull':
      return [untried('load it onto the node ("tutti image load"), or change imagePullPolicy')];
    case 'CreateContainerError':
    case 'RunContainerError':
    case 'StartError':
      return [startFailure(message).advice];
    default:
      return [];
  }
}

const PULLING = new Set(['ErrImagePull', 'ImagePullBackOff']);

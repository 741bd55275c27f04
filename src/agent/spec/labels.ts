import type { Container, EphemeralContainer, Pod } from '../../api/generated/core/v1/types.ts';
import type { ContainerSummary, PodSandboxSummary } from '../../runtime/cri-types.ts';
import { containerHash } from '../pod-runtime.ts';

// The names that every tool which looks at containers on a node knows (crictl, log collectors).
const POD_NAME = 'io.kubernetes.pod.name';
const POD_NAMESPACE = 'io.kubernetes.pod.namespace';
export const POD_UID = 'io.kubernetes.pod.uid';
/** Whose a sandbox or container is, where several agents share a runtime. */
export const OWNER = 'tutti.dev/agent';
const CONTAINER_NAME = 'io.kubernetes.container.name';
const HASH = 'io.kubernetes.container.hash';
const RESTART_COUNT = 'io.kubernetes.container.restartCount';
const TERMINATION_PATH = 'io.kubernetes.container.terminationMessagePath';
const TERMINATION_POLICY = 'io.kubernetes.container.terminationMessagePolicy';
const GRACE_SECONDS = 'io.kubernetes.pod.terminationGracePeriod';

/** By which a pod's sandboxes and containers are found again. */
export const podLabels = ({ metadata }: Pod, owner: string): Record<string, string> => ({
  [OWNER]: owner,
  [POD_NAME]: metadata.name,
  [POD_NAMESPACE]: metadata.namespace ?? '',
  [POD_UID]: metadata.uid,
});

/** By which a container is found again. */
export const containerLabels = (
  pod: Pod,
  { name }: Container | EphemeralContainer,
  owner: string,
): Record<string, string> => ({ ...podLabels(pod, owner), [CONTAINER_NAME]: name });

/** What a later agent has to know of a container, even when its pod is gone. */
export function containerAnnotations(
  { spec }: Pod,
  container: Container | EphemeralContainer,
  restartCount: number,
): Record<string, string> {
  const { terminationMessagePath, terminationMessagePolicy } = container;
  return {
    [HASH]: containerHash(container),
    [RESTART_COUNT]: String(restartCount),
    ...(terminationMessagePath && { [TERMINATION_PATH]: terminationMessagePath }),
    ...(terminationMessagePolicy && { [TERMINATION_POLICY]: terminationMessagePolicy }),
    ...(spec.terminationGracePeriodSeconds !== undefined && {
      [GRACE_SECONDS]: String(spec.terminationGracePeriodSeconds),
    }),
  };
}

/** What was written on a container when it was made. */
export interface ContainerMarks {
  readonly podUid: string;
  readonly name: string;
  readonly hash: string;
  readonly restartCount: number;
  readonly terminationMessagePath: string | undefined;
  readonly fallsBackToLogs: boolean;
}

/** Undefined for containers that no node agent made. */
export function containerMarks({
  labels,
  annotations,
}: Pick<ContainerSummary, 'labels' | 'annotations'>): ContainerMarks | undefined {
  const [podUid, name] = [labels[POD_UID], labels[CONTAINER_NAME]];
  if (!podUid || !name) return undefined;
  return {
    podUid,
    name,
    hash: annotations[HASH] ?? '',
    restartCount: Number(annotations[RESTART_COUNT] ?? 0),
    terminationMessagePath: annotations[TERMINATION_PATH],
    fallsBackToLogs: annotations[TERMINATION_POLICY] === 'FallbackToLogsOnError',
  };
}

/** As much of a pod as can be read from its sandbox: enough to end it. */
export function podFromSandbox({ metadata }: PodSandboxSummary): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: metadata.name,
      namespace: metadata.namespace,
      uid: metadata.uid,
      resourceVersion: '',
      creationTimestamp: '',
    },
    spec: { containers: [] },
    status: {},
  };
}

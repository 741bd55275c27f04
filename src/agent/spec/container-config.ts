import type {
  Container,
  EphemeralContainer,
  Pod,
  VolumeMount,
} from '../../api/generated/core/v1/types.ts';
import type {
  ContainerConfig,
  EnvironmentVariable,
  Image,
  Mount,
} from '../../runtime/cri-types.ts';
import { containerResources } from '../qos.ts';
import { expand } from './expand.ts';
import { containerAnnotations, containerLabels } from './labels.ts';
import { containerSecurity } from './security.ts';

export interface ContainerFacts {
  /** The agent whose container it is. */
  readonly owner: string;
  readonly restartCount: number;
  readonly image: Image;
  readonly env: readonly EnvironmentVariable[];
  readonly mounts: readonly Mount[];
  /** The container whose processes an ephemeral one wants to see. */
  readonly targetId?: string;
  readonly memoryCapacityBytes: number;
}

/** What the runtime is told about a container. Throws PodConfigError. */
export function containerConfig(
  pod: Pod,
  container: Container | EphemeralContainer,
  facts: ContainerFacts,
): ContainerConfig {
  const { name, stdin = false, stdinOnce = false, tty = false, lifecycle } = container;
  const { restartCount, image, env } = facts;
  const values = new Map(env.map((variable) => [variable.name, variable.value]));
  const expanded = (text: string) => expand(text, (name) => values.get(name));
  return {
    metadata: { name, attempt: restartCount },
    image: image.id,
    userImage: container.image ?? '',
    command: (container.command ?? []).map(expanded),
    args: (container.args ?? []).map(expanded),
    workingDir: container.workingDir ?? '',
    env,
    mounts: facts.mounts,
    devices: [],
    labels: containerLabels(pod, container, facts.owner),
    annotations: containerAnnotations(pod, container, restartCount),
    logPath: `${name}/${restartCount}.log`,
    stdin,
    stdinOnce,
    tty,
    resources: containerResources(pod, container, facts.memoryCapacityBytes),
    security: containerSecurity(pod, container, image, facts.targetId),
    ...(lifecycle?.stopSignal && { stopSignal: lifecycle.stopSignal }),
  };
}

const PROPAGATIONS: Readonly<Record<string, Mount['propagation']>> = {
  HostToContainer: 'hostToContainer',
  Bidirectional: 'bidirectional',
};

/** How a volume, or a part of it at `hostPath`, is mounted. */
export const volumeMount = (
  { mountPath, readOnly = false, mountPropagation, recursiveReadOnly }: VolumeMount,
  hostPath: string,
): Mount => ({
  containerPath: mountPath.startsWith('/') ? mountPath : `/${mountPath}`,
  hostPath,
  readOnly,
  recursiveReadOnly: readOnly && recursiveReadOnly === 'Enabled',
  propagation: PROPAGATIONS[mountPropagation ?? ''] ?? 'private',
});

/** The part of a volume that a mount names, with variables replaced; undefined for all of it. */
export function subPathOf(
  { subPath, subPathExpr }: VolumeMount,
  env: readonly EnvironmentVariable[],
): string | undefined {
  if (!subPathExpr) return subPath || undefined;
  return expand(subPathExpr, (name) => env.find((variable) => variable.name === name)?.value);
}

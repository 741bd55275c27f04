import type { Container, EphemeralContainer, Pod } from '../api/generated/core/v1/types.ts';
import type {
  ContainerResources,
  ContainerState,
  ContainerUser,
  PodSandboxStatus,
} from '../runtime/cri-types.ts';

/** What the runtime has of a pod. Lists have the newest first. */
export interface PodRuntime {
  readonly sandboxes: readonly PodSandboxStatus[];
  readonly containers: readonly RuntimeContainer[];
}

/** One run of a container: each restart is another. Times are milliseconds since the epoch. */
export interface RuntimeContainer {
  readonly id: string;
  readonly sandboxId: string;
  /** The container's name in the pod. */
  readonly name: string;
  readonly state: ContainerState;
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly exitCode: number;
  readonly reason: string;
  readonly message: string;
  readonly restartCount: number;
  /** Of the definition that it was made from. */
  readonly hash: string;
  readonly image: string;
  readonly imageRef: string;
  readonly logPath: string;
  readonly user?: ContainerUser;
  readonly resources?: ContainerResources;
}

export const NO_RUNTIME: PodRuntime = { sandboxes: [], containers: [] };

/** The latest run of a container. */
export const latestRun = (runtime: PodRuntime, name: string): RuntimeContainer | undefined =>
  runtime.containers.find((container) => container.name === name);

/** An init container that stays, beside the main ones: `restartPolicy: Always`. */
export const isSidecar = (container: Container): boolean => container.restartPolicy === 'Always';

/** Any container of a pod by name, whichever list it is in. */
export function findContainer(
  { spec }: Pod,
  name: string,
): Container | EphemeralContainer | undefined {
  const { initContainers = [], containers, ephemeralContainers = [] } = spec;
  return [...containers, ...initContainers, ...ephemeralContainers].find((c) => c.name === name);
}

/** `name_namespace(uid)`, the form in which messages name a pod. */
export const podText = ({ metadata: { name, namespace, uid } }: Pod): string =>
  `${name}_${namespace}(${uid})`;

/** Changes when a container has to be made anew: with its name or its image. */
export function containerHash({ name, image = '' }: { name: string; image?: string }): string {
  let hash = 0x811c9dc5; // FNV-1a
  for (const byte of new TextEncoder().encode(JSON.stringify([name, image]))) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash.toString(16);
}

/** Whether the pod uses the node's network. */
export const usesHostNetwork = ({ spec }: Pod): boolean => spec.hostNetwork === true;

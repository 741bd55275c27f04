import type { Cancel } from '../base/clock.ts';
import type {
  ContainerConfig,
  ContainerFilter,
  ContainerResources,
  ContainerStatus,
  ContainerSummary,
  ContainerUsage,
  ExecResult,
  FilesystemUsage,
  Image,
  PodSandboxConfig,
  PodSandboxStatus,
  PodSandboxSummary,
  PullCredentials,
  RuntimeEvent,
  RuntimeStatus,
  RuntimeVersion,
  SandboxFilter,
  StreamOptions,
} from './cri-types.ts';

/**
 * A container runtime, as the node agent needs it: the calls of CRI v1 in our words. Whatever
 * fails rejects with RuntimeFailure. Stopping or removing what isn't there is no failure. Times are
 * milliseconds since the epoch.
 */
export interface ContainerRuntime {
  version(): Promise<RuntimeVersion>;
  status(): Promise<RuntimeStatus>;

  /** Makes the pod's namespaces and network; answers the sandbox's ID. */
  runPodSandbox(config: PodSandboxConfig, handler?: string): Promise<string>;
  /** Kills what runs in the sandbox and takes its network away. */
  stopPodSandbox(sandboxId: string): Promise<void>;
  /** Removes the sandbox and its containers, which are killed if need be. */
  removePodSandbox(sandboxId: string): Promise<void>;
  /** Undefined when there is no such sandbox. */
  podSandboxStatus(sandboxId: string): Promise<PodSandboxStatus | undefined>;
  listPodSandboxes(filter?: SandboxFilter): Promise<readonly PodSandboxSummary[]>;

  /** Creates without starting; answers the container's ID. */
  createContainer(
    sandboxId: string,
    config: ContainerConfig,
    sandboxConfig: PodSandboxConfig,
  ): Promise<string>;
  startContainer(containerId: string): Promise<void>;
  /** Sends the stop signal, and SIGKILL after the grace period. Resolves once it has stopped. */
  stopContainer(containerId: string, graceSeconds: number): Promise<void>;
  removeContainer(containerId: string): Promise<void>;
  /** Undefined when there is no such container. */
  containerStatus(containerId: string): Promise<ContainerStatus | undefined>;
  listContainers(filter?: ContainerFilter): Promise<readonly ContainerSummary[]>;
  updateContainerResources(containerId: string, resources: ContainerResources): Promise<void>;
  /** To be called after the log file was renamed. */
  reopenContainerLog(containerId: string): Promise<void>;

  /** Runs a command to its end, killed after the timeout; 0 is none. */
  execSync(
    containerId: string,
    command: readonly string[],
    timeoutSeconds: number,
  ): Promise<ExecResult>;
  /** Where to speak the streaming protocol, good for one use. */
  execUrl(containerId: string, command: readonly string[], streams: StreamOptions): Promise<string>;
  attachUrl(containerId: string, streams: StreamOptions): Promise<string>;
  portForwardUrl(sandboxId: string, ports: readonly number[]): Promise<string>;

  listContainerUsage(): Promise<readonly ContainerUsage[]>;
  /**
   * Follows what happens to containers. `onEnd` is called once, with a permanent failure where the
   * runtime doesn't offer events.
   */
  events(onEvent: (event: RuntimeEvent) => void, onEnd: (failure?: RuntimeFailure) => void): Cancel;

  listImages(): Promise<readonly Image[]>;
  /** Undefined when the image isn't on this machine. */
  imageStatus(image: string): Promise<Image | undefined>;
  /** Answers the reference by which containers name the image. */
  pullImage(
    image: string,
    credentials: PullCredentials | undefined,
    sandboxConfig?: PodSandboxConfig,
  ): Promise<string>;
  removeImage(image: string): Promise<void>;
  imageFilesystems(): Promise<readonly FilesystemUsage[]>;
}

/**
 * - `transient`: it was refused or failed; the same may succeed later
 * - `permanent`: the same will fail again, until something else changes
 * - `unknown`: the answer was lost; it may have been done, so observe before acting
 */
export type FailureKind = 'transient' | 'permanent' | 'unknown';

/** An effect on the outside that failed. The message is the runtime's, as users see it. */
export class RuntimeFailure extends Error {
  override readonly name = 'RuntimeFailure';
  readonly kind: FailureKind;
  /** What the call was about isn't there. */
  readonly missing: boolean;

  constructor(
    kind: FailureKind,
    message: string,
    { missing = false, cause }: { missing?: boolean; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.kind = kind;
    this.missing = missing;
  }
}

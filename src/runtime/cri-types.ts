/** The words of the CRI port: plain data. Times are milliseconds since the epoch. */

export interface RuntimeVersion {
  /** `containerd`, `cri-o`. */
  readonly name: string;
  readonly version: string;
  /** `v1`. */
  readonly apiVersion: string;
}

export interface RuntimeStatus {
  /** `RuntimeReady`, `NetworkReady` and whatever else the runtime says. */
  readonly conditions: readonly RuntimeCondition[];
}

/** How groups of processes are made: through the kernel's file system, or by asking systemd. */
export type CgroupDriver = 'cgroupfs' | 'systemd';

export interface RuntimeCondition {
  readonly type: string;
  readonly status: boolean;
  readonly reason: string;
  readonly message: string;
}

/** Whose namespace is shared: the pod's, the container's own, the node's, another container's. */
export type NamespaceMode = 'pod' | 'container' | 'node' | 'target';

export interface NamespaceOptions {
  readonly network: NamespaceMode;
  readonly pid: NamespaceMode;
  readonly ipc: NamespaceMode;
  /** The container whose PID namespace is joined when `pid` is `target`. */
  readonly targetId?: string;
}

export interface PodSandboxMetadata {
  readonly name: string;
  readonly uid: string;
  readonly namespace: string;
  readonly attempt: number;
}

export interface DnsConfig {
  readonly servers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}

export interface PortMapping {
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly containerPort: number;
  readonly hostPort: number;
  readonly hostIp: string;
}

export interface SecurityProfile {
  readonly type: 'RuntimeDefault' | 'Unconfined' | 'Localhost';
  readonly localhostRef?: string;
}

export interface SeLinuxOptions {
  readonly user?: string;
  readonly role?: string;
  readonly type?: string;
  readonly level?: string;
}

export interface PodSandboxConfig {
  readonly metadata: PodSandboxMetadata;
  readonly hostname: string;
  readonly logDirectory: string;
  /** The node's own when left out. */
  readonly dns?: DnsConfig;
  readonly portMappings: readonly PortMapping[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly cgroupParent: string;
  readonly sysctls: Readonly<Record<string, string>>;
  readonly security: SandboxSecurity;
  readonly resources?: ContainerResources;
}

export interface SandboxSecurity {
  readonly namespaces: NamespaceOptions;
  readonly seLinux?: SeLinuxOptions;
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly supplementalGroups: readonly number[];
  readonly privileged: boolean;
  readonly seccomp?: SecurityProfile;
  readonly appArmor?: SecurityProfile;
}

export type PodSandboxState = 'ready' | 'notReady';

/** What lists say of a sandbox. */
export interface PodSandboxSummary {
  readonly id: string;
  readonly metadata: PodSandboxMetadata;
  readonly state: PodSandboxState;
  readonly createdAt: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface PodSandboxStatus extends PodSandboxSummary {
  /** First the primary address; empty on the host's network. */
  readonly ips: readonly string[];
  readonly namespaces: NamespaceOptions;
}

export interface SandboxFilter {
  readonly labels?: Readonly<Record<string, string>>;
  readonly state?: PodSandboxState;
}

export interface ContainerMetadata {
  readonly name: string;
  readonly attempt: number;
}

export interface Mount {
  readonly containerPath: string;
  readonly hostPath: string;
  readonly readOnly: boolean;
  readonly recursiveReadOnly?: boolean;
  readonly propagation: 'private' | 'hostToContainer' | 'bidirectional';
  /** An image to mount in place of a host path. */
  readonly image?: string;
  readonly imageSubPath?: string;
}

export interface Device {
  readonly containerPath: string;
  readonly hostPath: string;
  /** Out of `r`, `w` and `m`. */
  readonly permissions: string;
}

/** Limits in the units of cgroups. What is left out isn't limited. */
export interface ContainerResources {
  readonly cpuShares?: number;
  /** Microseconds. */
  readonly cpuPeriod?: number;
  readonly cpuQuota?: number;
  readonly memoryLimitBytes?: number;
  readonly oomScoreAdj?: number;
  /** cgroup v2 files and what to write to them. */
  readonly unified?: Readonly<Record<string, string>>;
}

export interface ContainerSecurity {
  readonly addCapabilities: readonly string[];
  readonly dropCapabilities: readonly string[];
  readonly privileged: boolean;
  readonly namespaces: NamespaceOptions;
  readonly seLinux?: SeLinuxOptions;
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  /** Where the image names its user by name and nothing else was said. */
  readonly runAsUserName?: string;
  readonly readOnlyRootFilesystem: boolean;
  readonly supplementalGroups: readonly number[];
  readonly strictSupplementalGroups?: boolean;
  readonly noNewPrivileges: boolean;
  readonly maskedPaths: readonly string[];
  readonly readOnlyPaths: readonly string[];
  readonly seccomp?: SecurityProfile;
  readonly appArmor?: SecurityProfile;
}

export interface ContainerConfig {
  readonly metadata: ContainerMetadata;
  /** The reference by which the runtime knows the image. */
  readonly image: string;
  /** The image as the pod names it. */
  readonly userImage: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly workingDir: string;
  readonly env: readonly EnvironmentVariable[];
  readonly mounts: readonly Mount[];
  readonly devices: readonly Device[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Below the sandbox's log directory. */
  readonly logPath: string;
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  readonly resources: ContainerResources;
  readonly security: ContainerSecurity;
  /** `SIGTERM`; the image's own when left out. */
  readonly stopSignal?: string;
}

export interface EnvironmentVariable {
  readonly name: string;
  readonly value: string;
}

export type ContainerState = 'created' | 'running' | 'exited' | 'unknown';

/** What lists say of a container. */
export interface ContainerSummary {
  readonly id: string;
  readonly sandboxId: string;
  readonly metadata: ContainerMetadata;
  readonly state: ContainerState;
  readonly createdAt: number;
  readonly image: string;
  readonly imageRef: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface ContainerStatus extends Omit<ContainerSummary, 'sandboxId'> {
  /** The digest of the image's configuration, where the runtime tells. */
  readonly imageId: string;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly exitCode: number;
  /** One word: `Completed`, `Error`, `OOMKilled`, … */
  readonly reason: string;
  readonly message: string;
  /** On the host. */
  readonly logPath: string;
  readonly mounts: readonly Mount[];
  readonly user?: ContainerUser;
  readonly resources?: ContainerResources;
}

export interface ContainerUser {
  readonly uid: number;
  readonly gid: number;
  readonly supplementalGroups: readonly number[];
}

export interface ContainerFilter {
  readonly sandboxId?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly state?: ContainerState;
}

export interface ExecResult {
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  readonly exitCode: number;
}

export interface StreamOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

export interface RuntimeEvent {
  readonly type: 'created' | 'started' | 'stopped' | 'deleted';
  readonly containerId: string;
  readonly podUid: string;
}

export interface Image {
  readonly id: string;
  readonly repoTags: readonly string[];
  readonly repoDigests: readonly string[];
  readonly sizeBytes: number;
  /** The user that the image names, if by number. */
  readonly uid?: number;
  /** The user that the image names, if by name. */
  readonly userName: string;
  /** Not to be removed by whoever collects garbage. */
  readonly pinned: boolean;
}

export interface PullCredentials {
  readonly username?: string;
  readonly password?: string;
  readonly auth?: string;
  readonly serverAddress?: string;
  readonly identityToken?: string;
  readonly registryToken?: string;
}

export interface FilesystemUsage {
  readonly mountpoint: string;
  readonly usedBytes: number;
  readonly usedInodes: number;
}

/** What a container uses now. */
export interface ContainerUsage {
  readonly containerId: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly at: number;
  /** Since the container started. */
  readonly cpuNanoseconds: bigint;
  readonly workingSetBytes: number;
  readonly writableLayerBytes: number;
}

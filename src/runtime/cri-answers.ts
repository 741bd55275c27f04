import type {
  CgroupDriver as CgroupDriverWord,
  ContainerResources,
  ContainerState as ContainerStateWord,
  ContainerStatus,
  ContainerSummary,
  ContainerUsage,
  FilesystemUsage,
  Image,
  Mount,
  NamespaceMode as NamespaceModeWord,
  NamespaceOptions,
  PodSandboxMetadata,
  PodSandboxStatus,
  PodSandboxSummary,
  RuntimeEvent,
} from './cri-types.ts';
import type * as wire from './generated/cri_pb.js';
import {
  CgroupDriver,
  ContainerEventType,
  ContainerState,
  MountPropagation,
  NamespaceMode,
  PodSandboxState,
} from './generated/cri_pb.js';

/** Nanoseconds on the wire; 0 is "never". */
const milliseconds = (nanoseconds: bigint): number => Number(nanoseconds / 1_000_000n);
const momentOf = (nanoseconds: bigint): number | undefined =>
  nanoseconds > 0n ? milliseconds(nanoseconds) : undefined;

const CONTAINER_STATES: Readonly<Record<ContainerState, ContainerStateWord>> = {
  [ContainerState.CONTAINER_CREATED]: 'created',
  [ContainerState.CONTAINER_RUNNING]: 'running',
  [ContainerState.CONTAINER_EXITED]: 'exited',
  [ContainerState.CONTAINER_UNKNOWN]: 'unknown',
};

const NAMESPACE_MODES: Readonly<Record<NamespaceMode, NamespaceModeWord>> = {
  [NamespaceMode.POD]: 'pod',
  [NamespaceMode.CONTAINER]: 'container',
  [NamespaceMode.NODE]: 'node',
  [NamespaceMode.TARGET]: 'target',
};

const PROPAGATIONS: Readonly<Record<MountPropagation, Mount['propagation']>> = {
  [MountPropagation.PROPAGATION_PRIVATE]: 'private',
  [MountPropagation.PROPAGATION_HOST_TO_CONTAINER]: 'hostToContainer',
  [MountPropagation.PROPAGATION_BIDIRECTIONAL]: 'bidirectional',
};

const EVENT_TYPES: Readonly<Record<ContainerEventType, RuntimeEvent['type']>> = {
  [ContainerEventType.CONTAINER_CREATED_EVENT]: 'created',
  [ContainerEventType.CONTAINER_STARTED_EVENT]: 'started',
  [ContainerEventType.CONTAINER_STOPPED_EVENT]: 'stopped',
  [ContainerEventType.CONTAINER_DELETED_EVENT]: 'deleted',
};

export const cgroupDriver = ({ cgroupDriver }: wire.LinuxRuntimeConfiguration): CgroupDriverWord =>
  cgroupDriver === CgroupDriver.CGROUPFS ? 'cgroupfs' : 'systemd';

const sandboxMetadata = (given: wire.PodSandboxMetadata | undefined): PodSandboxMetadata => ({
  name: given?.name ?? '',
  uid: given?.uid ?? '',
  namespace: given?.namespace ?? '',
  attempt: given?.attempt ?? 0,
});

const namespaces = (given: wire.NamespaceOption | undefined): NamespaceOptions => ({
  network: NAMESPACE_MODES[given?.network ?? NamespaceMode.POD],
  pid: NAMESPACE_MODES[given?.pid ?? NamespaceMode.POD],
  ipc: NAMESPACE_MODES[given?.ipc ?? NamespaceMode.POD],
  ...(given?.targetId && { targetId: given.targetId }),
});

/** A sandbox as lists show it. */
export const podSandboxSummary = (
  given: wire.PodSandbox | wire.PodSandboxStatus,
): PodSandboxSummary => ({
  id: given.id,
  metadata: sandboxMetadata(given.metadata),
  state: given.state === PodSandboxState.SANDBOX_READY ? 'ready' : 'notReady',
  createdAt: milliseconds(given.createdAt),
  labels: given.labels,
  annotations: given.annotations,
});

/** A sandbox with its addresses. */
export const podSandboxStatus = (given: wire.PodSandboxStatus): PodSandboxStatus => ({
  ...podSandboxSummary(given),
  ips: given.network?.ip
    ? [given.network.ip, ...given.network.additionalIps.map(({ ip }) => ip)]
    : [],
  namespaces: namespaces(given.linux?.namespaces?.options),
});

/** A container as lists show it. */
export const containerSummary = (given: wire.Container): ContainerSummary => ({
  id: given.id,
  sandboxId: given.podSandboxId,
  metadata: { name: given.metadata?.name ?? '', attempt: given.metadata?.attempt ?? 0 },
  state: CONTAINER_STATES[given.state],
  createdAt: milliseconds(given.createdAt),
  image: given.image?.image ?? '',
  imageRef: given.imageRef,
  labels: given.labels,
  annotations: given.annotations,
});

const mount = (given: wire.Mount): Mount => ({
  containerPath: given.containerPath,
  hostPath: given.hostPath,
  readOnly: given.readonly,
  propagation: PROPAGATIONS[given.propagation],
});

const resources = (given: wire.LinuxContainerResources): ContainerResources => ({
  cpuShares: Number(given.cpuShares),
  cpuPeriod: Number(given.cpuPeriod),
  cpuQuota: Number(given.cpuQuota),
  memoryLimitBytes: Number(given.memoryLimitInBytes),
  oomScoreAdj: Number(given.oomScoreAdj),
});

/** A container with all that is known of its run. */
export const containerStatus = (given: wire.ContainerStatus): ContainerStatus => ({
  id: given.id,
  metadata: { name: given.metadata?.name ?? '', attempt: given.metadata?.attempt ?? 0 },
  state: CONTAINER_STATES[given.state],
  createdAt: milliseconds(given.createdAt),
  startedAt: momentOf(given.startedAt),
  finishedAt: momentOf(given.finishedAt),
  exitCode: given.exitCode,
  image: given.image?.image ?? '',
  imageRef: given.imageRef,
  imageId: given.imageId,
  reason: given.reason,
  message: given.message,
  labels: given.labels,
  annotations: given.annotations,
  logPath: given.logPath,
  mounts: given.mounts.map(mount),
  ...(given.user?.linux && {
    user: {
      uid: Number(given.user.linux.uid),
      gid: Number(given.user.linux.gid),
      supplementalGroups: given.user.linux.supplementalGroups.map(Number),
    },
  }),
  ...(given.resources?.linux && { resources: resources(given.resources.linux) }),
});

/** An image on this machine. */
export const image = (given: wire.Image): Image => ({
  id: given.id,
  repoTags: given.repoTags,
  repoDigests: given.repoDigests,
  sizeBytes: Number(given.size),
  ...(given.uid && { uid: Number(given.uid.value) }),
  userName: given.username,
  pinned: given.pinned,
});

/** How full a filesystem of the runtime is. */
export const filesystemUsage = (given: wire.FilesystemUsage): FilesystemUsage => ({
  mountpoint: given.fsId?.mountpoint ?? '',
  usedBytes: Number(given.usedBytes?.value ?? 0n),
  usedInodes: Number(given.inodesUsed?.value ?? 0n),
});

/** What a container uses. */
export const containerUsage = (given: wire.ContainerStats): ContainerUsage => ({
  containerId: given.attributes?.id ?? '',
  labels: given.attributes?.labels ?? {},
  at: milliseconds(given.cpu?.timestamp ?? 0n),
  cpuNanoseconds: given.cpu?.usageCoreNanoSeconds?.value ?? 0n,
  workingSetBytes: Number(given.memory?.workingSetBytes?.value ?? 0n),
  writableLayerBytes: Number(given.writableLayer?.usedBytes?.value ?? 0n),
});

/** Something that happened to a container. */
export const runtimeEvent = (given: wire.ContainerEventResponse): RuntimeEvent => ({
  type: EVENT_TYPES[given.containerEventType],
  containerId: given.containerId,
  podUid: given.podSandboxStatus?.metadata?.uid ?? '',
});

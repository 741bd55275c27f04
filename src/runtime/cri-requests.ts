import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  ContainerConfig,
  ContainerFilter,
  ContainerResources,
  ContainerSecurity,
  Mount,
  NamespaceOptions,
  PodSandboxConfig,
  PortMapping,
  PullCredentials,
  SandboxFilter,
  SandboxSecurity,
  SecurityProfile,
} from './cri-types.ts';
import {
  type AuthConfigSchema,
  type ContainerConfigSchema,
  type ContainerFilterSchema,
  ContainerState,
  type LinuxContainerResourcesSchema,
  type LinuxContainerSecurityContextSchema,
  type LinuxSandboxSecurityContextSchema,
  MountPropagation,
  type MountSchema,
  NamespaceMode,
  type NamespaceOptionSchema,
  type PodSandboxConfigSchema,
  type PodSandboxFilterSchema,
  PodSandboxState,
  type PortMappingSchema,
  Protocol,
  SecurityProfile_ProfileType,
  type SecurityProfileSchema,
  Signal,
  SupplementalGroupsPolicy,
} from './generated/cri_pb.js';

const NAMESPACE_MODES = {
  pod: NamespaceMode.POD,
  container: NamespaceMode.CONTAINER,
  node: NamespaceMode.NODE,
  target: NamespaceMode.TARGET,
} as const;

const PROPAGATIONS = {
  private: MountPropagation.PROPAGATION_PRIVATE,
  hostToContainer: MountPropagation.PROPAGATION_HOST_TO_CONTAINER,
  bidirectional: MountPropagation.PROPAGATION_BIDIRECTIONAL,
} as const;

const CONTAINER_STATES = {
  created: ContainerState.CONTAINER_CREATED,
  running: ContainerState.CONTAINER_RUNNING,
  exited: ContainerState.CONTAINER_EXITED,
  unknown: ContainerState.CONTAINER_UNKNOWN,
} as const;

const SANDBOX_STATES = {
  ready: PodSandboxState.SANDBOX_READY,
  notReady: PodSandboxState.SANDBOX_NOTREADY,
} as const;

const int64 = (value: number | undefined): { value: bigint } | undefined =>
  value === undefined ? undefined : { value: BigInt(value) };

const namespaces = ({
  network,
  pid,
  ipc,
  targetId,
}: NamespaceOptions): MessageInitShape<typeof NamespaceOptionSchema> => ({
  network: NAMESPACE_MODES[network],
  pid: NAMESPACE_MODES[pid],
  ipc: NAMESPACE_MODES[ipc],
  ...(targetId !== undefined && { targetId }),
});

const profile = (
  given: SecurityProfile | undefined,
): MessageInitShape<typeof SecurityProfileSchema> | undefined =>
  given && {
    profileType: SecurityProfile_ProfileType[given.type],
    localhostRef: given.localhostRef ?? '',
  };

const sandboxSecurity = (
  security: SandboxSecurity,
): MessageInitShape<typeof LinuxSandboxSecurityContextSchema> => ({
  namespaceOptions: namespaces(security.namespaces),
  selinuxOptions: security.seLinux,
  runAsUser: int64(security.runAsUser),
  runAsGroup: int64(security.runAsGroup),
  supplementalGroups: security.supplementalGroups.map(BigInt),
  privileged: security.privileged,
  seccomp: profile(security.seccomp),
  apparmor: profile(security.appArmor),
});

const portMapping = (mapping: PortMapping): MessageInitShape<typeof PortMappingSchema> => ({
  ...mapping,
  protocol: Protocol[mapping.protocol],
});

/** The message for a sandbox's configuration. */
export const podSandboxConfig = (
  config: PodSandboxConfig,
): MessageInitShape<typeof PodSandboxConfigSchema> => ({
  metadata: config.metadata,
  hostname: config.hostname,
  logDirectory: config.logDirectory,
  dnsConfig: config.dns && {
    servers: [...config.dns.servers],
    searches: [...config.dns.searches],
    options: [...config.dns.options],
  },
  portMappings: config.portMappings.map(portMapping),
  labels: { ...config.labels },
  annotations: { ...config.annotations },
  linux: {
    cgroupParent: config.cgroupParent,
    sysctls: { ...config.sysctls },
    securityContext: sandboxSecurity(config.security),
    resources: config.resources && containerResources(config.resources),
  },
});

/** The message for limits. What isn't limited stays zero, which CRI reads as "not said". */
export const containerResources = (
  resources: ContainerResources,
): MessageInitShape<typeof LinuxContainerResourcesSchema> => ({
  cpuShares: BigInt(resources.cpuShares ?? 0),
  cpuPeriod: BigInt(resources.cpuPeriod ?? 0),
  cpuQuota: BigInt(resources.cpuQuota ?? 0),
  memoryLimitInBytes: BigInt(resources.memoryLimitBytes ?? 0),
  oomScoreAdj: BigInt(resources.oomScoreAdj ?? 0),
  unified: { ...resources.unified },
});

const containerSecurity = (
  security: ContainerSecurity,
): MessageInitShape<typeof LinuxContainerSecurityContextSchema> => ({
  capabilities: {
    addCapabilities: [...security.addCapabilities],
    dropCapabilities: [...security.dropCapabilities],
  },
  privileged: security.privileged,
  namespaceOptions: namespaces(security.namespaces),
  selinuxOptions: security.seLinux,
  runAsUser: int64(security.runAsUser),
  runAsGroup: int64(security.runAsGroup),
  runAsUsername: security.runAsUserName ?? '',
  readonlyRootfs: security.readOnlyRootFilesystem,
  supplementalGroups: security.supplementalGroups.map(BigInt),
  supplementalGroupsPolicy: security.strictSupplementalGroups
    ? SupplementalGroupsPolicy.Strict
    : SupplementalGroupsPolicy.Merge,
  noNewPrivs: security.noNewPrivileges,
  maskedPaths: [...security.maskedPaths],
  readonlyPaths: [...security.readOnlyPaths],
  seccomp: profile(security.seccomp),
  apparmor: profile(security.appArmor),
});

const mount = (given: Mount): MessageInitShape<typeof MountSchema> => ({
  containerPath: given.containerPath,
  hostPath: given.hostPath,
  readonly: given.readOnly,
  recursiveReadOnly: given.recursiveReadOnly ?? false,
  propagation: PROPAGATIONS[given.propagation],
  ...(given.image !== undefined && {
    image: { image: given.image },
    imageSubPath: given.imageSubPath ?? '',
  }),
});

const UTF8 = new TextEncoder();

/** `SIGRTMIN+3` is `SIGRTMINPLUS3` on the wire. */
const signal = (name: string | undefined): Signal =>
  Signal[(name ?? '').replace('+', 'PLUS').replace('-', 'MINUS') as keyof typeof Signal] ??
  Signal.RUNTIME_DEFAULT;

/** The message for a container's configuration. */
export const containerConfig = (
  config: ContainerConfig,
): MessageInitShape<typeof ContainerConfigSchema> => ({
  metadata: config.metadata,
  image: { image: config.image, userSpecifiedImage: config.userImage },
  command: [...config.command],
  args: [...config.args],
  workingDir: config.workingDir,
  envs: config.env.map(({ name, value }) => ({ key: name, value: UTF8.encode(value) })),
  mounts: config.mounts.map(mount),
  devices: config.devices.map((device) => ({ ...device })),
  labels: { ...config.labels },
  annotations: { ...config.annotations },
  logPath: config.logPath,
  stdin: config.stdin,
  stdinOnce: config.stdinOnce,
  tty: config.tty,
  stopSignal: signal(config.stopSignal),
  linux: {
    resources: containerResources(config.resources),
    securityContext: containerSecurity(config.security),
  },
});

/** The message for a filter of sandboxes. */
export const sandboxFilter = ({
  labels,
  state,
}: SandboxFilter): MessageInitShape<typeof PodSandboxFilterSchema> => ({
  labelSelector: { ...labels },
  ...(state && { state: { state: SANDBOX_STATES[state] } }),
});

/** The message for a filter of containers. */
export const containerFilter = ({
  sandboxId = '',
  labels,
  state,
}: ContainerFilter): MessageInitShape<typeof ContainerFilterSchema> => ({
  podSandboxId: sandboxId,
  labelSelector: { ...labels },
  ...(state && { state: { state: CONTAINER_STATES[state] } }),
});

/** The message for a registry's credentials. */
export const authConfig = (
  credentials: PullCredentials,
): MessageInitShape<typeof AuthConfigSchema> => ({ ...credentials });

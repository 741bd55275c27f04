import type {
  Container,
  EphemeralContainer,
  Pod,
  PodSecurityContext,
  SeccompProfile,
  SecurityContext,
} from '../../api/generated/core/v1/types.ts';
import type {
  ContainerSecurity,
  Image,
  NamespaceOptions,
  SandboxSecurity,
  SecurityProfile,
} from '../../runtime/cri-types.ts';
import { podText } from '../pod-runtime.ts';
import { PodConfigError } from './config-error.ts';

// What a container may see of the kernel, unless it asks for all (`procMount: Unmasked`).
const MASKED_PATHS = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];
const READ_ONLY_PATHS = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

/** Which namespaces a container of the pod has to itself. */
export const podNamespaces = ({ spec }: Pod): NamespaceOptions => ({
  network: spec.hostNetwork ? 'node' : 'pod',
  pid: spec.hostPID ? 'node' : spec.shareProcessNamespace ? 'pod' : 'container',
  ipc: spec.hostIPC ? 'node' : 'pod',
});

/** How the process that holds the pod's namespaces is confined. */
export function sandboxSecurity(pod: Pod): SandboxSecurity {
  const context = pod.spec.securityContext ?? {};
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  return {
    namespaces: podNamespaces(pod),
    ...(context.seLinuxOptions && { seLinux: context.seLinuxOptions }),
    runAsUser: context.runAsUser,
    // The runtime refuses a group without a user.
    runAsGroup: context.runAsUser === undefined ? undefined : context.runAsGroup,
    supplementalGroups: groupsOf(context),
    privileged: all.some(({ securityContext }) => securityContext?.privileged === true),
    seccomp: { type: 'RuntimeDefault' },
  };
}

const groupsOf = ({ supplementalGroups = [], fsGroup }: PodSecurityContext): number[] =>
  fsGroup === undefined ? [...supplementalGroups] : [...supplementalGroups, fsGroup];

/**
 * How a container is confined: by its own settings, then its pod's, then its image's. Throws
 * PodConfigError when it must not run as root and would.
 */
export function containerSecurity(
  pod: Pod,
  container: Container | EphemeralContainer,
  image: Image,
  targetId?: string,
): ContainerSecurity {
  const forPod = pod.spec.securityContext ?? {};
  const own = container.securityContext ?? {};
  const runAsUser = own.runAsUser ?? forPod.runAsUser ?? image.uid;
  const runAsUserName = runAsUser === undefined ? image.userName : '';
  const context = { ...own, runAsNonRoot: own.runAsNonRoot ?? forPod.runAsNonRoot };
  if (context.runAsNonRoot) refuseRoot(pod, container, { runAsUser, runAsUserName, own, forPod });
  const seccomp = seccompOf(own.seccompProfile ?? forPod.seccompProfile);
  const appArmor = profileOf(own.appArmorProfile ?? forPod.appArmorProfile);
  const privileged = own.privileged ?? false;
  const open = privileged || own.procMount === 'Unmasked';
  const namespaces = podNamespaces(pod);
  return {
    addCapabilities: own.capabilities?.add ?? [],
    dropCapabilities: own.capabilities?.drop ?? [],
    privileged,
    namespaces: targetId ? { ...namespaces, pid: 'target', targetId } : namespaces,
    ...seLinux(own, forPod),
    runAsUser: runAsUser ?? (runAsUserName ? undefined : 0),
    runAsGroup: own.runAsGroup ?? forPod.runAsGroup,
    ...(runAsUserName && { runAsUserName }),
    readOnlyRootFilesystem: own.readOnlyRootFilesystem ?? false,
    supplementalGroups: groupsOf(forPod),
    strictSupplementalGroups: forPod.supplementalGroupsPolicy === 'Strict',
    noNewPrivileges: own.allowPrivilegeEscalation === false,
    maskedPaths: open ? [] : MASKED_PATHS,
    readOnlyPaths: open ? [] : READ_ONLY_PATHS,
    ...(seccomp && { seccomp }),
    ...(appArmor && { appArmor }),
  };
}

function seLinux(own: SecurityContext, forPod: PodSecurityContext) {
  const options = own.seLinuxOptions ?? forPod.seLinuxOptions;
  return options ? { seLinux: options } : {};
}

// Where everybody who writes profiles puts them, and the documentation says so.
const SECCOMP_FOLDER = '/var/lib/kubelet/seccomp';

/** Profiles of the node are named by their path below a folder; the runtime wants all of it. */
function seccompOf(profile: SeccompProfile | undefined): SecurityProfile | undefined {
  const wanted = profileOf(profile);
  if (!wanted?.localhostRef) return wanted;
  return { ...wanted, localhostRef: `${SECCOMP_FOLDER}/${wanted.localhostRef}` };
}

const profileOf = (profile: SeccompProfile | undefined): SecurityProfile | undefined =>
  profile && {
    type: profile.type as SecurityProfile['type'],
    ...(profile.localhostProfile && { localhostRef: profile.localhostProfile }),
  };

function refuseRoot(
  pod: Pod,
  { name }: { readonly name: string },
  {
    runAsUser,
    runAsUserName,
    own,
    forPod,
  }: {
    readonly runAsUser: number | undefined;
    readonly runAsUserName: string;
    readonly own: SecurityContext;
    readonly forPod: PodSecurityContext;
  },
): void {
  const where = `(pod: "${podText(pod)}", container: ${name})`;
  if (own.runAsUser === 0 || (own.runAsUser === undefined && forPod.runAsUser === 0)) {
    const why = "container's runAsUser breaks non-root policy";
    throw new PodConfigError(`${why} ${where}`);
  }
  if (runAsUserName) {
    const why = `container has runAsNonRoot and image has non-numeric user (${runAsUserName})`;
    throw new PodConfigError(`${why}, cannot verify user is non-root ${where}`);
  }
  if (runAsUser === undefined || runAsUser === 0) {
    throw new PodConfigError(`container has runAsNonRoot and image will run as root ${where}`);
  }
}

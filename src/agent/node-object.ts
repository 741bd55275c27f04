import type {
  ContainerImage,
  Node,
  NodeAddress,
  NodeCondition,
  NodeStatus,
} from '../api/generated/core/v1/types.ts';
import { toTime } from '../base/clock.ts';
import { parseIp } from '../base/ip.ts';
import { Quantity } from '../machinery/quantity.ts';
import type { Image, RuntimeStatus, RuntimeVersion } from '../runtime/cri-types.ts';
import type { DiskUsage, MachineFacts } from '../runtime/machine.ts';

export interface NodeOptions {
  readonly name: string;
  /** Beside those that every node has. */
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: NonNullable<Node['spec']['taints']>;
  /** Where others reach the node; the machine's own address unless said. */
  readonly addresses?: readonly string[];
  readonly podsMax: number;
  /** Of the agent's own server. */
  readonly port: number;
  /** `v1.36.0` */
  readonly version: string;
}

/** What was seen of the machine and its runtime just now. */
export interface NodeObserved {
  readonly machine: MachineFacts;
  readonly disk: DiskUsage;
  readonly availableMemoryBytes: number;
  readonly version: RuntimeVersion;
  /** Undefined when the runtime doesn't answer. */
  readonly runtime: RuntimeStatus | undefined;
  readonly images: readonly Image[];
}

// Below these the node is under pressure, and they are kept out of what it hands out.
const MEMORY_RESERVE_BYTES = 100 * 2 ** 20;
const DISK_RESERVE = 0.1;
const FILES_RESERVE = 0.05;
const IMAGES_MAX = 50;

/** The labels that every node has. */
export const nodeLabels = (
  { name, labels }: NodeOptions,
  { architecture }: MachineFacts,
): Record<string, string> => ({
  'beta.kubernetes.io/arch': architecture,
  'beta.kubernetes.io/os': 'linux',
  'kubernetes.io/arch': architecture,
  'kubernetes.io/hostname': name,
  'kubernetes.io/os': 'linux',
  ...labels,
});

/** The addresses by which pods on the node's network are known: the first of each family. */
export function hostIps(addresses: readonly string[]): string[] {
  const family = (ip: string) => parseIp(ip)?.family;
  const [first] = addresses;
  const other = addresses.find((ip) => family(ip) !== family(first ?? ''));
  return [first, other].filter((ip) => ip !== undefined);
}

/** What the node has to hand out to pods. */
export function allocatableOf(
  options: NodeOptions,
  { machine, disk }: Pick<NodeObserved, 'machine' | 'disk'>,
): Record<string, string> {
  return {
    ...capacityOf(options, { machine, disk }),
    'ephemeral-storage': String(Math.floor(disk.totalBytes * (1 - DISK_RESERVE))),
    memory: kibibytes(machine.memoryBytes - MEMORY_RESERVE_BYTES),
  };
}

const kibibytes = (bytes: number): string => `${Math.floor(bytes / 1024)}Ki`;

function capacityOf(
  { podsMax }: NodeOptions,
  { machine, disk }: Pick<NodeObserved, 'machine' | 'disk'>,
): Record<string, string> {
  return {
    cpu: Quantity.of(machine.cpus).toString(),
    'ephemeral-storage': kibibytes(disk.totalBytes),
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    memory: kibibytes(machine.memoryBytes),
    pods: String(podsMax),
  };
}

/** What to report of the node. `previous` keeps the times of conditions that stay as they are. */
export function nodeStatus(
  options: NodeOptions,
  observed: NodeObserved,
  { previous, now }: { readonly previous: NodeStatus | undefined; readonly now: number },
): NodeStatus {
  const { machine, version } = observed;
  const ips = hostIps(options.addresses ?? machine.addresses);
  const addresses: NodeAddress[] = [
    ...ips.map((address) => ({ type: 'InternalIP', address })),
    { type: 'Hostname', address: options.name },
  ];
  return {
    capacity: capacityOf(options, observed),
    allocatable: allocatableOf(options, observed),
    conditions: conditionsOf(observed, previous?.conditions ?? [], now),
    addresses,
    daemonEndpoints: { kubeletEndpoint: { Port: options.port } },
    nodeInfo: {
      machineID: machine.machineId,
      systemUUID: machine.systemUuid,
      bootID: machine.bootId,
      kernelVersion: machine.kernelVersion,
      osImage: machine.osImage,
      containerRuntimeVersion: `${version.name}://${version.version.replace(/^v/, '')}`,
      kubeletVersion: options.version,
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: machine.architecture,
    },
    images: imagesOf(observed.images),
  };
}

/**
 * The largest images, which the scheduler counts in a node's favour. One that has lost its name to a
 * newer image is of no use to anybody.
 */
function imagesOf(images: readonly Image[]): ContainerImage[] {
  const bySize = images.toSorted((a, b) => b.sizeBytes - a.sizeBytes);
  return bySize
    .map(({ repoDigests, repoTags, sizeBytes }) => ({
      names: [...repoDigests, ...repoTags],
      sizeBytes,
    }))
    .filter(({ names }) => names.length > 0)
    .slice(0, IMAGES_MAX);
}

function conditionsOf(
  { runtime, disk, availableMemoryBytes }: NodeObserved,
  previous: readonly NodeCondition[],
  now: number,
): NodeCondition[] {
  const lowMemory = availableMemoryBytes < MEMORY_RESERVE_BYTES;
  const lowDisk =
    disk.freeBytes < disk.totalBytes * DISK_RESERVE ||
    disk.freeFiles < disk.totalFiles * FILES_RESERVE;
  const found: Pick<NodeCondition, 'type' | 'status' | 'reason' | 'message'>[] = [
    lowMemory
      ? pressure('MemoryPressure', 'KubeletHasInsufficientMemory', 'insufficient memory available')
      : noPressure('MemoryPressure', 'KubeletHasSufficientMemory', 'sufficient memory available'),
    lowDisk
      ? pressure('DiskPressure', 'KubeletHasDiskPressure', 'disk pressure')
      : noPressure('DiskPressure', 'KubeletHasNoDiskPressure', 'no disk pressure'),
    noPressure('PIDPressure', 'KubeletHasSufficientPID', 'sufficient PID available'),
    readyCondition(runtime),
  ];
  return found.map((condition) => {
    const before = previous.find(({ type }) => type === condition.type);
    const same = before?.status === condition.status;
    return {
      ...condition,
      lastHeartbeatTime: toTime(now),
      lastTransitionTime: same ? before.lastTransitionTime : toTime(now),
    };
  });
}

const pressure = (type: string, reason: string, has: string) => {
  return { type, status: 'True', reason, message: `kubelet has ${has}` };
};
const noPressure = (type: string, reason: string, has: string) => {
  return { type, status: 'False', reason, message: `kubelet has ${has}` };
};

function readyCondition(runtime: RuntimeStatus | undefined) {
  const ready = { type: 'Ready', status: 'True', reason: 'KubeletReady' };
  const notReady = { ...ready, status: 'False', reason: 'KubeletNotReady' };
  if (!runtime) return { ...notReady, message: 'container runtime is down' };
  const problems = runtime.conditions.flatMap(({ type, status, reason, message }) => {
    if (status || !PROBLEMS[type]) return [];
    return [`${PROBLEMS[type]} ${type}=false reason:${reason} message:${message}`];
  });
  if (problems.length === 0) return { ...ready, message: 'kubelet is posting ready status' };
  const [only] = problems;
  return { ...notReady, message: problems.length === 1 ? only! : `[${problems.join(', ')}]` };
}

const PROBLEMS: Readonly<Record<string, string>> = {
  RuntimeReady: 'container runtime not ready:',
  NetworkReady: 'container runtime network not ready:',
};

/** Whether the node may be given pods, by its own word. */
export const isNodeReady = ({ conditions = [] }: NodeStatus): boolean =>
  conditions.some(({ type, status }) => type === 'Ready' && status === 'True');

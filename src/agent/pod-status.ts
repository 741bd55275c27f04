import { qosClassOf } from '../api/core-v1/pod/qos.ts';
import type { PodPhase, PodStatus } from '../api/generated/core/v1/types.ts';
import { toTime } from '../base/clock.ts';
import { parseIp } from '../base/ip.ts';
import { type ContainerStatusInput, containerStatuses } from './container-status.ts';
import { OWN_CONDITIONS, podConditions } from './pod-conditions.ts';
import { podPhase } from './pod-phase.ts';
import { usesHostNetwork } from './pod-runtime.ts';

/** A verdict that ends a pod whatever its containers do: a deadline, a refusal, an eviction. */
export interface Ending {
  readonly reason: string;
  readonly message: string;
}

export interface PodStatusInput extends Omit<ContainerStatusInput, 'previous'> {
  /** Last reported, or what the API server had when the agent started. */
  readonly previous: PodStatus;
  /** Nothing of the pod runs, nor will be started again. */
  readonly ended: boolean;
  readonly ending: Ending | undefined;
  /** The node's addresses, the primary one first; one per family. */
  readonly hostIps: readonly string[];
  readonly now: number;
}

const TERMINAL: readonly (PodPhase | undefined)[] = ['Succeeded', 'Failed'];

/** Whether a pod is over: no phase follows. */
export const isTerminal = ({ phase }: PodStatus): boolean => TERMINAL.includes(phase);

/** What to report of a pod. Pure; the same input makes the same status, so changes can be told. */
export function podStatus(input: PodStatusInput): PodStatus {
  const { pod, previous, ending, now } = input;
  const { initContainers = [], containers, ephemeralContainers = [] } = pod.spec;
  const of = (list: PodStatus['containerStatuses']) => ({ ...input, previous: list ?? [] });
  const init = containerStatuses(initContainers, 'init', of(previous.initContainerStatuses));
  const main = containerStatuses(containers, 'main', of(previous.containerStatuses));
  const ephemeral = containerStatuses(
    ephemeralContainers,
    'ephemeral',
    of(previous.ephemeralContainerStatuses),
  );
  const statuses = [...init, ...main];
  const phase = finalPhase(input, podPhase(pod, statuses, input.ended));
  const conditions = podConditions({
    ...input,
    statuses,
    phase,
    previous: previous.conditions ?? [],
  });
  const others = (pod.status.conditions ?? []).filter(({ type }) => !OWN_CONDITIONS.includes(type));
  const kept = phase === previous.phase ? previous : undefined;
  const { reason, message } = ending ?? kept ?? {};
  return {
    ...(pod.metadata.generation && { observedGeneration: pod.metadata.generation }),
    phase,
    conditions: [...others, ...conditions],
    ...(message && { message }),
    ...(reason && { reason }),
    ...addresses(input),
    startTime: previous.startTime ?? toTime(now),
    ...(init.length > 0 && { initContainerStatuses: init }),
    containerStatuses: main,
    qosClass: qosClassOf(pod.spec),
    ...(ephemeral.length > 0 && { ephemeralContainerStatuses: ephemeral }),
  };
}

/** A pod that is over stays as it ended; one that is ended by force has failed. */
function finalPhase({ previous, pod, ending }: PodStatusInput, computed: PodPhase): PodPhase {
  if (ending) return 'Failed';
  for (const status of [previous, pod.status]) {
    if (isTerminal(status)) return status.phase!;
  }
  return computed;
}

function addresses({ pod, runtime, hostIps, previous }: PodStatusInput): Partial<PodStatus> {
  const [hostIP] = hostIps;
  const fromRuntime = byFamily(runtime.sandboxes[0]?.ips ?? [], hostIP);
  const onHost = usesHostNetwork(pod) ? hostIps : [];
  const kept = (previous.podIPs ?? []).flatMap(({ ip }) => ip ?? []);
  // A sandbox that has ended has no address any more; the pod is still known by the one it had.
  const ips = [fromRuntime, kept, onHost].find((list) => list.length > 0) ?? [];
  return {
    ...(hostIP && { hostIP, hostIPs: hostIps.map((ip) => ({ ip })) }),
    ...(ips.length > 0 && { podIP: ips[0]!, podIPs: ips.map((ip) => ({ ip })) }),
  };
}

/** The first address of the node's primary family, then the first of the other. */
function byFamily(ips: readonly string[], primary: string | undefined): string[] {
  const family = (ip: string | undefined) => (ip ? parseIp(ip)?.family : undefined);
  const first = family(primary) ?? family(ips[0]);
  const one = ips.find((ip) => family(ip) === first);
  const other = ips.find((ip) => family(ip) !== first);
  return [one, other].filter((ip) => ip !== undefined);
}

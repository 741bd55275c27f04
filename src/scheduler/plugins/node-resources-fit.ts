import type { FilterPlugin } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';
import { amount, type Resources } from '../resources.ts';
import { FEASIBLE, type Reason, type Verdict } from '../verdict.ts';

/** Rejects nodes that haven't left what the pod asks for, of any resource, or no place for a pod. */
export const nodeResourcesFit: FilterPlugin = {
  name: 'NodeResourcesFit',
  retryOn: ['Node/Add', 'Node/UpdateAllocatable', 'AssignedPod/Delete', 'AssignedPod/ScaleDown'],
  helps({ requests }, { event, node, pod }) {
    if (node) return node.podsMax > 0 && covers(node.allocatable, requests);
    return event === 'AssignedPod/Delete' || pod === undefined || asksForAny(requests);
  },
  filter(pod, node) {
    return fits(pod, node) ? FEASIBLE : shortage(pod, node);
  },
};

const asksForAny = ({ cpuMilli, memoryBytes, storageBytes, scalars }: Resources): boolean =>
  cpuMilli > 0 || memoryBytes > 0 || storageBytes > 0 || scalars.size > 0;

function covers(available: Resources, asked: Resources): boolean {
  if (asked.cpuMilli > available.cpuMilli) return false;
  if (asked.memoryBytes > available.memoryBytes) return false;
  if (asked.storageBytes > available.storageBytes) return false;
  for (const [name, pieces] of asked.scalars) {
    if (pieces > amount(available, name)) return false;
  }
  return true;
}

/** Whether there is room. Asked for every node, so it makes nothing that has to be collected. */
function fits({ requests }: PodInfo, { facts, load }: NodeInfo): boolean {
  const { allocatable } = facts;
  const { requested } = load;
  if (load.pods.length >= facts.podsMax) return false;
  // Who asks for nothing fits even where more is promised than there is.
  const { cpuMilli, memoryBytes, storageBytes } = requests;
  if (cpuMilli > 0 && cpuMilli > allocatable.cpuMilli - requested.cpuMilli) return false;
  if (memoryBytes > 0 && memoryBytes > allocatable.memoryBytes - requested.memoryBytes) {
    return false;
  }
  if (storageBytes > 0 && storageBytes > allocatable.storageBytes - requested.storageBytes) {
    return false;
  }
  if (requests.scalars.size === 0) return true;
  for (const [name, asked] of requests.scalars) {
    if (asked > 0 && asked > amount(allocatable, name) - amount(requested, name)) return false;
  }
  return true;
}

/** Everything that is lacking. Unresolvable when even an empty node wouldn't have enough. */
function shortage({ requests }: PodInfo, { facts, load }: NodeInfo): Verdict {
  const reasons: Reason[] = [];
  let resolvable = true;
  const lack = (message: string, resource: string, asked: number, used: number, of: number) => {
    if (asked === 0 || asked <= of - used) return;
    reasons.push({ message, evidence: { resource, asked, free: of - used, capacity: of } });
    if (asked > of) resolvable = false;
  };
  lack('Too many pods', 'pods', 1, load.pods.length, facts.podsMax);
  for (const name of ['cpu', 'memory', 'ephemeral-storage', ...requests.scalars.keys()]) {
    const used = amount(load.requested, name);
    const capacity = amount(facts.allocatable, name);
    lack(`Insufficient ${name}`, name, amount(requests, name), used, capacity);
  }
  return { resolvable, reasons };
}

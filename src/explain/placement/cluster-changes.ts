import type { Node, Pod, Taint } from '../../api/generated/core/v1/types.ts';
import { controllerOf } from '../../machinery/object.ts';
import type { NodeInfo } from '../../scheduler/node-info.ts';
import { PodInfo } from '../../scheduler/pod-info.ts';
import { amount, type Resources } from '../../scheduler/resources.ts';
import type { ResourceShortage } from '../../scheduler/verdict.ts';
import { nameOf } from '../reference.ts';
import { shownAmount } from './amounts.ts';
import type { Change } from './change.ts';
import type { ScaledByController } from './scaled-by.ts';
import type { Scenario } from './scenario.ts';

// What could be changed about the cluster around a pod.

const nodeChange =
  (name: string, change: (node: Node) => Node): Change['apply'] =>
  (scenario) => {
    const before = scenario.snapshot.nodes.get(name);
    if (!before) return scenario;
    return scenario.withSnapshot(scenario.snapshot.withNode(change(before.facts.node)));
  };

/** Lets a node take pods again. */
export const uncordon = (name: string): Change => ({
  key: `uncordon ${name}`,
  text: `uncordon ${name}`,
  commands: [`kubectl uncordon ${name}`],
  weight: 1,
  node: name,
  apply: nodeChange(name, (node) => ({
    ...node,
    spec: {
      ...node.spec,
      unschedulable: false,
      taints: (node.spec?.taints ?? []).filter(({ key }) => key !== UNSCHEDULABLE),
    },
  })),
});

const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';

/** Takes a taint from a node; undefined for those that the cluster itself puts there. */
export function untaint(name: string, taint: Taint): Change | undefined {
  const { key, effect } = taint;
  if (key === UNSCHEDULABLE) return uncordon(name);
  if (key.startsWith('node.kubernetes.io/')) return undefined; // It would come back.
  return {
    key: `untaint ${name} ${key}:${effect}`,
    text: `take the taint ${key}:${effect} from ${name}`,
    commands: [`kubectl taint nodes ${name} ${key}:${effect}-`],
    weight: 3,
    node: name,
    apply: nodeChange(name, (node) => ({
      ...node,
      spec: {
        ...node.spec,
        taints: (node.spec?.taints ?? []).filter(
          (each) => each.key !== key || each.effect !== effect,
        ),
      },
    })),
  };
}

/** Gives a node the labels that the pod's node selector wants, where they are not there at all. */
export function label(name: string, pod: Pod, { facts }: NodeInfo): Change | undefined {
  const missing = Object.entries(pod.spec.nodeSelector ?? {}).filter(
    ([key, value]) => facts.labels[key] !== value,
  );
  if (missing.length === 0 || missing.some(([key]) => facts.labels[key] !== undefined)) {
    return undefined; // A node that says otherwise of itself has a reason to.
  }
  const labels = Object.fromEntries(missing);
  const words = missing.map(([key, value]) => `${key}=${value}`).join(' ');
  return {
    key: `label ${name} ${words}`,
    text: `label ${name} with ${words}`,
    commands: [`kubectl label node ${name} ${words}`],
    weight: 3.5,
    node: name,
    apply: nodeChange(name, (node) => ({
      ...node,
      metadata: { ...node.metadata, labels: { ...node.metadata.labels, ...labels } },
    })),
  };
}

/** What is short, and who could scale down for it. */
export interface Shortage {
  readonly scaled: ScaledByController;
  readonly shortages: readonly ResourceShortage[];
}

/** Makes room by taking away one pod, for each of these that leaves enough. */
export function giveWay(
  pods: readonly PodInfo[],
  node: NodeInfo,
  { scaled, shortages }: Shortage,
): Change[] {
  const enough = (each: PodInfo) =>
    shortages.every(({ resource, asked, free }) => free + amountWith(each, resource) >= asked);
  return pods.filter(enough).map((each) => removal(each, node, scaled));
}

const amountWith = ({ requests }: PodInfo, resource: string): number =>
  resource === 'pods' ? 1 : amount(requests, resource);

/** Takes away one of the pods that keep this one from a node. */
export function removal(pod: PodInfo, node: NodeInfo, scaled: ScaledByController): Change {
  return {
    key: `remove ${pod.uid}`,
    ...wordsForRemoval(pod, node, scaled),
    weight: 6 + sizeIn(node, pod.requests) / 2 + (pod.priority > 0 ? 1 : 0),
    node: node.name,
    apply: (scenario) => scenario.withSnapshot(scenario.snapshot.withoutPod(pod, node.name)),
  };
}

function wordsForRemoval(
  { pod, namespace }: PodInfo,
  node: NodeInfo,
  scaled: ScaledByController,
): Pick<Change, 'text' | 'commands'> {
  const { name } = pod.metadata;
  const owner = controllerOf(pod);
  if (!owner) {
    return {
      text: `delete pod/${name} in ${namespace} from ${node.name}`,
      commands: [`kubectl delete pod ${name} -n ${namespace}`],
    };
  }
  const whose = `whose pod ${name} is on ${node.name}`;
  const found = scaled.get(owner.uid);
  if (!found)
    return { text: `scale down ${nameOf(owner)} in ${namespace}, ${whose}`, commands: [] };
  const replicas = Math.max(0, found.replicas - 1);
  return {
    text: `scale down ${found.name} in ${namespace} to ${replicas}, ${whose}`,
    commands: [`kubectl scale ${found.name} -n ${namespace} --replicas=${replicas}`],
  };
}

/** Which part of a node this is, at most 1. */
function sizeIn(
  { facts: { allocatable } }: NodeInfo,
  { cpuMilli, memoryBytes }: Resources,
): number {
  const share = (part: number, whole: number) => (whole > 0 ? Math.min(1, part / whole) : 0);
  return (share(cpuMilli, allocatable.cpuMilli) + share(memoryBytes, allocatable.memoryBytes)) / 2;
}

/** Adds a node that is as the pod needs it. */
export function addNode({ pod }: Scenario): Change {
  const { requests } = new PodInfo(pod);
  const wanted = ['cpu', 'memory', 'ephemeral-storage', ...requests.scalars.keys()].filter(
    (name) => amount(requests, name) > 0,
  );
  const name = 'a-new-node';
  const size = wanted.map((each) => `${shownAmount(each, amount(requests, each))} of ${each}`);
  const labels = Object.entries(pod.spec.nodeSelector ?? {});
  const labelled = labels.map(([key, value]) => `${key}=${value}`);
  const allocatable = Object.fromEntries(
    wanted.map((each) => [
      each,
      each === 'cpu' ? `${requests.cpuMilli}m` : String(amount(requests, each)),
    ]),
  );
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      uid: name,
      labels: { 'kubernetes.io/hostname': name, ...Object.fromEntries(labels) },
    },
    spec: {},
    status: { allocatable: { pods: '110', ...allocatable } },
  } as unknown as Node;
  return {
    key: 'add node',
    text: [
      `add a node${size.length > 0 ? ` with ${listed(size)} to spare` : ''}`,
      ...(labelled.length > 0 ? [`labelled ${listed(labelled)}`] : []),
    ].join(', '),
    commands: [],
    weight: 9,
    node: name,
    apply: (scenario) => scenario.withSnapshot(scenario.snapshot.withNode(node)),
  };
}

const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

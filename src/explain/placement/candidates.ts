import type { NodeInfo } from '../../scheduler/node-info.ts';
import type { PodInfo } from '../../scheduler/pod-info.ts';
import type { NodeVerdict } from '../../scheduler/schedule.ts';
import type { Evidence, ResourceShortage } from '../../scheduler/verdict.ts';
import type { Change } from './change.ts';
import { addNode, giveWay, label, removal, uncordon, untaint } from './cluster-changes.ts';
import { dropHostPort, giveUpWishes, lowerRequest, tolerate } from './pod-changes.ts';
import { areOfOne } from './scaled-by.ts';
import type { Scenario } from './scenario.ts';

/** What could be changed so that the pod may fit, going by what the scheduler says; each once. */
export function candidates(scenario: Scenario): Change[] {
  const { verdicts } = scenario.examination;
  const found = verdicts.flatMap((verdict) => {
    const node = scenario.snapshot.nodes.get(verdict.node);
    return node ? changesFor(scenario, node, verdict) : [];
  });
  const all = [...found, ...giveUpWishes(scenario.pod), addNode(scenario)];
  const byKey = new Map<string, Change>();
  for (const change of all) if (!byKey.has(change.key)) byKey.set(change.key, change);
  return [...byKey.values()].sort((a, b) => a.weight - b.weight);
}

function changesFor(scenario: Scenario, node: NodeInfo, verdict: NodeVerdict): Change[] {
  const { pod, scaled } = scenario;
  const evidence = verdict.rejection.reasons.flatMap((each) => each.evidence ?? []);
  switch (verdict.plugin) {
    case 'NodeUnschedulable':
      return [uncordon(node.name)];
    case 'NodeAffinity':
      return [label(node.name, pod, node)].flatMap((change) => change ?? []);
    case 'InterPodAffinity':
      return removable(scenario, node).map((each) => removal(each, node, scaled));
    default:
      return [
        ...evidence.flatMap((each) => changesByEvidence(scenario, node, each)),
        ...giveWayTo(scenario, node, evidence.filter(isShortage)),
      ];
  }
}

const giveWayTo = (
  scenario: Scenario,
  node: NodeInfo,
  shortages: readonly ResourceShortage[],
): Change[] =>
  shortages.length > 0
    ? giveWay(removable(scenario, node), node, { scaled: scenario.scaled, shortages })
    : [];

/** Those of a node's pods that are of other workloads than the pod. */
const removable = ({ pod, scaled }: Scenario, node: NodeInfo): readonly PodInfo[] =>
  node.load.pods.filter((each) => !areOfOne(each.pod, pod, scaled));

function changesByEvidence(scenario: Scenario, node: NodeInfo, evidence: Evidence): Change[] {
  const { pod, scaled } = scenario;
  if (isShortage(evidence)) return [lowerRequest(pod, evidence)].flatMap((each) => each ?? []);
  if ('taint' in evidence) {
    const { taint } = evidence;
    return [tolerate(taint), untaint(node.name, taint)].flatMap((each) => each ?? []);
  }
  if ('port' in evidence) {
    const { port, protocol } = evidence;
    const holders = removable(scenario, node).filter(({ hostPorts }) =>
      hostPorts.some((each) => each.port === port && each.protocol === protocol),
    );
    return [dropHostPort(port, protocol), ...holders.map((each) => removal(each, node, scaled))];
  }
  return [];
}

const isShortage = (evidence: Evidence): evidence is ResourceShortage => 'asked' in evidence;

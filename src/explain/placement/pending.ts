import type { Pod } from '../../api/generated/core/v1/types.ts';
import type { NodeInfo } from '../../scheduler/node-info.ts';
import { amount } from '../../scheduler/resources.ts';
import type { NodeVerdict } from '../../scheduler/schedule.ts';
import type { Reason, ResourceShortage } from '../../scheduler/verdict.ts';
import {
  type Advice,
  type Evidence,
  type Explanation,
  explained,
  untried,
} from '../explanation.ts';
import { advise } from './advise.ts';
import { shownAmount } from './amounts.ts';
import { type ClusterObjects, Scenario } from './scenario.ts';

const NODES_NAMED_MAX = 5;
const USERS_NAMED_MAX = 3;

/** Why a pod has no node: what speaks against each of them, and what would change that. */
export function explainPending(pod: Pod, objects: ClusterObjects): Explanation {
  const gates = pod.spec.schedulingGates ?? [];
  if (gates.length > 0) {
    const names = gates.map(({ name }) => name).join(', ');
    return explained(pod, {
      state: 'waiting',
      summary: `scheduling is held back by ${gates.length === 1 ? 'the gate' : 'the gates'} ${names}`,
      advice: [untried('whoever set them has to remove them from spec.schedulingGates')],
    });
  }
  const scenario = Scenario.of(pod, objects);
  if (scenario.isPlaceable) return placeable(pod, scenario);
  const { nodeCount, rest, isRefused } = scenario.examination;
  const refusal = isRefused ? rest?.rejection.reasons.map(({ message }) => message).join(', ') : '';
  return explained(pod, {
    state: 'wrong',
    summary: summaryOf(nodeCount, refusal),
    evidence: evidenceOf(scenario),
    advice: advise(scenario).map(({ changes }) => adviceOf(changes)),
  });
}

function summaryOf(nodeCount: number, refusal: string | undefined): string {
  if (nodeCount === 0) return 'there are no nodes';
  if (refusal) return `no node is looked for: ${refusal}`;
  return nodeCount === 1
    ? "the only node can't take it"
    : `none of the ${nodeCount} nodes can take it`;
}

/** The scheduler would find a node now: it hasn't got to it, or it isn't there. */
function placeable(pod: Pod, { examination }: Scenario): Explanation {
  const scheduler = pod.spec.schedulerName ?? 'default-scheduler';
  const [first] = examination.feasible;
  return explained(pod, {
    state: 'waiting',
    summary: `it fits on ${first?.name}${examination.feasible.length > 1 ? ' and others' : ''}, and waits for ${scheduler}`,
    advice: [untried(`if this stays so, see whether a scheduler named ${scheduler} runs`)],
  });
}

const adviceOf = (changes: ReturnType<typeof advise>[number]['changes']): Advice => ({
  text: changes.map(({ text }) => text).join(', and '),
  commands: changes.flatMap(({ commands }) => commands),
  isTried: true,
});

/** What speaks against the nodes; those against which the same speaks are told of together. */
function evidenceOf(scenario: Scenario): Evidence[] {
  const { verdicts, rest, nodeCount, isRefused } = scenario.examination;
  const groups = new Map<string, string[]>();
  for (const verdict of verdicts) {
    const node = scenario.snapshot.nodes.get(verdict.node);
    const text = node ? verdictText(verdict, node) : '';
    groups.set(text, [...(groups.get(text) ?? []), verdict.node]);
  }
  const found = [...groups]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([text, names]) => ({ subject: listed(names), text }));
  const others = nodeCount - verdicts.length;
  if (isRefused || !rest || others === 0) return found;
  const text = rest.rejection.reasons.map(({ message }) => message).join('; ');
  return [...found, { subject: `${others} ${found.length > 0 ? 'other ' : ''}nodes`, text }];
}

function listed(names: readonly string[]): string {
  const shown = names.toSorted().slice(0, NODES_NAMED_MAX).join(', ');
  const more = names.length - NODES_NAMED_MAX;
  return more > 0 ? `${shown} and ${more} more` : shown;
}

const verdictText = ({ rejection }: NodeVerdict, node: NodeInfo): string =>
  rejection.reasons.map((reason) => reasonText(reason, node)).join('; ');

function reasonText({ message, evidence }: Reason, node: NodeInfo): string {
  if (!evidence) return message;
  if ('asked' in evidence) return shortageText(evidence, node);
  if ('taint' in evidence) {
    const { key, value, effect } = evidence.taint;
    const state = NODE_STATES[key];
    if (state) return state;
    return `has the taint ${key}${value ? `=${value}` : ''}:${effect}, which the pod doesn't tolerate`;
  }
  if ('port' in evidence) return `port ${evidence.port}/${evidence.protocol} of the node is taken`;
  if ('maxSkew' in evidence && evidence.maxSkew !== undefined) {
    return `${message}: by ${evidence.topologyKey} they would differ by ${evidence.skew}, at most ${evidence.maxSkew} may`;
  }
  return message;
}

/** Taints that the cluster itself puts on nodes, in plain words. */
const NODE_STATES: Readonly<Record<string, string>> = {
  'node.kubernetes.io/unschedulable': 'is cordoned',
  'node.kubernetes.io/not-ready': "isn't ready",
  'node.kubernetes.io/unreachable': "can't be reached",
  'node.kubernetes.io/memory-pressure': 'is short of memory',
  'node.kubernetes.io/disk-pressure': 'is short of disk',
  'node.kubernetes.io/pid-pressure': 'is short of process IDs',
  'node.kubernetes.io/network-unavailable': 'has no network',
};

/** `cpu: 2 asked, 500m of 4 free; most is used by a/web-1 (1), …`. */
function shortageText(
  { resource, asked, free, capacity }: ResourceShortage,
  { load }: NodeInfo,
): string {
  if (resource === 'pods') return `runs ${capacity - free} pods, as many as it may`;
  const show = (value: number) => shownAmount(resource, value);
  if (capacity === 0) return `has no ${resource}`;
  const text = `${resource}: ${show(asked)} asked, ${show(Math.max(0, free))} of ${show(capacity)} free`;
  const users = load.pods
    .map(({ key, requests }) => ({ key, size: amount(requests, resource) }))
    .filter(({ size }) => size > 0)
    .sort((a, b) => b.size - a.size)
    .slice(0, USERS_NAMED_MAX);
  if (users.length === 0) return text;
  return `${text}; used most by ${users.map(({ key, size }) => `${key} (${show(size)})`).join(', ')}`;
}

import { leases } from '../api/generated/coordination/v1/resources.ts';
import type { Node } from '../api/generated/core/v1/types.ts';
import { type ClusterReader, HIDDEN } from './cluster-reader.ts';
import { type Evidence, type Explanation, explained, untried } from './explanation.ts';

/** Why a node isn't ready or takes no pods, if so. */
export async function explainNode(
  node: Node,
  reader: Pick<ClusterReader, 'findIfAllowed'>,
): Promise<Explanation> {
  const conditions = node.status?.conditions ?? [];
  const ready = conditions.find(({ type }) => type === 'Ready');
  // Others add conditions of their own, whose `True` may be good news: `EtcdIsVoter` of k3s.
  const pressures = conditions.filter(({ type, status }) => SHORT_OF[type] && status === 'True');
  const evidence: Evidence[] = [ready, ...pressures].flatMap((each) =>
    each
      ? [{ subject: each.type, text: `${each.reason ?? each.status}: ${each.message ?? ''}` }]
      : [],
  );
  const { name } = node.metadata;
  if (ready?.status !== 'True') {
    const isSilent = ready?.status === 'Unknown';
    const summary = isSilent
      ? `its agent has said nothing since ${await lastSignOf(node, reader)}`
      : `it isn't ready: ${ready?.message ?? 'its agent has not reported yet'}`;
    const text = isSilent
      ? `see that ${name} has power and network, and that its agent runs`
      : `see what the agent on ${name} writes`;
    return explained(node, { state: 'wrong', summary, evidence, advice: [untried(text)] });
  }
  if (pressures.length > 0) {
    const summary = `it is ready, but short of ${pressures.map(({ type }) => SHORT_OF[type]).join(', ')}`;
    return explained(node, { state: 'wrong', summary, evidence });
  }
  if (node.spec?.unschedulable) {
    return explained(node, {
      state: 'waiting',
      summary: 'it is cordoned: no new pods come to it',
      evidence: [],
      advice: [untried(`uncordon ${name}`, `kubectl uncordon ${name}`)],
    });
  }
  return explained(node, { state: 'well', summary: 'it is ready' });
}

/** Agents renew their lease every few seconds, and report conditions only every few minutes. */
async function lastSignOf(
  { metadata: { name }, status }: Node,
  reader: Pick<ClusterReader, 'findIfAllowed'>,
): Promise<string> {
  const lease = await reader.findIfAllowed(leases, { namespace: LEASES, name });
  const renewed = lease === HIDDEN ? undefined : lease?.spec?.renewTime;
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return renewed ?? ready?.lastHeartbeatTime ?? 'it was made';
}

const LEASES = 'kube-node-lease';

const SHORT_OF: Readonly<Record<string, string>> = {
  MemoryPressure: 'memory',
  DiskPressure: 'disk',
  PIDPressure: 'process IDs',
  NetworkUnavailable: 'network',
};

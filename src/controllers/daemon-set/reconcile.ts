import type { ControllerRevision, DaemonSet } from '../../api/generated/apps/v1/types.ts';
import type { Node, Pod } from '../../api/generated/core/v1/types.ts';
import type { Wait } from '../../client/controller.ts';
import { claim } from '../adoption.ts';
import {
  byRevision,
  labelledRevision,
  REVISION_HASH,
  revisionStep,
} from '../controller-revisions.ts';
import { isReady, nextAvailability } from '../pods.ts';
import { templateHash } from '../template-hash.ts';
import type { DaemonSetAction } from './actions.ts';
import { type Fit, fitsOf, isUpdated } from './placement.ts';
import { isAvailable, oldestFirst, podsByNode } from './pods-on-nodes.ts';
import { rollingStep, surges } from './rolling.ts';
import { isNews, statusOf } from './status.ts';

/** What the controller saw, from its caches. Plain data but for `backoffMs`: no client, no clock. */
export interface Observed {
  readonly set: DaemonSet;
  /** Pods that it owns, and pods without an owner in its namespace. */
  readonly pods: readonly Pod[];
  /** Revisions that it owns, and those without an owner in its namespace. */
  readonly revisions: readonly ControllerRevision[];
  readonly nodes: readonly Node[];
  /** For how long yet a pod that has failed on a node is left there, as those before it failed, too. */
  readonly backoffMs: (nodeName: string) => number;
  readonly now: number;
}

type Action = DaemonSetAction | Wait;

/** A set with what its pods are to be like. */
export interface Seen extends Observed {
  /** Of the revision that the pods are to have. */
  readonly hash: string;
  readonly fits: (node: Node) => Fit;
  readonly podsOn: ReadonlyMap<string, readonly Pod[]>;
}

const BURST_MAX = 250; // Bounds one pass, so that one object can't starve the rest.

/** Decides the next writes for one DaemonSet. Pure. */
export function reconcileDaemonSet(observed: Observed): Action[] {
  const { set, now } = observed;
  const { selector, template, minReadySeconds } = set.spec;
  if (set.metadata.deletionTimestamp !== undefined) return []; // The garbage collector's job.
  const pods = claim(set, observed.pods, { selector });
  const revisions = claim(set, observed.revisions, { selector });
  const claims: Action[] = [
    ...revisions.released.map(
      (revision) => ({ type: 'releaseRevision', owner: set, revision }) as const,
    ),
    ...revisions.adopted.map(
      (revision) => ({ type: 'adoptRevision', owner: set, revision }) as const,
    ),
    ...pods.released.map((pod) => ({ type: 'releasePod', owner: set, pod }) as const),
    ...pods.adopted.map((pod) => ({ type: 'adoptPod', owner: set, pod }) as const),
  ];
  const history = byRevision(revisions.owned);
  const step = revisionStep(history, template);
  if (step.type === 'create') {
    const hash = templateHash(template, set.status.collisionCount);
    const { number } = step;
    const revision = labelledRevision(set, template, { number, label: REVISION_HASH, hash });
    return [...claims, { type: 'createRevision', owner: set, revision }];
  }
  const { revision } = step;
  if (step.type === 'renumber') {
    claims.push({ type: 'renumberRevision', revision, to: step.to });
  }
  const hash = revision.metadata.labels?.[REVISION_HASH] ?? revision.metadata.name;
  const podsOn = podsByNode(pods.owned);
  const seen = { ...observed, pods: pods.owned, hash, fits: fitsOf(set), podsOn };
  const old = history.filter((each) => each !== revision);
  return [
    ...claims,
    ...manage(seen),
    ...forgotten(seen, old),
    ...nextAvailability(seen.pods, { minReadySeconds, now }),
  ];
}

/** Revisions beyond the limit that no pod has, oldest first. */
function forgotten({ set, pods }: Seen, old: readonly ControllerRevision[]): Action[] {
  const surplus = old.length - (set.spec.revisionHistoryLimit ?? 10);
  if (surplus <= 0) return [];
  const live = new Set(pods.map(({ metadata }) => metadata.labels?.[REVISION_HASH]));
  return old
    .filter(({ metadata }) => !live.has(metadata.labels?.[REVISION_HASH]))
    .slice(0, surplus)
    .map((revision) => ({ type: 'deleteRevision', revision }));
}

function manage(seen: Seen): Action[] {
  const { set } = seen;
  const status = statusOf(seen);
  const told: Action[] = isNews(set, status) ? [{ type: 'updateStatus', set, status }] : [];
  const steps = seen.nodes.map((node) => stepOn(seen, node));
  const created = steps.flatMap(({ create }) => create);
  const doomed = [...steps.flatMap(({ doomed }) => doomed), ...lost(seen)];
  const waits = steps.flatMap(({ waits }) => waits);
  const isSettled = created.length + doomed.length === 0;
  const rolled = isSettled && rolls(set) ? roll(seen) : [];
  return [
    ...told,
    ...created.slice(0, BURST_MAX),
    ...doomed.slice(0, BURST_MAX),
    ...rolled,
    ...waits,
  ];
}

const rolls = ({ spec }: DaemonSet): boolean =>
  (spec.updateStrategy?.type ?? 'RollingUpdate') === 'RollingUpdate';

function roll(seen: Seen): DaemonSetAction[] {
  const { set, hash } = seen;
  const { doomed, nodes } = rollingStep(seen);
  return [
    ...nodes
      .slice(0, BURST_MAX)
      .map((nodeName) => ({ type: 'createPod', owner: set, nodeName, hash }) as const),
    ...doomed.slice(0, BURST_MAX).map((pod) => ({ type: 'deletePod', owner: set, pod }) as const),
  ];
}

/** Pods that wait for a node which is gone: nobody else deletes them. */
function lost({ set, nodes, podsOn }: Seen): DaemonSetAction[] {
  const names = new Set(nodes.map(({ metadata }) => metadata.name));
  return [...podsOn]
    .filter(([name]) => !names.has(name))
    .flatMap(([, pods]) => pods)
    .filter(({ spec, metadata }) => !spec.nodeName && metadata.deletionTimestamp === undefined)
    .map((pod) => ({ type: 'deletePod', owner: set, pod }));
}

/** What has to be done on one node. */
interface NodeStep {
  readonly create: readonly DaemonSetAction[];
  readonly doomed: readonly DaemonSetAction[];
  readonly waits: readonly Wait[];
}

const NOTHING: NodeStep = { create: [], doomed: [], waits: [] };

function stepOn(seen: Seen, node: Node): NodeStep {
  const { set, fits, podsOn, hash } = seen;
  const { name: nodeName } = node.metadata;
  const here = podsOn.get(nodeName);
  const { shouldRun, mayStay } = fits(node);
  const create = [{ type: 'createPod', owner: set, nodeName, hash }] as const;
  if (!here) return shouldRun ? { ...NOTHING, create } : NOTHING;
  const staying = here.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (!mayStay) return { ...NOTHING, doomed: staying.map((pod) => deletion(set, pod)) };
  const running = staying.filter(({ status }) => !isEnd(status.phase));
  const ended = staying.filter(({ status }) => isEnd(status.phase));
  const { doomed, waits } = endedStep(seen, ended, nodeName);
  const excess = surges(set) ? surgeExcess(seen, running) : oldestFirst(running).slice(1);
  const isBare = surges(set) && running.length === 0 && shouldRun;
  return {
    create: isBare ? create : [],
    doomed: [...doomed, ...excess.map((pod) => deletion(set, pod))],
    waits,
  };
}

const isEnd = (phase: string | undefined): boolean => phase === 'Failed' || phase === 'Succeeded';

const deletion = (owner: DaemonSet, pod: Pod): DaemonSetAction => ({
  type: 'deletePod',
  owner,
  pod,
});

/** Pods that have ended go. Where they fail time and again, each stays for longer than the last. */
function endedStep({ set, backoffMs }: Seen, ended: readonly Pod[], nodeName: string) {
  const doomed: DaemonSetAction[] = [];
  const waits: Wait[] = [];
  let delayMs = ended.some(({ status }) => status.phase === 'Failed') ? backoffMs(nodeName) : 0;
  for (const pod of ended) {
    const isFailed = pod.status.phase === 'Failed';
    if (isFailed && delayMs > 0) {
      if (Number.isFinite(delayMs)) waits.push({ type: 'wait', forMs: delayMs });
      continue;
    }
    doomed.push({ type: 'deleteEndedPod', owner: set, pod, nodeName });
    if (isFailed) delayMs = Number.POSITIVE_INFINITY; // One at a time: the next pass sees the rest.
  }
  return { doomed, waits };
}

/**
 * Beside each other there are only an old pod that is ready and a new one that isn't available yet,
 * the oldest of each.
 */
function surgeExcess(seen: Seen, running: readonly Pod[]): Pod[] {
  if (running.length <= 1) return [];
  const { set, hash } = seen;
  const inOrder = oldestFirst(running);
  const fresh = inOrder.find((pod) => isUpdated(pod, set, hash));
  const old = inOrder.find((pod) => !isUpdated(pod, set, hash));
  const excess = inOrder.filter((pod) => pod !== fresh && pod !== old);
  if (fresh && old && (!isReady(old) || isAvailable(seen, fresh))) excess.push(old);
  return excess;
}

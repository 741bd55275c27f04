import type { Deployment, ReplicaSet } from '../../api/generated/apps/v1/types.ts';
import { compareAge, DESIRED_REPLICAS, type Generations, MAX_REPLICAS } from './revisions.ts';

/** How many pods each ReplicaSet should have next, for those whose number changes. */
export type Sizes = ReadonlyMap<ReplicaSet, number>;

const sizeOf = ({ spec }: ReplicaSet): number => spec.replicas ?? 1;
/** Available pods that will stay so: a status that lags behind a smaller size still counts more. */
const availableOf = (set: ReplicaSet): number =>
  Math.min(set.status.availableReplicas ?? 0, sizeOf(set));
const total = (sets: readonly ReplicaSet[], count: (set: ReplicaSet) => number): number =>
  sets.reduce((sum, set) => sum + count(set), 0);

/** A rollout's bounds as numbers of pods. Percentages of surge round up, of unavailable down. */
export function boundsOf({ spec }: Deployment): { maxSurge: number; maxUnavailable: number } {
  if (spec.strategy?.type === 'Recreate') return { maxSurge: 0, maxUnavailable: 0 };
  const { maxSurge = '25%', maxUnavailable = '25%' } = spec.strategy?.rollingUpdate ?? {};
  const replicas = spec.replicas ?? 1;
  const surge = resolve(maxSurge, replicas, Math.ceil);
  const unavailable = resolve(maxUnavailable, replicas, Math.floor);
  // Both zero would never move.
  if (surge === 0 && unavailable === 0) return { maxSurge: 0, maxUnavailable: 1 };
  return { maxSurge: surge, maxUnavailable: Math.min(unavailable, replicas) };
}

function resolve(value: number | string, of: number, round: (n: number) => number): number {
  if (typeof value === 'number') return value;
  return round((Number.parseInt(value, 10) * of) / 100);
}

/** The most pods that a Deployment may have while it rolls. */
export const maxReplicas = (deployment: Deployment): number =>
  (deployment.spec.replicas ?? 1) + boundsOf(deployment).maxSurge;

/** The size with which the current ReplicaSet is made or grown, with these others beside it. */
export function nextSizeOfCurrent(deployment: Deployment, { current, old }: Generations): number {
  const wanted = deployment.spec.replicas ?? 1;
  if (deployment.spec.strategy?.type === 'Recreate') return wanted;
  const size = current ? sizeOf(current) : 0;
  const room = maxReplicas(deployment) - size - total(old, sizeOf);
  return room <= 0 ? size : size + Math.min(room, wanted - size);
}

/** The next step of a rolling update: first what may be added, else what may go. */
export function rollingStep(deployment: Deployment, generations: Generations): Sizes {
  const { current } = generations;
  if (!current) return new Map();
  const wanted = deployment.spec.replicas ?? 1;
  const next = sizeOf(current) > wanted ? wanted : nextSizeOfCurrent(deployment, generations);
  if (next !== sizeOf(current)) return new Map([[current, next]]);
  return shrinkOld(deployment, generations);
}

/** Gives up old pods: broken ones first, then good ones as far as enough stay available. */
function shrinkOld(deployment: Deployment, { current, old }: Generations): Sizes {
  const sizes = new Map<ReplicaSet, number>();
  const sets = current ? [...old, current] : old;
  const { maxUnavailable } = boundsOf(deployment);
  const minAvailable = (deployment.spec.replicas ?? 1) - maxUnavailable;
  const starting = current ? sizeOf(current) - availableOf(current) : 0;
  const removable = total(sets, sizeOf) - minAvailable - starting;
  if (removable <= 0) return sizes;

  const byAge = old.toSorted(compareAge);
  let removed = 0;
  for (const set of byAge) {
    const broken = Math.min(removable - removed, sizeOf(set) - availableOf(set));
    if (broken <= 0) continue;
    sizes.set(set, sizeOf(set) - broken);
    removed += broken;
  }
  let spare = total(sets, availableOf) - minAvailable;
  for (const set of byAge) {
    const size = sizes.get(set) ?? sizeOf(set);
    const good = Math.min(spare, size);
    if (good <= 0) continue;
    sizes.set(set, size - good);
    spare -= good;
  }
  return sizes;
}

/** Recreate: everything old goes; the new comes when no old pod is left. */
export function recreateStep(
  deployment: Deployment,
  { current, old }: Generations,
  { oldPodsRunning }: { readonly oldPodsRunning: boolean },
): Sizes {
  const busy = old.filter((set) => sizeOf(set) > 0);
  if (busy.length > 0) return new Map(busy.map((set) => [set, 0]));
  const wanted = deployment.spec.replicas ?? 1;
  if (!current || oldPodsRunning || sizeOf(current) === wanted) return new Map();
  return new Map([[current, wanted]]);
}

/** Whether the Deployment was resized since its ReplicaSets were: then it is scaled, not rolled. */
export function isResized(deployment: Deployment, sets: readonly ReplicaSet[]): boolean {
  return sets.some((set) => {
    const desired = set.metadata.annotations?.[DESIRED_REPLICAS];
    return sizeOf(set) > 0 && desired !== undefined && Number(desired) !== deployment.spec.replicas;
  });
}

/** Brings all ReplicaSets to a new total, each in proportion, without going on with the rollout. */
export function proportionalStep(deployment: Deployment, generations: Generations): Sizes {
  const { current, old } = generations;
  const wanted = deployment.spec.replicas ?? 1;
  const sets = current ? [...old, current] : old;
  const active = sets.filter((set) => sizeOf(set) > 0);
  const only =
    active.length === 1 ? active[0] : active.length === 0 ? (current ?? newest(old)) : undefined;
  if (only) return sizeOf(only) === wanted ? new Map() : new Map([[only, wanted]]);
  if (current && isSaturated(deployment, current)) {
    return new Map(old.filter((set) => sizeOf(set) > 0).map((set) => [set, 0]));
  }
  return deployment.spec.strategy?.type === 'Recreate'
    ? new Map()
    : inProportion(deployment, active);
}

const newest = (sets: readonly ReplicaSet[]): ReplicaSet | undefined =>
  sets.toSorted(compareAge).at(-1);

const isSaturated = ({ spec }: Deployment, current: ReplicaSet): boolean =>
  sizeOf(current) === spec.replicas &&
  Number(current.metadata.annotations?.[DESIRED_REPLICAS]) === spec.replicas &&
  availableOf(current) === spec.replicas;

function inProportion(deployment: Deployment, active: readonly ReplicaSet[]): Sizes {
  const allowed = (deployment.spec.replicas ?? 1) > 0 ? maxReplicas(deployment) : 0;
  let toAdd = allowed - total(active, sizeOf);
  const bySize = active.toSorted(
    (a, b) => sizeOf(b) - sizeOf(a) || (toAdd > 0 ? compareAge(b, a) : compareAge(a, b)),
  );
  const sizes = new Map<ReplicaSet, number>();
  const share = toAdd;
  for (const set of bySize) {
    const fraction = toAdd === 0 ? 0 : proportionOf(set, { share, left: toAdd, allowed });
    sizes.set(set, sizeOf(set) + fraction);
    toAdd -= fraction;
  }
  const [largest] = bySize;
  if (largest && toAdd !== 0) {
    sizes.set(largest, Math.max(0, (sizes.get(largest) ?? 0) + toAdd));
  }
  return new Map([...sizes].filter(([set, size]) => size !== sizeOf(set)));
}

/** What one ReplicaSet takes of a change, never more than is left of it. */
function proportionOf(
  set: ReplicaSet,
  {
    share,
    left,
    allowed,
  }: { readonly share: number; readonly left: number; readonly allowed: number },
): number {
  const before = Number(set.metadata.annotations?.[MAX_REPLICAS] ?? allowed - share) || 1;
  const fraction = Math.round((sizeOf(set) * allowed) / before) - sizeOf(set);
  return share > 0 ? Math.min(fraction, left) : Math.max(fraction, left);
}

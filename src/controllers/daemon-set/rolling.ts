import type { DaemonSet } from '../../api/generated/apps/v1/types.ts';
import type { Pod } from '../../api/generated/core/v1/types.ts';
import { isUpdated } from './placement.ts';
import { isAvailable } from './pods-on-nodes.ts';
import type { Seen } from './reconcile.ts';

/** What a rolling update does next. */
export interface RollingStep {
  readonly doomed: readonly Pod[];
  /** Nodes that get a new pod beside their old one. */
  readonly nodes: readonly string[];
}

const scaled = (value: number | string | undefined, of: number): number =>
  typeof value === 'string' ? Math.ceil((Number.parseInt(value, 10) * of) / 100) : (value ?? 0);

/** Bounds of a rolling update as numbers of nodes; percentages round up. */
function boundsOf({ spec }: DaemonSet, desired: number) {
  const { maxSurge, maxUnavailable } = spec.updateStrategy?.rollingUpdate ?? {};
  const surge = scaled(maxSurge, desired);
  const unavailable = scaled(maxUnavailable, desired);
  // Both zero would never move.
  if (surge === 0 && unavailable === 0) return { surge, unavailable: 1 };
  return { surge, unavailable };
}

/** Whether new pods come before old ones go. */
export const surges = (set: DaemonSet): boolean =>
  (set.spec.updateStrategy?.type ?? 'RollingUpdate') === 'RollingUpdate' &&
  scaled(set.spec.updateStrategy?.rollingUpdate?.maxSurge, 1) > 0;

/** The next step of a rolling update, once each node has as many pods as it should. */
export function rollingStep(seen: Seen): RollingStep {
  const { set, nodes, fits, podsOn } = seen;
  const desired = nodes.filter((node) => fits(node).shouldRun).map(({ metadata }) => metadata.name);
  const bounds = boundsOf(set, desired.length);
  const names = new Set([...podsOn.keys(), ...desired]);
  const all = Array.from(names, (name) => pairOn(seen, name));
  return bounds.surge === 0
    ? replaceStep(seen, all, bounds.unavailable)
    : surgeStep(seen, all, { maxSurge: bounds.surge, desired });
}

/** The pods of a node that stay, told apart by their template; undefined when there are too many. */
interface Pair {
  readonly nodeName: string;
  readonly fresh: Pod | undefined;
  readonly old: Pod | undefined;
  readonly isCrowded: boolean;
}

function pairOn({ set, hash, podsOn }: Seen, nodeName: string): Pair {
  const here = (podsOn.get(nodeName) ?? []).filter(
    ({ metadata }) => metadata.deletionTimestamp === undefined,
  );
  const fresh = here.filter((pod) => isUpdated(pod, set, hash));
  const old = here.filter((pod) => !isUpdated(pod, set, hash));
  const isCrowded = fresh.length > 1 || old.length > 1;
  return { nodeName, fresh: fresh[0], old: old[0], isCrowded };
}

/** Old pods go, as long as enough others are available; the next pass makes new ones. */
function replaceStep(seen: Seen, all: readonly Pair[], maxUnavailable: number): RollingStep {
  const broken: Pod[] = [];
  const good: Pod[] = [];
  let unavailable = 0;
  for (const { fresh, old, isCrowded } of all) {
    if (isCrowded || Boolean(fresh) === Boolean(old)) unavailable++;
    else if (fresh) unavailable += isAvailable(seen, fresh) ? 0 : 1;
    else if (old && isAvailable(seen, old)) good.push(old);
    else if (old) {
      broken.push(old);
      unavailable++;
    }
  }
  const spare = Math.max(0, maxUnavailable - unavailable);
  return { doomed: [...broken, ...good.slice(0, spare)], nodes: [] };
}

/** New pods come beside old ones, which go when these are available. */
function surgeStep(
  seen: Seen,
  all: readonly Pair[],
  { maxSurge, desired }: { readonly maxSurge: number; readonly desired: readonly string[] },
): RollingStep {
  const doomed: Pod[] = [];
  const misplaced: Pod[] = [];
  const urgent: string[] = [];
  const candidates: string[] = [];
  let surging = 0;
  let available = 0;
  const wanted = new Set(desired);
  for (const { nodeName, fresh, old, isCrowded } of all) {
    if (isCrowded) {
      surging++;
      continue;
    }
    const counted = old ?? fresh;
    const isWell = counted !== undefined && isAvailable(seen, counted);
    if (isWell) available++;
    if (!old) continue;
    if (fresh) {
      if (!isAvailable(seen, fresh)) surging++; // Else the old one goes by itself.
    } else if (!wanted.has(nodeName)) (isWell ? misplaced : doomed).push(old);
    else (isWell ? candidates : urgent).push(nodeName);
  }
  // Whoever stands where it shouldn't goes only when another one is available in its place.
  doomed.push(...misplaced.slice(0, Math.max(0, available - desired.length)));
  const nodes = [...urgent, ...candidates.slice(0, Math.max(0, maxSurge - surging))];
  return { doomed, nodes };
}

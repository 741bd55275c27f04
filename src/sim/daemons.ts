import type { DaemonSet } from '../api/generated/apps/v1/types.ts';
import type { Node, Pod } from '../api/generated/core/v1/types.ts';
import type { Clock } from '../base/clock.ts';
import type { ApiRequest } from '../machinery/api-request.ts';
import { isEqual } from '../machinery/equal.ts';
import { controllerOf, keyOf } from '../machinery/object.ts';
import type { DeletionOptions } from '../machinery/validation/options.ts';
import type { Haunted } from './haunted.ts';
import { hasBrokenImage, isActive, isReady } from './judgement.ts';
import { RecentMaximum } from './recent-maximum.ts';
import { STALE_MAX_MS } from './safety.ts';
import type { Happened, Truth } from './truth.ts';
import type { Violations } from './violations.ts';

const CONTROLLER = 'daemonset-controller';
/** While the first nodes boot nothing goes wrong: all know of them then. */
const BOOT_MS = 5000;
/** When all is calm a pod that is ready for so long is available, too. */
const CALM_MS = 10_000;

/**
 * No node has more pods of a DaemonSet than one, with another beside it where it surges. A rolling
 * update takes no more nodes' pods away at a time than it may, but for those that were lost otherwise
 * of late, and for nodes of which it may not be known yet whether they are to have one.
 */
export class DaemonChecker {
  readonly #truth: Truth;
  readonly #clock: Clock;
  readonly #violations: Violations;
  readonly #haunted: Haunted;
  readonly #nodeCount: number;
  readonly #unavailable: RecentMaximum;
  readonly #surge: RecentMaximum;
  /** UIDs of pods that the controller has asked to go. */
  readonly #asked = new Set<string>();
  /** Names that pods have had: one that comes late, and again, is nobody's mistake. */
  readonly #used = new Set<string>();
  /** Nodes whose ready pod was taken away, and that have none again yet, by their set's UID. */
  readonly #bare = new Map<string, Set<string>>();
  /** When sets, nodes, sets on nodes and pods last changed such that not everybody may know. */
  readonly #shakenMs = new Map<string, number>();
  #staleMs = STALE_MAX_MS;

  constructor(
    truth: Truth,
    clock: Clock,
    violations: Violations,
    { haunted, nodeCount }: { readonly haunted: Haunted; readonly nodeCount: number },
  ) {
    this.#truth = truth;
    this.#clock = clock;
    this.#violations = violations;
    this.#haunted = haunted;
    this.#nodeCount = nodeCount;
    this.#unavailable = new RecentMaximum(clock, STALE_MAX_MS);
    this.#surge = new RecentMaximum(clock, STALE_MAX_MS);
    truth.onChange((happened) => this.#check(happened));
  }

  /** Nothing goes wrong any more: from now on all know at once what is. */
  calm(): void {
    this.#staleMs = CALM_MS;
  }

  /** Somebody asks the server for this. */
  arrived({ verb, plural, body, options }: ApiRequest, component: string): void {
    if (component !== CONTROLLER || verb !== 'delete' || plural !== 'pods') return;
    const { preconditions } = (body ?? options) as DeletionOptions;
    if (preconditions?.uid) this.#asked.add(preconditions.uid);
  }

  #check({ resource, before, after }: Happened): void {
    if (resource === 'apps/daemonsets' && after) {
      this.#noteSet(before as DaemonSet | undefined, after as DaemonSet);
    }
    if (resource === 'nodes') this.#noteNode(before as Node | undefined, after as Node | undefined);
    if (resource === 'pods') this.#checkPod(before as Pod | undefined, after as Pod | undefined);
  }

  #noteSet(before: DaemonSet | undefined, { metadata, spec }: DaemonSet): void {
    const { maxUnavailable = 1, maxSurge = 0 } = spec.updateStrategy?.rollingUpdate ?? {};
    this.#unavailable.note(metadata.uid, share(maxUnavailable, this.#nodeCount));
    this.#surge.note(metadata.uid, share(maxSurge, this.#nodeCount));
    if (!before) return;
    const [was, is] = [before.spec.template.spec, spec.template.spec];
    if (isEqual(was?.nodeSelector ?? {}, is?.nodeSelector ?? {})) return;
    this.#bare.delete(metadata.uid);
    this.#shake(metadata.uid);
  }

  #noteNode(before: Node | undefined, after: Node | undefined): void {
    const { name } = ((after ?? before) as Node).metadata;
    const isWell = !before?.spec.taints?.length && !after?.spec.taints?.length;
    if (after && isWell) return;
    for (const nodes of this.#bare.values()) nodes.delete(name);
    if (this.#clock.monotonicMs() > BOOT_MS) this.#shake(name);
  }

  #checkPod(before: Pod | undefined, after: Pod | undefined): void {
    const pod = (after ?? before) as Pod;
    const owner = controllerOf(pod) ?? (before && controllerOf(before));
    if (owner?.kind !== 'DaemonSet') return;
    const { uid } = owner;
    if (!before && after) this.#checkMade(after, uid);
    const node = pod.spec.nodeName;
    if (!node) return;
    const was = isServing(before, uid);
    const is = isServing(after, uid);
    if (is) this.#bare.get(uid)?.delete(node);
    if (is && !was) this.#shake(pod.metadata.uid); // Who doesn't know that it is ready may take it.
    if (!was || is) return;
    const isTaken = this.#asked.has(pod.metadata.uid) && !this.#haunted.has('pods', pod);
    if (isTaken) this.#checkTaken(pod, uid, node);
    else this.#shake(`${uid} ${node}`);
  }

  /** The controller has taken away a pod that was ready. */
  #checkTaken(pod: Pod, uid: string, node: string): void {
    const isLoose = [uid, node, `${uid} ${node}`, pod.metadata.uid].some((key) =>
      this.#isShaken(key),
    );
    if (isLoose || this.#podsOn(node, uid).some((each) => isServing(each, uid))) return;
    const bare = this.#bare.get(uid) ?? new Set();
    this.#bare.set(uid, bare.add(node));
    const allowed = this.#unavailable.of(uid);
    if (allowed === undefined || bare.size <= allowed) return;
    const what = `${keyOf(pod)} goes, and ${bare.size} nodes are without, where ${allowed} may be`;
    this.#violations.note('rolling', what);
  }

  #checkMade(pod: Pod, uid: string): void {
    const isAgain = this.#used.has(keyOf(pod));
    this.#used.add(keyOf(pod));
    const node = targetOf(pod);
    if (node === undefined || isAgain || this.#isShaken(`${uid} ${node}`)) return;
    const there = this.#podsOn(node, uid).filter(isActive);
    const allowed = (this.#surge.of(uid) ?? 0) > 0 ? 2 : 1;
    if (there.length <= allowed || there.some((each) => this.#haunted.has('pods', each))) return;
    const what = `${keyOf(pod)} is one of ${there.length} for ${node}, where ${allowed} may be`;
    this.#violations.note('surge', what);
  }

  #podsOn(node: string, uid: string): Pod[] {
    return this.#truth
      .all('pods')
      .filter((pod) => controllerOf(pod)?.uid === uid && targetOf(pod) === node);
  }

  #shake(key: string): void {
    this.#shakenMs.set(key, this.#clock.monotonicMs());
  }

  #isShaken(key: string): boolean {
    const atMs = this.#shakenMs.get(key);
    return atMs !== undefined && this.#clock.monotonicMs() - atMs < this.#staleMs;
  }
}

const isServing = (pod: Pod | undefined, owner: string): boolean =>
  pod !== undefined && controllerOf(pod)?.uid === owner && isActive(pod) && isReady(pod);

/** A number of nodes; percentages round up. */
const share = (value: number | string, of: number): number =>
  typeof value === 'number' ? value : Math.ceil((Number.parseInt(value, 10) * of) / 100);

/** The node that a pod is on, or is to be on and on no other. */
function targetOf({ spec }: Pod): string | undefined {
  if (spec.nodeName) return spec.nodeName;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required?.nodeSelectorTerms[0]?.matchFields?.[0]?.values?.[0];
}

/** Every node that a DaemonSet may use has one pod of it, the newest one, and no other node has any. */
export function wrongDaemonSets(truth: Truth): string[] {
  return truth.all('apps/daemonsets').flatMap((set) => {
    const own = truth.all('pods').filter((pod) => controllerOf(pod)?.uid === set.metadata.uid);
    const isStuck = [set.spec.template, ...own].some(hasBrokenImage);
    const wanted = truth.all('nodes').filter((node) => isWanted(set, node));
    const nodes = wanted.map(({ metadata }) => metadata.name).sort();
    return [...misplaced(set, nodes, own, isStuck), ...mistold(set, nodes, own)];
  });
}

/** At rest nodes have no taints that daemons mind. */
function isWanted({ spec }: DaemonSet, { metadata }: Node): boolean {
  const { nodeSelector = {} } = spec.template.spec ?? {};
  return Object.entries(nodeSelector).every(([key, value]) => metadata.labels?.[key] === value);
}

function misplaced(
  set: DaemonSet,
  nodes: readonly string[],
  own: readonly Pod[],
  isStuck: boolean,
): string[] {
  const active = own.filter(isActive);
  const images = (of: { spec?: Pod['spec'] }) =>
    of.spec?.containers.map(({ image }) => image).join();
  const isGood = (pod: Pod) => isReady(pod) && images(pod) === images(set.spec.template);
  const found = active.map(({ spec }) => spec.nodeName ?? 'nowhere').sort();
  // Where the newest pods don't become ready an update stops, with two on a node where it surges.
  const there = isStuck ? [...new Set(found)] : found;
  const [a, b] = [nodes.join(), there.join()];
  if (a !== b) return [`${keyOf(set)} has pods on [${b}], not on [${a}]`];
  const bad = isStuck ? [] : active.filter((pod) => !isGood(pod));
  return bad.map((pod) => `${keyOf(pod)} isn't ready, or of an older template`);
}

/** What it tells of the nodes that are to have a pod, and of those that have one which is ready. */
function mistold(set: DaemonSet, nodes: readonly string[], own: readonly Pod[]): string[] {
  const { desiredNumberScheduled, numberReady, observedGeneration } = set.status;
  const ready = own.filter((pod) => isActive(pod) && isReady(pod)).length;
  const isBeside = own.length > nodes.length; // Of two on a node the older one counts.
  const faults: string[] = [];
  if (observedGeneration !== set.metadata.generation) faults.push(`${keyOf(set)} isn't observed`);
  if (desiredNumberScheduled !== nodes.length) {
    faults.push(`${keyOf(set)} tells of ${desiredNumberScheduled} nodes of ${nodes.length}`);
  }
  if (!isBeside && numberReady !== ready) {
    faults.push(`${keyOf(set)} tells of ${numberReady} ready pods of ${ready}`);
  }
  return faults;
}

import type { Node, Pod } from '../api/generated/core/v1/types.ts';
import { isEqual } from '../machinery/equal.ts';
import { type ClusterChange, isNodeChanged, nodeEvents } from './cluster-event.ts';
import { nodeFacts } from './node-info.ts';
import { PodInfo } from './pod-info.ts';
import { amount, type Resources } from './resources.ts';
import { Snapshot } from './snapshot.ts';

interface PlacedPod {
  readonly info: PodInfo;
  readonly node: string;
  /** We decided so, and the server hasn't told us yet that it knows. */
  readonly isAssumed: boolean;
}

interface Promised {
  readonly info: PodInfo;
  readonly node: string;
}

/**
 * The cluster as the scheduler takes it to be: what the server told, and on top of it what was
 * decided and isn't told yet. Every method answers the changes that may let other pods fit.
 */
export class ClusterCache {
  #snapshot: Snapshot;
  readonly #nodes = new Map<string, Node>();
  readonly #pods = new Map<string, PlacedPod>();
  readonly #promises = new Map<string, Promised>();

  constructor(seed: number) {
    this.#snapshot = Snapshot.empty(seed);
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** For what needs no care: namespaces, claims, volumes. */
  update(change: (snapshot: Snapshot) => Snapshot): void {
    this.#snapshot = change(this.#snapshot);
  }

  putNode(node: Node): ClusterChange[] {
    const { name } = node.metadata;
    const before = this.#nodes.get(name);
    if (before && !isNodeChanged(before, node)) return [];
    this.#nodes.set(name, node);
    this.#snapshot = this.#snapshot.withNode(node);
    if (!before) this.#renewPromises(name);
    const { facts } = this.#snapshot.nodes.get(name)!;
    return nodeEvents(before, node).map((event) => ({ event, node: facts }));
  }

  deleteNode(name: string): ClusterChange[] {
    const before = this.#nodes.get(name);
    if (!before) return [];
    this.#nodes.delete(name);
    this.#snapshot = this.#snapshot.withoutNode(name);
    return [{ event: 'Node/Delete', node: nodeFacts(before) }];
  }

  /** Whether a pod is known to be, or taken to be, on a node. */
  isPlaced(uid: string): boolean {
    return this.#pods.has(uid);
  }

  isAssumed(uid: string): boolean {
    return this.#pods.get(uid)?.isAssumed ?? false;
  }

  /** The server says that a pod is on a node. */
  putPod(pod: Pod): ClusterChange[] {
    const { uid } = pod.metadata;
    const node = pod.spec.nodeName!;
    const before = this.#pods.get(uid);
    this.dropPromise(uid);
    if (before?.node === node && !isPodChanged(before.info.pod, pod)) {
      if (!before.isAssumed) return [];
      this.#pods.set(uid, { ...before, isAssumed: false });
      return [{ event: 'AssignedPod/Add', pod: before.info }];
    }
    const info = new PodInfo(pod);
    if (before) this.#snapshot = this.#snapshot.withoutPod(before.info, before.node);
    this.#snapshot = this.#snapshot.withPod(info, node);
    this.#pods.set(uid, { info, node, isAssumed: false });
    if (!before || before.isAssumed) return [{ event: 'AssignedPod/Add', pod: info }];
    return podChanges(before.info, info);
  }

  /** The server says that a pod is gone, or has ended. */
  deletePod(uid: string): ClusterChange[] {
    this.dropPromise(uid);
    const before = this.#pods.get(uid);
    if (!before) return [];
    this.#pods.delete(uid);
    this.#snapshot = this.#snapshot.withoutPod(before.info, before.node);
    return [{ event: 'AssignedPod/Delete', pod: before.info }];
  }

  /** Takes a pod to be on a node from now on, though the server doesn't know it yet. */
  assume(info: PodInfo, node: string): void {
    this.dropPromise(info.uid);
    this.#snapshot = this.#snapshot.withPod(info, node);
    this.#pods.set(info.uid, { info, node, isAssumed: true });
  }

  /** Takes back `assume`, unless the server has confirmed it meanwhile. */
  forget(uid: string): ClusterChange[] {
    return this.isAssumed(uid) ? this.deletePod(uid) : [];
  }

  /** Keeps room on a node for a pod that preempted others there. */
  promise(info: PodInfo, node: string): void {
    this.dropPromise(info.uid);
    this.#promises.set(info.uid, { info, node });
    this.#snapshot = this.#snapshot.withNominated(info, node);
  }

  promisedNode(uid: string): string | undefined {
    return this.#promises.get(uid)?.node;
  }

  dropPromise(uid: string): void {
    const promised = this.#promises.get(uid);
    if (!promised) return;
    this.#promises.delete(uid);
    this.#snapshot = this.#snapshot.withoutNominated(promised.info, promised.node);
  }

  #renewPromises(name: string): void {
    for (const { info, node } of this.#promises.values()) {
      if (node === name) this.#snapshot = this.#snapshot.withNominated(info, node);
    }
  }
}

/** Whether a new version of a pod on a node differs in what the scheduler counts. */
function isPodChanged(before: Pod, after: Pod): boolean {
  return (
    (before.metadata.deletionTimestamp === undefined) !==
      (after.metadata.deletionTimestamp === undefined) ||
    before.status?.startTime !== after.status?.startTime ||
    !isEqual(before.metadata.labels, after.metadata.labels) ||
    !isEqual(sizesOf(before), sizesOf(after))
  );
}

/** Everything of a pod on a node from which its requests follow: they change when it is resized. */
function sizesOf({ spec, status }: Pod): unknown {
  const resize = status?.conditions?.find(({ type }) => type === 'PodResizePending');
  return [
    spec.resources,
    [...spec.containers, ...(spec.initContainers ?? [])].map(({ resources }) => resources),
    [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])]
      .map(({ resources, allocatedResources }) => [resources, allocatedResources])
      .filter((sizes) => sizes.some((size) => size !== undefined)),
    resize?.reason,
  ];
}

function podChanges(before: PodInfo, after: PodInfo): ClusterChange[] {
  const changes: ClusterChange[] = [];
  if (!isEqual(before.labels, after.labels)) {
    changes.push({ event: 'AssignedPod/UpdateLabels', pod: after });
  }
  if (isSmaller(after.requests, before.requests)) {
    changes.push({ event: 'AssignedPod/ScaleDown', pod: after });
  }
  return changes;
}

const isSmaller = (a: Resources, b: Resources): boolean =>
  ['cpu', 'memory', 'ephemeral-storage', ...b.scalars.keys()].some(
    (name) => amount(a, name) < amount(b, name),
  );

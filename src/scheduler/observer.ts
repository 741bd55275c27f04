import type { Namespace, Pod } from '../api/generated/core/v1/types.ts';
import type { Change } from '../client/informer.ts';
import { isEqual } from '../machinery/equal.ts';
import { type KubeObject, keyOf } from '../machinery/object.ts';
import type { ClusterCache } from './cluster-cache.ts';
import type { ClusterChange, ClusterEvent } from './cluster-event.ts';
import type { SchedulerInformers } from './informers.ts';
import { PodInfo } from './pod-info.ts';
import type { SchedulingQueue } from './queue/scheduling-queue.ts';

/** Carries what informers tell into the cache and the queue. */
export class Observer {
  readonly #cache: ClusterCache;
  readonly #queue: SchedulingQueue;
  readonly #schedulerName: string;

  constructor(cache: ClusterCache, queue: SchedulingQueue, schedulerName: string) {
    this.#cache = cache;
    this.#queue = queue;
    this.#schedulerName = schedulerName;
  }

  /** Follows all informers, beginning with what is in them. Pods come last: they need the rest. */
  follow(informers: SchedulerInformers): void {
    informers.namespaces.subscribe((change) => this.#onNamespace(change));
    this.#followObjects(informers.storageClasses, 'storageClasses', 'StorageClass');
    this.#followObjects(informers.volumes, 'volumes', 'PersistentVolume');
    this.#followObjects(informers.claims, 'claims', 'PersistentVolumeClaim');
    informers.nodes.subscribe(({ before, after }) => {
      if (after) this.#notice(this.#cache.putNode(after));
      else if (before) this.#notice(this.#cache.deleteNode(before.metadata.name));
    });
    informers.pods.subscribe((change) => this.#onPod(change));
  }

  #notice(changes: readonly ClusterChange[]): void {
    for (const change of changes) this.#queue.notice(change);
  }

  #onNamespace({ before, after }: Change<Namespace>): void {
    if (!after) {
      this.#cache.update((snapshot) => snapshot.withoutNamespace(before!.metadata.name));
    } else if (!before || !isEqual(before.metadata.labels, after.metadata.labels)) {
      this.#cache.update((snapshot) => snapshot.withNamespace(after));
      this.#queue.notice({ event: 'Namespace/UpdateLabels' });
    }
  }

  #followObjects(
    informer: SchedulerInformers['claims' | 'volumes' | 'storageClasses'],
    part: 'claims' | 'volumes' | 'storageClasses',
    kind: 'PersistentVolumeClaim' | 'PersistentVolume' | 'StorageClass',
  ): void {
    const onChange = ({ before, after }: Change<KubeObject>) => {
      if (!after) {
        this.#cache.update((snapshot) => snapshot.withoutObject(part, keyOf(before!)));
        return;
      }
      this.#cache.update((snapshot) => snapshot.withObject(part, after));
      const event: ClusterEvent = `${kind}/${before ? 'Update' : 'Add'}`;
      const claim = part === 'claims' ? { claim: after as never } : {};
      this.#queue.notice({ event, ...claim });
    };
    informer.subscribe(onChange as never);
  }

  #onPod({ before, after }: Change<Pod>): void {
    if (before && before.metadata.uid !== after?.metadata.uid) this.#drop(before);
    if (!after) return;
    if (hasEnded(after)) {
      this.#drop(after);
    } else if (after.spec.nodeName) {
      this.#queue.delete(after.metadata.uid);
      this.#notice(this.#cache.putPod(after));
    } else if ((after.spec.schedulerName ?? '') === this.#schedulerName) {
      this.#onUnscheduled(before, after);
    }
  }

  #drop({ metadata }: Pod): void {
    this.#queue.delete(metadata.uid);
    this.#notice(this.#cache.deletePod(metadata.uid));
  }

  #onUnscheduled(before: Pod | undefined, after: Pod): void {
    const { uid, deletionTimestamp } = after.metadata;
    if (deletionTimestamp !== undefined) {
      this.#queue.delete(uid);
      this.#cache.dropPromise(uid);
      return;
    }
    const [was, is] = [before?.status?.nominatedNodeName, after.status?.nominatedNodeName];
    if (was && !is) this.#cache.dropPromise(uid);
    const promised = this.#cache.promisedNode(uid) ?? (is || undefined);
    const info = new PodInfo(after, promised ?? null);
    const isNew = promised !== undefined && this.#cache.promisedNode(uid) === undefined;
    if (isNew && !this.#cache.isPlaced(uid)) this.#cache.promise(info, promised);
    this.#queue.put(info, isRelevant(before, after));
  }
}

const hasEnded = ({ status }: Pod): boolean =>
  status?.phase === 'Succeeded' || status?.phase === 'Failed';

/** Whether a change of a pod may change where it fits; our own reports of failure do not. */
const isRelevant = (before: Pod | undefined, after: Pod): boolean =>
  before === undefined ||
  before.metadata.generation !== after.metadata.generation ||
  !isEqual(before.metadata.labels, after.metadata.labels);

import type {
  Namespace,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
} from '../../api/generated/core/v1/types.ts';
import type { StorageClass } from '../../api/generated/storage/v1/types.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { Judge } from '../../scheduler/judge.ts';
import { PodInfo } from '../../scheduler/pod-info.ts';
import { createProfile } from '../../scheduler/profile.ts';
import { type Examination, examine, prefilter } from '../../scheduler/schedule.ts';
import { Snapshot } from '../../scheduler/snapshot.ts';
import { type ScaledByController, scaledBy } from './scaled-by.ts';

/** All objects that placing a pod depends on. */
export interface ClusterObjects {
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
  readonly namespaces: readonly Namespace[];
  readonly claims: readonly PersistentVolumeClaim[];
  readonly volumes: readonly PersistentVolume[];
  readonly storageClasses: readonly StorageClass[];
  /** What makes pods, as far as it may be read: advice names it. */
  readonly workloads?: readonly KubeObject[];
}

const PROFILE = createProfile();

/** A pod that is to be placed in a cluster. Immutable: a change gives another, and costs little. */
export class Scenario {
  readonly pod: Pod;
  readonly snapshot: Snapshot;
  readonly scaled: ScaledByController;
  #examination: Examination | undefined;

  constructor(pod: Pod, snapshot: Snapshot, scaled: ScaledByController) {
    this.pod = pod;
    this.snapshot = snapshot;
    this.scaled = scaled;
  }

  /** A pod without a node, among all that there is. */
  static of(pod: Pod, objects: ClusterObjects): Scenario {
    let snapshot = Snapshot.empty();
    for (const each of objects.namespaces) snapshot = snapshot.withNamespace(each);
    for (const each of objects.storageClasses)
      snapshot = snapshot.withObject('storageClasses', each);
    for (const each of objects.volumes) snapshot = snapshot.withObject('volumes', each);
    for (const each of objects.claims) snapshot = snapshot.withObject('claims', each);
    for (const each of objects.nodes) snapshot = snapshot.withNode(each);
    for (const each of objects.pods) {
      const { nodeName } = each.spec;
      if (!nodeName || hasEnded(each) || each.metadata.uid === pod.metadata.uid) continue;
      snapshot = snapshot.withPod(new PodInfo(each), nodeName);
    }
    return new Scenario(pod, snapshot, scaledBy(objects.workloads ?? []));
  }

  withPod(pod: Pod): Scenario {
    return new Scenario(pod, this.snapshot, this.scaled);
  }

  withSnapshot(snapshot: Snapshot): Scenario {
    return new Scenario(this.pod, snapshot, this.scaled);
  }

  /** What the scheduler says of every node. */
  get examination(): Examination {
    this.#examination ??= examine(PROFILE, this.snapshot, new PodInfo(this.pod));
    return this.#examination;
  }

  /** Whether the scheduler finds a node. */
  get isPlaceable(): boolean {
    return this.examination.feasible.length > 0;
  }

  /**
   * Whether the scheduler finds a node where it found none before this one node became another.
   * Only that one is looked at, unless what is on it counts elsewhere, too.
   */
  isPlaceableBy(nodeName: string): boolean {
    const info = new PodInfo(this.pod);
    const judge = new Judge(PROFILE, this.snapshot, info);
    const node = this.snapshot.nodes.get(nodeName);
    if (judge.outlook.judging.length > 0 || !node) return this.isPlaceable;
    const { only, isRefused } = prefilter(PROFILE, this.snapshot, info);
    return !isRefused && (only?.has(nodeName) ?? true) && judge.verdict(node) === undefined;
  }
}

const hasEnded = ({ status }: Pod): boolean =>
  status?.phase === 'Succeeded' || status?.phase === 'Failed';

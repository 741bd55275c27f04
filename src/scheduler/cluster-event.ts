import type { Node, PersistentVolumeClaim } from '../api/generated/core/v1/types.ts';
import { isEqual } from '../machinery/equal.ts';
import type { NodeFacts } from './node-info.ts';
import type { PodInfo } from './pod-info.ts';

/** A kind of change that may let a pod fit that didn't. */
export type ClusterEvent =
  | 'Node/Add'
  | 'Node/Delete'
  | 'Node/UpdateAllocatable'
  | 'Node/UpdateLabels'
  | 'Node/UpdateTaints'
  | 'AssignedPod/Add'
  | 'AssignedPod/UpdateLabels'
  | 'AssignedPod/ScaleDown'
  | 'AssignedPod/Delete'
  | 'Namespace/UpdateLabels'
  | 'PersistentVolumeClaim/Add'
  | 'PersistentVolumeClaim/Update'
  | 'PersistentVolume/Add'
  | 'PersistentVolume/Update'
  | 'StorageClass/Add'
  | 'StorageClass/Update';

/** One change of the cluster, with what it is about, as it is now; of deletions, as it was. */
export interface ClusterChange {
  readonly event: ClusterEvent;
  /** Of a `Node/…` event. */
  readonly node?: NodeFacts;
  /** Of an `AssignedPod/…` event. */
  readonly pod?: PodInfo;
  /** Of a `PersistentVolumeClaim/…` event. */
  readonly claim?: PersistentVolumeClaim;
}

/** What a new version of a node means to the scheduler; nothing for most, such as heartbeats. */
export function nodeEvents(before: Node | undefined, after: Node | undefined): ClusterEvent[] {
  if (!after) return before ? ['Node/Delete'] : [];
  if (!before) return ['Node/Add'];
  const events: ClusterEvent[] = [];
  if (!isEqual(before.status?.allocatable, after.status?.allocatable)) {
    events.push('Node/UpdateAllocatable');
  }
  if (!isEqual(before.metadata.labels, after.metadata.labels)) events.push('Node/UpdateLabels');
  const isTainted =
    !isEqual(before.spec?.taints, after.spec?.taints) ||
    before.spec?.unschedulable !== after.spec?.unschedulable;
  if (isTainted) events.push('Node/UpdateTaints');
  return events;
}

/** Whether a new version of a node has to be taken over at all. */
export const isNodeChanged = (before: Node, after: Node): boolean =>
  nodeEvents(before, after).length > 0 || !isEqual(before.status?.images, after.status?.images);

import {
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
} from '../api/generated/core/v1/resources.ts';
import type {
  Namespace,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
} from '../api/generated/core/v1/types.ts';
import { podDisruptionBudgets } from '../api/generated/policy/v1/resources.ts';
import type { PodDisruptionBudget } from '../api/generated/policy/v1/types.ts';
import { storageClasses } from '../api/generated/storage/v1/resources.ts';
import type { StorageClass } from '../api/generated/storage/v1/types.ts';
import { Informer, type InformerTools } from '../client/informer.ts';

/** All that the scheduler has to know of the cluster. */
export interface SchedulerInformers {
  readonly pods: Informer<Pod>;
  readonly nodes: Informer<Node>;
  readonly namespaces: Informer<Namespace>;
  readonly claims: Informer<PersistentVolumeClaim>;
  readonly volumes: Informer<PersistentVolume>;
  readonly storageClasses: Informer<StorageClass>;
  readonly budgets: Informer<PodDisruptionBudget>;
}

/** Informers for a scheduler that has nobody to share them with; running. */
export function startInformers(tools: InformerTools, signal: AbortSignal): SchedulerInformers {
  const informers: SchedulerInformers = {
    pods: new Informer(tools, pods),
    nodes: new Informer(tools, nodes),
    namespaces: new Informer(tools, namespaces),
    claims: new Informer(tools, persistentVolumeClaims),
    volumes: new Informer(tools, persistentVolumes),
    storageClasses: new Informer(tools, storageClasses),
    budgets: new Informer(tools, podDisruptionBudgets),
  };
  for (const informer of Object.values(informers)) informer.start(signal);
  return informers;
}

import { deployments, replicaSets } from '../api/generated/apps/v1/resources.ts';
import type { Deployment, ReplicaSet } from '../api/generated/apps/v1/types.ts';
import { pods } from '../api/generated/core/v1/resources.ts';
import type { Pod } from '../api/generated/core/v1/types.ts';
import { Informer, type InformerTools } from '../client/informer.ts';
import { controllerOf, type KubeObject } from '../machinery/object.ts';

/** The index of an informer by the UID of the managing owner; orphans are under `orphan:NAMESPACE`. */
export const BY_OWNER = 'owner';

const byOwner = (object: KubeObject): readonly string[] => [
  controllerOf(object)?.uid ?? orphansOf(object.metadata.namespace),
];

/** Where the owner index keeps the objects of a namespace that nobody manages. */
export const orphansOf = (namespace = ''): string => `orphan:${namespace}`;

/** The caches that controllers share: one a resource, however many read it. */
export interface Informers {
  readonly pods: Informer<Pod>;
  readonly replicaSets: Informer<ReplicaSet>;
  readonly deployments: Informer<Deployment>;
}

export function createInformers(tools: InformerTools): Informers {
  const indexes = { [BY_OWNER]: byOwner };
  return {
    pods: new Informer(tools, pods, { indexes }),
    replicaSets: new Informer(tools, replicaSets, { indexes }),
    deployments: new Informer(tools, deployments),
  };
}

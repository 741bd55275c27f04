import type {
  Deployment,
  DeploymentStatus,
  ReplicaSet,
} from '../../api/generated/apps/v1/types.ts';
import type { NewObject } from '../../machinery/object.ts';

/** The writes that a pass over one Deployment may want. */
export type DeploymentAction =
  | {
      readonly type: 'adoptReplicaSet';
      readonly replicaSet: ReplicaSet;
      readonly owner: Deployment;
    }
  | {
      readonly type: 'releaseReplicaSet';
      readonly replicaSet: ReplicaSet;
      readonly owner: Deployment;
    }
  | {
      readonly type: 'createReplicaSet';
      readonly owner: Deployment;
      readonly replicaSet: NewObject<ReplicaSet>;
    }
  | {
      readonly type: 'updateReplicaSet';
      readonly owner: Deployment;
      readonly replicaSet: ReplicaSet;
      /** As it shall be. */
      readonly next: ReplicaSet;
    }
  | { readonly type: 'deleteReplicaSet'; readonly replicaSet: ReplicaSet }
  | {
      readonly type: 'updateStatus';
      readonly deployment: Deployment;
      readonly status: DeploymentStatus;
      /** Of the Deployment itself; they are written along with its status. */
      readonly annotations: Readonly<Record<string, string>>;
    }
  | {
      readonly type: 'rollBack';
      readonly deployment: Deployment;
      readonly current: ReplicaSet;
      readonly target: ReplicaSet;
    }
  | { readonly type: 'tellNoRollback'; readonly deployment: Deployment };

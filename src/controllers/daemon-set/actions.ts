import type {
  ControllerRevision,
  DaemonSet,
  DaemonSetStatus,
} from '../../api/generated/apps/v1/types.ts';
import type { Pod } from '../../api/generated/core/v1/types.ts';
import type { NewObject } from '../../machinery/object.ts';

/** The writes that a pass over one DaemonSet may want. */
export type DaemonSetAction =
  | { readonly type: 'adoptPod' | 'releasePod'; readonly owner: DaemonSet; readonly pod: Pod }
  | {
      readonly type: 'adoptRevision' | 'releaseRevision';
      readonly owner: DaemonSet;
      readonly revision: ControllerRevision;
    }
  | {
      readonly type: 'createRevision';
      readonly owner: DaemonSet;
      readonly revision: NewObject<ControllerRevision>;
    }
  | {
      readonly type: 'renumberRevision';
      readonly revision: ControllerRevision;
      readonly to: number;
    }
  | { readonly type: 'deleteRevision'; readonly revision: ControllerRevision }
  | {
      readonly type: 'createPod';
      readonly owner: DaemonSet;
      readonly nodeName: string;
      /** Of the revision that the pod is made from. */
      readonly hash: string;
    }
  | { readonly type: 'deletePod'; readonly owner: DaemonSet; readonly pod: Pod }
  /** A pod that has ended goes, so that another one may come. */
  | {
      readonly type: 'deleteEndedPod';
      readonly owner: DaemonSet;
      readonly pod: Pod;
      readonly nodeName: string;
    }
  | {
      readonly type: 'updateStatus';
      readonly set: DaemonSet;
      readonly status: DaemonSetStatus;
    };

import type {
  ControllerRevision,
  StatefulSet,
  StatefulSetStatus,
} from '../../api/generated/apps/v1/types.ts';
import type { PersistentVolumeClaim, Pod } from '../../api/generated/core/v1/types.ts';
import type { NewObject } from '../../machinery/object.ts';

/** The writes that a pass over one StatefulSet may want. */
export type StatefulSetAction =
  | { readonly type: 'adoptPod' | 'releasePod'; readonly owner: StatefulSet; readonly pod: Pod }
  | {
      readonly type: 'adoptRevision';
      readonly owner: StatefulSet;
      readonly revision: ControllerRevision;
    }
  | {
      readonly type: 'createRevision';
      readonly owner: StatefulSet;
      readonly revision: NewObject<ControllerRevision>;
    }
  | {
      readonly type: 'renumberRevision';
      readonly revision: ControllerRevision;
      readonly to: number;
    }
  | { readonly type: 'deleteRevision'; readonly revision: ControllerRevision }
  | {
      readonly type: 'createClaim';
      readonly owner: StatefulSet;
      readonly podName: string;
      readonly claim: NewObject<PersistentVolumeClaim>;
    }
  | {
      readonly type: 'retainClaim';
      readonly owner: StatefulSet;
      readonly podName: string;
      /** As it shall be. */
      readonly claim: PersistentVolumeClaim;
      /** Somebody else manages it, so that the policy doesn't hold. */
      readonly isOthers: boolean;
    }
  | {
      readonly type: 'createPod';
      readonly owner: StatefulSet;
      readonly pod: NewObject<Pod>;
      /** Of its claims, one that is going: the pod can't be made yet. */
      readonly goingClaim?: string | undefined;
    }
  | {
      readonly type: 'identifyPod';
      readonly owner: StatefulSet;
      /** As it shall be. */
      readonly pod: Pod;
    }
  | { readonly type: 'deletePod'; readonly owner: StatefulSet; readonly pod: Pod }
  | {
      readonly type: 'updateStatus';
      readonly set: StatefulSet;
      readonly status: StatefulSetStatus;
    };

import type { Job, JobStatus } from '../../api/generated/batch/v1/types.ts';
import type { Pod } from '../../api/generated/core/v1/types.ts';
import type { EventContent } from '../../client/event-recorder.ts';
import type { Backoff } from './backoff.ts';

/** The writes that a pass over one Job may want. */
export type JobAction =
  | { readonly type: 'adoptPod' | 'releasePod'; readonly owner: Job; readonly pod: Pod }
  | {
      readonly type: 'createPod';
      readonly owner: Job;
      /** Of an Indexed job. */
      readonly index?: number;
      /** The pod of the same index that has failed, and whose failures the new one remembers. */
      readonly replaced?: Pod | undefined;
    }
  /** The pod goes and is counted. */
  | { readonly type: 'endPod'; readonly owner: Job; readonly pod: Pod }
  /** The pod goes as if it had never been. */
  | { readonly type: 'dropPod'; readonly owner: Job; readonly pod: Pod }
  /** The pod's end is noted: nobody needs it any more. */
  | { readonly type: 'untrackPod'; readonly pod: Pod }
  | {
      readonly type: 'updateStatus';
      readonly job: Job;
      readonly status: JobStatus;
      /** As it is once the failures of this pass are noted. */
      readonly backoff: Backoff;
      readonly events: readonly EventContent[];
    };

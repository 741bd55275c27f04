import type { Draft, KubeObject } from '../../machinery/object.ts';
import type { Call } from '../call.ts';

/** Records in `managedFields` which fields of a new object its creator set. */
export function trackNew(_call: Call, _draft: Draft<KubeObject>): void {}

/** Records in `managedFields` which fields an update changed. */
export function trackChange(_call: Call, _draft: Draft<KubeObject>, _previous: KubeObject): void {}

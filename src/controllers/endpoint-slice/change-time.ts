import type { Pod, Service } from '../../api/generated/core/v1/types.ts';
import type { Endpoint } from '../../api/generated/discovery/v1/types.ts';
import { isEqual } from '../../machinery/equal.ts';

/** The annotation by which one measures how long a change takes to reach the nodes. */
export const LAST_CHANGE = 'endpoints.kubernetes.io/last-change-trigger-time';

/**
 * When the earliest of the changes happened that a write brings to readers: the pods' readiness, or
 * the making of the Service for its first endpoints. Undefined when nothing says when it was.
 */
export function earliestChange({
  service,
  pods,
  endpoints,
  known,
  isFirst,
}: {
  readonly service: Service;
  readonly pods: readonly Pod[];
  readonly endpoints: readonly Endpoint[];
  /** The endpoints that readers know already. */
  readonly known: readonly Endpoint[];
  readonly isFirst: boolean;
}): string | undefined {
  if (isFirst) return service.metadata.creationTimestamp;
  const old = new Map(known.map((endpoint) => [endpoint.targetRef?.uid, endpoint]));
  const changed = new Set<string | undefined>();
  for (const endpoint of endpoints) {
    const uid = endpoint.targetRef?.uid;
    if (!isEqual(old.get(uid), endpoint)) changed.add(uid);
  }
  return earliestReadiness(pods.filter(({ metadata }) => changed.has(metadata.uid)));
}

/** When the first of the pods became ready, or ceased to be. */
export function earliestReadiness(pods: readonly Pod[]): string | undefined {
  const times = pods.flatMap(({ status }) => {
    const ready = status.conditions?.find(({ type }) => type === 'Ready');
    return ready?.lastTransitionTime ?? [];
  });
  return times.toSorted()[0]; // RFC 3339 in UTC, so the order of texts is that of time.
}

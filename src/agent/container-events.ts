import type { Pod } from '../api/generated/core/v1/types.ts';
import type { EventContent, EventRecorder } from '../client/event-recorder.ts';

/** Where in a pod a container stands, as events point to it. */
function containerFieldPath({ spec }: Pod, name: string): string {
  const lists = ['containers', 'initContainers', 'ephemeralContainers'] as const;
  const list = lists.find((each) => spec[each]?.some((container) => container.name === name));
  return list ? `spec.${list}{${name}}` : '';
}

/** Records an event about one container of a pod. */
export function recordContainerEvent(
  events: EventRecorder,
  pod: Pod,
  container: string,
  content: Omit<EventContent, 'fieldPath'>,
): void {
  const fieldPath = containerFieldPath(pod, container);
  events.record(pod, { ...content, ...(fieldPath && { fieldPath }) });
}

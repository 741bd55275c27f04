import type { Deployment } from '../api/generated/apps/v1/types.ts';
import type { Job } from '../api/generated/batch/v1/types.ts';
import type { Pod } from '../api/generated/core/v1/types.ts';
import type { LabelSelector as SelectorObject } from '../api/generated/meta/v1/types.ts';
import { LabelSelector } from '../machinery/selector/label-selector.ts';
import { BROKEN } from './pod-model.ts';

// What checkers go by. Not what controllers go by: who shares their judgement shares their mistakes.

/** Neither finished nor on its way out. */
export const isActive = (pod: Pod): boolean =>
  pod.metadata.deletionTimestamp === undefined && !hasEnded(pod);

/** Finished, well or not, and not to be started again. */
export const hasEnded = ({ status }: Pod): boolean =>
  status.phase === 'Succeeded' || status.phase === 'Failed';

/** Whether its node says that it is ready. */
export function isReady({ status }: Pod): boolean {
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  return ready?.status === 'True';
}

/** Whether pods of this are never ready. */
export const hasBrokenImage = ({ spec }: { readonly spec?: Pod['spec'] }): boolean =>
  spec?.containers.some(({ image }) => image?.includes(BROKEN)) ?? false;

/** How a Job has ended; undefined while it hasn't. */
export const endOf = ({ status }: Job): string | undefined =>
  status.conditions?.find(
    ({ type, status: holds }) => (type === 'Complete' || type === 'Failed') && holds === 'True',
  )?.type;

/** Whether a selector of matchLabels, matchExpressions or both is about these labels. */
export const isSelected = (
  selector: SelectorObject | undefined,
  labels: Readonly<Record<string, string>> | undefined,
): boolean => selector !== undefined && LabelSelector.from(selector).matches(labels);

/** The most pods that a Deployment may have while it rolls: percentages round up. */
export function podsAllowed({ spec }: Deployment): number {
  const { replicas = 1, strategy } = spec;
  if (strategy?.type === 'Recreate') return replicas;
  const surge = strategy?.rollingUpdate?.maxSurge ?? '25%';
  if (typeof surge === 'number') return replicas + surge;
  return replicas + Math.ceil((replicas * Number.parseInt(surge, 10)) / 100);
}

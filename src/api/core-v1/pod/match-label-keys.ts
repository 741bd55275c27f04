import type { Draft, ObjectMeta } from '../../../machinery/object.ts';
import type { Affinity, Pod, PodAffinityTerm } from '../../generated/core/v1/types.ts';
import type { LabelSelector } from '../../generated/meta/v1/types.ts';

type Labels = ObjectMeta['labels'];

/**
 * Writes into the selectors of a new pod what its `matchLabelKeys` mean: pods with, or without, the
 * same values of these labels as its own (KEP-3633, KEP-3243).
 */
export function selectByOwnLabels({ metadata, spec }: Draft<Pod>): void {
  for (const term of affinityTerms(spec.affinity)) {
    addOwn(term.labelSelector, term.matchLabelKeys, 'In', metadata.labels);
    addOwn(term.labelSelector, term.mismatchLabelKeys, 'NotIn', metadata.labels);
  }
  for (const { labelSelector, matchLabelKeys } of spec.topologySpreadConstraints ?? []) {
    addOwn(labelSelector, matchLabelKeys, 'In', metadata.labels);
  }
}

function affinityTerms(affinity: Draft<Affinity> | undefined): Draft<PodAffinityTerm>[] {
  return [affinity?.podAffinity, affinity?.podAntiAffinity].flatMap((each) => [
    ...(each?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(each?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
      ({ podAffinityTerm }) => podAffinityTerm,
    ),
  ]);
}

function addOwn(
  selector: Draft<LabelSelector> | undefined,
  keys: readonly string[] | undefined,
  operator: 'In' | 'NotIn',
  labels: Labels,
): void {
  if (!selector) return;
  for (const key of keys ?? []) {
    const value = labels?.[key];
    if (value === undefined) continue; // A label that the pod hasn't got says nothing.
    selector.matchExpressions = [
      ...(selector.matchExpressions ?? []),
      { key, operator, values: [value] },
    ];
  }
}

import type { Pod, PodAffinityTerm } from '../api/generated/core/v1/types.ts';
import {
  type LabelRequirement,
  labelRequirement,
} from '../machinery/selector/label-requirement.ts';
import { LabelSelector, type Labels } from '../machinery/selector/label-selector.ts';
import { isStatusError } from '../machinery/status.ts';

/** One term of a pod's (anti-)affinity: pods to be near to, or away from, within a topology. */
export interface AffinityTerm {
  readonly topologyKey: string;
  readonly selector: LabelSelector;
  /** Namespaces by name, and by label; a pod in either counts. */
  readonly namespaces: ReadonlySet<string>;
  readonly namespaceSelector: LabelSelector | undefined;
  /** Of a preferred term; 0 of a required one. */
  readonly weight: number;
}

/** All affinity terms of a pod, by what they ask. */
export interface AffinityTerms {
  readonly required: readonly AffinityTerm[];
  readonly requiredAnti: readonly AffinityTerm[];
  readonly preferred: readonly AffinityTerm[];
  readonly preferredAnti: readonly AffinityTerm[];
}

const NONE: AffinityTerms = { required: [], requiredAnti: [], preferred: [], preferredAnti: [] };

/** The terms of a pod, ready to be matched. */
export function affinityTermsOf({ metadata, spec }: Pod): AffinityTerms {
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {};
  if (!podAffinity && !podAntiAffinity) return NONE;
  const compile = (term: PodAffinityTerm, weight = 0) => compileTerm(term, weight, metadata);
  const required = (terms: readonly PodAffinityTerm[] = []) => terms.map((term) => compile(term));
  const preferred = (from: typeof podAffinity) =>
    (from?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
      ({ podAffinityTerm, weight }) => compile(podAffinityTerm, weight),
    );
  return {
    required: required(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    requiredAnti: required(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    preferred: preferred(podAffinity),
    preferredAnti: preferred(podAntiAffinity),
  };
}

function compileTerm(term: PodAffinityTerm, weight: number, of: Pod['metadata']): AffinityTerm {
  const { topologyKey, namespaces = [], namespaceSelector } = term;
  const isOwn = namespaces.length === 0 && namespaceSelector === undefined;
  return {
    topologyKey,
    selector: selectorWithKeys(term, of.labels),
    namespaces: new Set(isOwn ? [of.namespace ?? ''] : namespaces),
    namespaceSelector: namespaceSelector && lenientSelector(namespaceSelector),
    weight,
  };
}

/**
 * A selector narrowed by the pod's own labels: `matchLabelKeys` must be equal, and
 * `mismatchLabelKeys` different (KEP-3633, KEP-3243). The API server may have merged them into
 * the selector already, and then they change nothing.
 */
export function selectorWithKeys(
  {
    labelSelector,
    matchLabelKeys = [],
    mismatchLabelKeys = [],
  }: Pick<PodAffinityTerm, 'labelSelector' | 'matchLabelKeys' | 'mismatchLabelKeys'>,
  labels: Labels = {},
): LabelSelector {
  const selector = lenientSelector(labelSelector);
  if (!selector.requirements) return selector;
  const keyed = (keys: readonly string[], operator: 'in' | 'notin'): LabelRequirement[] =>
    keys
      .filter((key) => labels[key] !== undefined)
      .map((key) => labelRequirement(key, operator, [labels[key]!]));
  const own = [...keyed(matchLabelKeys, 'in'), ...keyed(mismatchLabelKeys, 'notin')];
  return own.length > 0 ? LabelSelector.of([...selector.requirements, ...own]) : selector;
}

/** A selector that older servers accepted though it makes no sense selects nothing. */
export function lenientSelector(from: Parameters<typeof LabelSelector.from>[0]): LabelSelector {
  try {
    return LabelSelector.from(from);
  } catch (error) {
    if (isStatusError(error)) return LabelSelector.nothing;
    throw error;
  }
}

/** Whether a term speaks of a pod with these labels in this namespace. */
export function matchesAffinityTerm(
  { namespaces, namespaceSelector, selector }: AffinityTerm,
  pod: { readonly namespace: string; readonly labels: Labels },
  labelsOfNamespace: (namespace: string) => Labels | undefined,
): boolean {
  const { namespace, labels } = pod;
  const inNamespace =
    namespaces.has(namespace) ||
    (namespaceSelector?.matches(labelsOfNamespace(namespace)) ?? false);
  return inNamespace && selector.matches(labels);
}

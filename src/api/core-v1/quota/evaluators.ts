import { type GroupResource, groupResource } from '../../../machinery/status.ts';
import type {
  ScopedResourceSelectorRequirement as Requirement,
  ResourceQuota,
} from '../../generated/core/v1/types.ts';
import { claimUsage } from './claim-usage.ts';
import { deviceUsage } from './device-usage.ts';
import { podUsage } from './pod-usage.ts';
import { serviceUsage } from './service-usage.ts';
import { ONE, type QuotaEvaluator, type Usage } from './usage.ts';

const EVALUATORS: Readonly<Record<string, QuotaEvaluator<never>>> = {
  pods: podUsage,
  services: serviceUsage,
  persistentvolumeclaims: claimUsage,
  'resourceclaims.resource.k8s.io': deviceUsage,
};

/** Kinds that quotas could count by a short name before they could count all kinds. */
const SHORT_NAMES = ['configmaps', 'resourcequotas', 'replicationcontrollers', 'secrets'];

/** Of these nothing is stored, or nobody has ever limited them. */
const UNLIMITED = new Set([
  'bindings',
  'componentstatuses',
  'events',
  'events.events.k8s.io',
  'localsubjectaccessreviews.authorization.k8s.io',
  'selfsubjectaccessreviews.authorization.k8s.io',
  'selfsubjectreviews.authentication.k8s.io',
  'selfsubjectrulesreviews.authorization.k8s.io',
  'subjectaccessreviews.authorization.k8s.io',
  'tokenreviews.authentication.k8s.io',
]);

const counting = new Map<string, QuotaEvaluator<never>>();

/** What objects of a kind use of quotas; undefined for those that no quota limits. */
export function evaluatorOf(resource: GroupResource): QuotaEvaluator<never> | undefined {
  const name = groupResource(resource);
  if (UNLIMITED.has(name)) return undefined;
  let evaluator = EVALUATORS[name] ?? counting.get(name);
  if (evaluator === undefined) {
    evaluator = countingOf(name);
    counting.set(name, evaluator);
  }
  return evaluator;
}

/** Just counts: `count/jobs.batch`. */
function countingOf(name: string): QuotaEvaluator<never> {
  const names = SHORT_NAMES.includes(name) ? [`count/${name}`, name] : [`count/${name}`];
  const usage: Usage = new Map(names.map((each) => [each, ONE]));
  return {
    counts: (each) => usage.has(each),
    usageOf: () => usage,
    isCharged: (operation, subresource) => operation === 'CREATE' && !subresource,
  };
}

/** The scopes of a quota in both of their forms. */
const requirementsOf = ({ spec }: ResourceQuota): readonly Requirement[] => [
  ...(spec.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' as const })),
  ...(spec.scopeSelector?.matchExpressions ?? []),
];

/** Whether a quota is about an object, going by its scopes. */
export const isScopedIn = <T>(
  quota: ResourceQuota,
  evaluator: QuotaEvaluator<T>,
  object: T,
): boolean => requirementsOf(quota).every((each) => evaluator.isInScope?.(object, each) ?? false);

import { type FieldError, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { validateLabelSelector } from '../../machinery/validation/labels.ts';
import { validateEach } from '../checks.ts';
import type { ResourceDefinition } from '../definition.ts';
import { clusterRoles as resource } from '../generated/rbac/v1/resources.ts';
import type { AggregationRule, ClusterRole } from '../generated/rbac/v1/types.ts';
import { shapeOf } from '../shapes.ts';
import { validateRules } from './rule-rules.ts';

function validateAggregation(
  { clusterRoleSelectors: selectors }: AggregationRule,
  path: FieldPath,
): FieldError[] {
  const at = path.at('clusterRoleSelectors');
  if (selectors?.length) return validateEach(selectors, at, validateLabelSelector);
  return [required(at, 'at least one clusterRoleSelector required if aggregationRule is non-nil')];
}

/** What is allowed in all namespaces, or in those where it is bound. */
export const clusterRoles: ResourceDefinition<ClusterRole> = {
  ...resource,
  shape: shapeOf(resource),
  checksMetadataAgain: true,
  createOnUpdate: true,
  nameRule: 'path-segment',
  validate: ({ rules, aggregationRule }, { path }) => [
    ...validateRules(rules, { isNamespaced: false }, path.at('rules')),
    ...(aggregationRule ? validateAggregation(aggregationRule, path.at('aggregationRule')) : []),
  ],
};

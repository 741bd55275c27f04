import type {
  AggregationRule,
  ClusterRole,
  ClusterRoleBinding,
  Role,
  RoleBinding,
  Subject,
} from '../../../api/generated/rbac/v1/types.ts';
import { isEqual, isSemanticallyEqual } from '../../../machinery/equal.ts';
import type { KubeObject } from '../../../machinery/object.ts';
import { AUTO_UPDATE, type PolicyObject } from './builtin-policy.ts';
import { uncovered } from './coverage.ts';

type AnyRole = Role & Pick<ClusterRole, 'aggregationRule'>;
type AnyBinding = RoleBinding | ClusterRoleBinding;

/** What is to be done so that an object says at least what every cluster's says. */
export type Repair =
  | { readonly type: 'none' }
  | { readonly type: 'update'; readonly object: KubeObject }
  /** A binding of another role can't be changed: it goes, and comes anew. */
  | { readonly type: 'recreate' };

/**
 * Adds what is missing and leaves what users have added, as a kube-apiserver does at each start.
 * Objects that say they shall not be updated are left alone.
 */
export function repairOf(existing: KubeObject, wanted: PolicyObject): Repair {
  const { annotations, labels } = existing.metadata;
  if (annotations?.[AUTO_UPDATE] === 'false') return { type: 'none' };
  const isRole = existing.kind === 'Role' || existing.kind === 'ClusterRole';
  const parts = isRole
    ? rolePart(existing as AnyRole, wanted as unknown as AnyRole)
    : bindingPart(existing as AnyBinding, wanted as unknown as AnyBinding);
  if (parts === undefined) return { type: 'recreate' };
  const metadata = {
    ...existing.metadata,
    annotations: { ...wanted.metadata.annotations, ...annotations },
    labels: { ...wanted.metadata.labels, ...labels },
  };
  const object = { ...existing, ...parts, metadata } as KubeObject;
  return isSemanticallyEqual(object, existing) ? { type: 'none' } : { type: 'update', object };
}

function rolePart(existing: AnyRole, wanted: AnyRole) {
  const held = existing.rules ?? [];
  const parts = uncovered(held, wanted.rules ?? []);
  const aggregationRule = selectorsOf(existing.aggregationRule, wanted.aggregationRule);
  return { rules: parts.length > 0 ? [...held, ...parts] : existing.rules, aggregationRule };
}

function selectorsOf(
  existing: AggregationRule | undefined,
  wanted: AggregationRule | undefined,
): AggregationRule | undefined {
  if (wanted === undefined) return undefined;
  const held = existing?.clusterRoleSelectors ?? [];
  const missing = (wanted.clusterRoleSelectors ?? []).filter(
    (selector) => !held.some((each) => isSemanticallyEqual(each, selector)),
  );
  return { clusterRoleSelectors: [...held, ...missing] };
}

function bindingPart(existing: AnyBinding, wanted: AnyBinding) {
  if (!isEqual(existing.roleRef, wanted.roleRef)) return undefined;
  const held: readonly Subject[] = existing.subjects ?? [];
  const missing = (wanted.subjects ?? []).filter(
    (subject) => !held.some((each) => isEqual(each, subject)),
  );
  return { subjects: missing.length > 0 ? [...held, ...missing] : existing.subjects };
}

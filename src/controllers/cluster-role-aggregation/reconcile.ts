import type { ClusterRole, PolicyRule } from '../../api/generated/rbac/v1/types.ts';
import { isSemanticallyEqual } from '../../machinery/equal.ts';
import { selectorFrom } from '../selectors.ts';

/** What the controller saw of one role that takes in others. Plain data: no client, no clock. */
export interface Observed {
  readonly role: ClusterRole;
  /** All roles of the cluster, in any order. */
  readonly roles: readonly ClusterRole[];
}

export interface SetRules {
  readonly type: 'setRules';
  readonly role: ClusterRole;
  readonly rules: readonly PolicyRule[];
}

/** Gives a role the rules of all that its selectors choose: by selector, by name, each rule once. */
export function reconcileClusterRole({ role, roles }: Observed): SetRules[] {
  const { aggregationRule, metadata } = role;
  if (aggregationRule === undefined || metadata.deletionTimestamp !== undefined) return [];
  const found = new Map<string, PolicyRule>();
  for (const selector of aggregationRule.clusterRoleSelectors ?? []) {
    const chosen = selectorFrom(selector);
    const others = roles.filter(
      (each) => each.metadata.name !== metadata.name && chosen.matches(each.metadata.labels),
    );
    for (const rule of others.sort(byName).flatMap((each) => each.rules ?? [])) {
      const contents = contentsOf(rule);
      if (!found.has(contents)) found.set(contents, rule);
    }
  }
  const rules = [...found.values()];
  return isSemanticallyEqual(rules, role.rules) ? [] : [{ type: 'setRules', role, rules }];
}

/** The same text for rules that say the same: there may be thousands to be told apart. */
const contentsOf = ({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule) =>
  JSON.stringify([verbs, apiGroups, resources, resourceNames, nonResourceURLs].map(listOf));

const listOf = (list: readonly string[] | null | undefined): readonly string[] => list ?? [];

const byName = (a: ClusterRole, b: ClusterRole): number =>
  a.metadata.name < b.metadata.name ? -1 : 1;

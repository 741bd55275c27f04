import type { PodDisruptionBudget } from '../api/generated/policy/v1/types.ts';
import { lenientSelector } from './affinity-terms.ts';
import type { PodInfo } from './pod-info.ts';

/**
 * Who may not go without breaking a PodDisruptionBudget, if pods go in the order given; the order
 * is kept in both parts. Pods whose eviction the budget has counted already break nothing.
 */
export function splitByBudgets(
  pods: readonly PodInfo[],
  budgets: readonly PodDisruptionBudget[],
): { violating: PodInfo[]; others: PodInfo[] } {
  const open = budgets.map((budget) => ({
    budget,
    selector: lenientSelector(budget.spec?.selector),
    allowed: budget.status?.disruptionsAllowed ?? 0,
  }));
  const violating: PodInfo[] = [];
  const others: PodInfo[] = [];
  for (const pod of pods) {
    let isViolation = false;
    for (const entry of open) {
      const { budget, selector } = entry;
      if (budget.metadata.namespace !== pod.namespace) continue;
      if (selector.isEverything || !selector.matches(pod.labels)) continue;
      if (budget.status?.disruptedPods?.[pod.pod.metadata.name] !== undefined) continue;
      entry.allowed--;
      if (entry.allowed < 0) isViolation = true;
    }
    (isViolation ? violating : others).push(pod);
  }
  return { violating, others };
}

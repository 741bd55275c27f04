import type { Pod } from '../../../api/generated/core/v1/types.ts';
import { controllerOf } from '../../../machinery/object.ts';
import { quote } from '../../../machinery/quote.ts';
import { findings, type Policy, shownPolicy } from './policy.ts';

const PODS_MAX = 3000;

/** What to tell who makes a namespace stricter, of the pods that are in it already. */
export function existingPodWarnings(
  namespace: string,
  policy: Policy,
  pods: readonly Pod[],
): string[] {
  const names = new Map<string, string[]>();
  for (const { metadata, spec } of oneOfEachFirst(pods).slice(0, PODS_MAX)) {
    const found = findings(policy, { spec, annotations: metadata.annotations });
    if (found.length === 0) continue;
    const reasons = found.map(({ reason }) => reason).join(', ');
    const alike = names.get(reasons);
    if (alike) alike.push(metadata.name);
    else names.set(reasons, [metadata.name]);
  }
  const warnings: string[] = [];
  if (pods.length > PODS_MAX) {
    const counts = `the first ${PODS_MAX} of ${pods.length}`;
    warnings.push(`new PodSecurity enforce level only checked against ${counts} existing pods`);
  }
  if (names.size === 0) return warnings;
  const level = quote(shownPolicy(policy));
  warnings.push(
    `existing pods in namespace ${quote(namespace)} violate the new PodSecurity enforce level ${level}`,
  );
  const told = [...names].map(([reasons, all]) => {
    const [first] = all.sort();
    return `${first}${othersText(all.length - 1)}: ${reasons}`;
  });
  return [...warnings, ...told.sort()];
}

function othersText(count: number): string {
  if (count === 0) return '';
  return ` (and ${count} other ${count === 1 ? 'pod' : 'pods'})`;
}

/** Pods that one controller made are alike: a first of each, and then the others. */
function oneOfEachFirst(pods: readonly Pod[]): readonly Pod[] {
  const seen = new Set<string>();
  const [first, others]: [Pod[], Pod[]] = [[], []];
  for (const pod of pods) {
    const owner = controllerOf(pod)?.uid;
    (owner !== undefined && seen.has(owner) ? others : first).push(pod);
    if (owner !== undefined) seen.add(owner);
  }
  return [...first, ...others];
}

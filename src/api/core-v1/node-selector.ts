import { parseInt64 } from '../../machinery/selector/label-requirement.ts';
import type { Labels } from '../../machinery/selector/label-selector.ts';
import type {
  Node,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  Pod,
} from '../generated/core/v1/types.ts';

function holds(
  { operator, values = [] }: NodeSelectorRequirement,
  actual: string | undefined,
): boolean {
  switch (operator) {
    case 'In':
      return actual !== undefined && values.includes(actual);
    case 'NotIn':
      return actual === undefined || !values.includes(actual);
    case 'Exists':
      return actual !== undefined;
    case 'DoesNotExist':
      return actual === undefined;
    default:
      return isBeyond(operator, actual, values[0]);
  }
}

function isBeyond(operator: string, actual: string | undefined, bound: string | undefined) {
  const [number, limit] = [parseInt64(actual ?? ''), parseInt64(bound ?? '')];
  if (number === undefined || limit === undefined) return false;
  return operator === 'Gt' ? number > limit : number < limit;
}

const labelOf = (labels: Labels | undefined, key: string): string | undefined =>
  labels && Object.hasOwn(labels, key) ? labels[key] : undefined;

/** Whether one term of a node selector matches. An empty one matches nothing. */
export function matchesTerm(
  { matchExpressions = [], matchFields = [] }: NodeSelectorTerm,
  { metadata }: Node,
): boolean {
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  return (
    matchExpressions.every((each) => holds(each, labelOf(metadata.labels, each.key))) &&
    matchFields.every((each) =>
      holds(each, each.key === 'metadata.name' ? metadata.name : undefined),
    )
  );
}

/** Whether any term matches (`core/v1` NodeSelector). */
export const matchesNodeSelector = (selector: NodeSelector, node: Node): boolean =>
  selector.nodeSelectorTerms.some((term) => matchesTerm(term, node));

/** Whether a pod's `nodeSelector` and required node affinity, as far as it has them, both match. */
export function matchesRequiredNodeAffinity({ spec }: Pod, node: Node): boolean {
  const { nodeSelector, affinity } = spec;
  for (const key in nodeSelector) {
    if (labelOf(node.metadata.labels, key) !== nodeSelector[key]) return false;
  }
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || matchesNodeSelector(required, node);
}

/**
 * The only nodes that a pod's required affinity allows by name, as for the pods of a DaemonSet;
 * undefined when it doesn't restrict names. A node has to be in one term's list, and in all of
 * the lists within that term.
 */
export function allowedNodeNames({ spec }: Pod): ReadonlySet<string> | undefined {
  const terms =
    spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  if (!terms?.length) return undefined;
  const allowed = new Set<string>();
  for (const { matchFields = [] } of terms) {
    const lists = matchFields.filter(
      ({ key, operator }) => key === 'metadata.name' && operator === 'In',
    );
    if (lists.length === 0) return undefined;
    const [first, ...rest] = lists.map(({ values = [] }) => values);
    for (const name of first!) if (rest.every((list) => list.includes(name))) allowed.add(name);
  }
  return allowed;
}

import type { FieldsV1 } from '../object.ts';
import { typeUnder } from './descend.ts';
import { type FieldSet, isLeaf, LEAF, NodeBuilder } from './field-set.ts';
import type { ApplyType } from './type.ts';

// Sets that are known to fit a type. Most are looked at many times over and change rarely.
const fitting = new WeakMap<FieldsV1, ApplyType>();

/**
 * A stored set in the terms of today's type: where a list or map has become atomic since, who
 * owned a part of it owns the whole.
 */
export function reconcileFields(type: ApplyType, set: FieldSet): FieldSet {
  if (set === undefined || fitting.get(set) === type) return set;
  const reconciled = reconcileNode(type, set);
  fitting.set(reconciled, type);
  return reconciled;
}

function reconcileNode(type: ApplyType, node: FieldsV1): FieldsV1 {
  if (isLeaf(node)) return node;
  const { map, list } = type;
  if (map ? map.atomic : list?.kind === 'atomic') return LEAF;
  const builder = new NodeBuilder();
  let changed = false;
  for (const step in node) {
    if (step === '.') continue;
    const part = partType(type, step);
    const reconciled = part ? reconcileNode(part, node[step]!) : node[step]!;
    if (reconciled !== node[step]) changed = true;
    builder.add(step, reconciled);
  }
  return changed ? builder.build(node['.'] !== undefined)! : node;
}

function partType({ map, list }: ApplyType, step: string): ApplyType | undefined {
  if (!map) return list?.element;
  return step.startsWith('f:') ? typeUnder(map, step.slice(2)) : map.element;
}

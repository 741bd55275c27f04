import type { FieldsV1 } from '../object.ts';
import { type FieldSet, LEAF, NodeBuilder, union } from './field-set.ts';
import { canonicalStep, type Step, TypedValueError } from './step.ts';

// Deeper than any object can be, and shallow enough for the stack.
const DEPTH_MAX = 1000;

/**
 * Reads a set of fields that a client sent, in whatever order and spelling, and gives it in ours.
 * Throws TypedValueError for what isn't one.
 */
export function parseFieldSet(value: unknown): FieldSet {
  if (value === undefined || value === null) return undefined;
  return parseNode(value, 0).children;
}

interface ParsedNode {
  readonly children: FieldSet;
  readonly isMember: boolean;
}

function parseNode(value: unknown, depth: number): ParsedNode {
  if (value === null) return { children: undefined, isMember: true };
  if (typeof value !== 'object' || Array.isArray(value) || depth > DEPTH_MAX) {
    throw new TypedValueError('a set of fields must be an object');
  }
  let isMember = false;
  const nodes = new Map<Step, FieldsV1>();
  for (const key in value) {
    if (key === '.') {
      isMember = true;
      continue;
    }
    const step = canonicalStep(key);
    if (step === undefined) continue;
    const node = nodeOf(parseNode((value as FieldsV1)[key], depth + 1));
    nodes.set(step, union(nodes.get(step), node)!);
  }
  const builder = new NodeBuilder();
  for (const [step, node] of nodes) builder.add(step, node);
  return { children: builder.build(false), isMember: isMember || nodes.size === 0 };
}

function nodeOf({ children, isMember }: ParsedNode): FieldsV1 {
  if (children === undefined) return LEAF;
  return isMember ? { '.': LEAF, ...children } : children;
}

import type { FieldsV1 } from '../object.ts';
import { compareSteps, describeStep, type Step, sortSteps } from './step.ts';

/**
 * A set of fields as the tree that FieldsV1 is, so that what managedFields holds is what we compute
 * with. A node without children is a member; one with children is a member when it has a `.`.
 * Trees are immutable, share what they have in common, keep their steps in order, and hold no
 * branch without a member. The empty set is undefined.
 */
export type FieldSet = FieldsV1 | undefined;

/** A member with nothing under it. */
export const LEAF: FieldsV1 = Object.freeze({});

const SELF = '.';

type Draft = Record<Step, FieldsV1>;

export function isLeaf(node: FieldsV1): boolean {
  for (const _ in node) return false;
  return true;
}

/** Whether the field itself, and not only something under it, is in the set. */
export const isMember = (node: FieldsV1): boolean => node[SELF] !== undefined || isLeaf(node);

/** Builds a node step by step, in any order. */
export class NodeBuilder {
  readonly #steps: Step[] = [];
  readonly #nodes: FieldsV1[] = [];
  #isSorted = true;

  /** Adds a branch under a step that wasn't added before. */
  add(step: Step, node: FieldsV1): void {
    const last = this.#steps.length - 1;
    if (last >= 0 && this.#isSorted && compareSteps(this.#steps[last]!, step) > 0) {
      this.#isSorted = false;
    }
    this.#steps.push(step);
    this.#nodes.push(node);
  }

  /** The node, itself a member if said so; undefined when it would hold no member. */
  build(isSelfMember: boolean): FieldSet {
    if (this.#steps.length === 0) return isSelfMember ? LEAF : undefined;
    if (!this.#isSorted) this.#sort();
    const node: Draft = isSelfMember ? { [SELF]: LEAF } : {};
    for (let i = 0; i < this.#steps.length; i++) node[this.#steps[i]!] = this.#nodes[i]!;
    return node;
  }

  #sort(): void {
    const [steps, nodes] = [this.#steps, this.#nodes];
    if (steps.length > FEW) {
      const byStep = new Map(steps.map((step, i) => [step, nodes[i]!]));
      sortSteps(steps);
      for (const [i, step] of steps.entries()) nodes[i] = byStep.get(step)!;
      return;
    }
    // Insertion sort: most nodes have a handful of steps, and those nearly in order.
    for (let i = 1; i < steps.length; i++) {
      const [step, node] = [steps[i]!, nodes[i]!];
      let j = i - 1;
      for (; j >= 0 && compareSteps(steps[j]!, step) > 0; j--) {
        steps[j + 1] = steps[j]!;
        nodes[j + 1] = nodes[j]!;
      }
      steps[j + 1] = step;
      nodes[j + 1] = node;
    }
  }
}

const FEW = 16;

/** What is in either set. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === undefined || a === b) return b;
  return b === undefined ? a : unionNodes(a, b);
}

function unionNodes(a: FieldsV1, b: FieldsV1): FieldsV1 {
  if (a === b) return a;
  const builder = new NodeBuilder();
  const [left, right] = [Object.keys(a), Object.keys(b)];
  for (let i = 0, j = 0; i < left.length || j < right.length; ) {
    const order = orderOf(left[i], right[j]);
    const step = order <= 0 ? left[i]! : right[j]!;
    if (order <= 0) i++;
    if (order >= 0) j++;
    if (step === SELF) continue;
    if (order === 0) builder.add(step, unionNodes(a[step]!, b[step]!));
    else builder.add(step, order < 0 ? a[step]! : b[step]!);
  }
  return builder.build(isMember(a) || isMember(b))!;
}

function orderOf(a: Step | undefined, b: Step | undefined): number {
  if (a === undefined) return 1;
  return b === undefined ? -1 : compareSteps(a, b);
}

/** What is in `a` and not in `b`. A member goes, what is under it stays. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  if (a === undefined || b === undefined) return a;
  return filterNode(a, b, isMember(a) && !isMember(b), differenceOf);
}

/** As `difference`, but with a member goes all that is under it. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  if (a === undefined || b === undefined) return a;
  return filterNode(a, b, isMember(a), recursiveDifferenceOf);
}

type NodeOperation = (a: FieldsV1, b: FieldsV1 | undefined) => FieldSet;

const differenceOf: NodeOperation = (a, b) => difference(a, b);
const recursiveDifferenceOf: NodeOperation = (a, b) =>
  b !== undefined && isMember(b) ? undefined : recursiveDifference(a, b);
const intersectionOf: NodeOperation = (a, b) => intersection(a, b);

/** What is in both sets. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  if (a === undefined || b === undefined) return undefined;
  return filterNode(a, b, isMember(a) && isMember(b), intersectionOf);
}

/** Whether all that is in `part` is in `whole`. */
export function includes(whole: FieldSet, part: FieldSet): boolean {
  if (part === undefined || whole === part) return true;
  return whole !== undefined && includesNode(whole, part);
}

function includesNode(whole: FieldsV1, part: FieldsV1): boolean {
  if (isMember(part) && !isMember(whole)) return false;
  for (const step in part) {
    if (step === SELF) continue;
    const branch = whole[step];
    if (branch === undefined || !includesNode(branch, part[step]!)) return false;
  }
  return true;
}

// Keeps of each branch of `a` what the operation leaves of it, and `a` itself if nothing changes.
function filterNode(
  a: FieldsV1,
  b: FieldsV1,
  isSelfMember: boolean,
  operation: NodeOperation,
): FieldSet {
  const builder = new NodeBuilder();
  let changed = isSelfMember !== isMember(a);
  for (const step in a) {
    if (step === SELF) continue;
    const kept = operation(a[step]!, b[step]);
    if (kept !== undefined) builder.add(step, kept);
    if (kept !== a[step]) changed = true;
  }
  return changed ? builder.build(isSelfMember) : a;
}

/** Calls back for every member's path, those of a node before those under them, in order. */
export function forEachPath(set: FieldSet, visit: (path: readonly Step[]) => void): void {
  if (set !== undefined) visitUnder(set, [], visit);
}

function visitUnder(
  node: FieldsV1,
  path: readonly Step[],
  visit: (path: readonly Step[]) => void,
): void {
  const steps = Object.keys(node).filter((step) => step !== SELF);
  for (const step of steps) if (isMember(node[step]!)) visit([...path, step]);
  for (const step of steps) visitUnder(node[step]!, [...path, step], visit);
}

/** Whether the field at this path is in the set. */
export function hasPath(set: FieldSet, path: readonly Step[]): boolean {
  let node: FieldSet = set;
  for (const step of path) node = node?.[step];
  return node !== undefined && path.length > 0 && isMember(node);
}

/** The set of one field. */
export function setOfPath(path: readonly Step[]): FieldSet {
  if (path.length === 0) return undefined;
  return path.reduceRight<FieldsV1>((node, step) => ({ [step]: node }), LEAF);
}

/** A path as messages show it: `.spec.containers[name="web"].image`. */
export const describePath = (path: readonly Step[]): string => path.map(describeStep).join('');

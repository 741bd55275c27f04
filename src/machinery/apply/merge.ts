import { isEqual } from '../equal.ts';
import { setMember } from '../member.ts';
import { partOf, stepTo, typeUnder } from './descend.ts';
import { commonKind, elementsOf, fieldsOf, isEmptyMap, kindOf } from './kind-of.ts';
import type { Step } from './step.ts';
import type { ApplyType, ListType, MapType } from './type.ts';

/**
 * The live value with all that the configuration sets. Removes nothing; shares whatever stays, so
 * the result is the live value itself when nothing changes.
 */
export function merge(type: ApplyType, live: unknown, configured: unknown): unknown {
  if (configured === undefined || live === configured) return live;
  if (live === undefined) return configured;
  const kind = commonKind(type, live, configured) ?? kindOf(type, configured);
  if (kind === 'map') return mergeMaps(type.map!, live, configured);
  if (kind === 'list') return mergeLists(type.list!, live, configured);
  return keepIfEqual(live, configured);
}

const keepIfEqual = (live: unknown, configured: unknown): unknown =>
  isEqual(live, configured) ? live : configured;

function mergeMaps(map: MapType, live: unknown, configured: unknown): unknown {
  const [before, wanted] = [fieldsOf(live), fieldsOf(configured)];
  if (map.atomic || (isEmptyMap(before) && isEmptyMap(wanted))) {
    return keepIfEqual(live, configured);
  }
  if (before !== live) return configured;
  let merged: Record<string, unknown> | undefined;
  for (const key in wanted) {
    const type = typeUnder(map, key);
    if (type === undefined) continue;
    const old = partOf(map, before, key);
    const value = merge(type, old, wanted[key]);
    if (value === old) continue;
    merged ??= { ...before };
    setMember(merged, key, value);
  }
  return merged ?? live;
}

function mergeLists(list: ListType, live: unknown, configured: unknown): unknown {
  const [before, wanted] = [elementsOf(live), elementsOf(configured)];
  if (list.kind === 'atomic' || before.length + wanted.length === 0) {
    return keepIfEqual(live, configured);
  }
  if (wanted.length === 0) return live;
  const merged = mergeElements(list, before, wanted);
  const isSame = merged.length === before.length && merged.every((each, i) => each === before[i]);
  return isSame ? live : merged;
}

/**
 * Elements keep the order they have, those that the configuration names come in its order, and
 * those only it has go before what follows them there.
 */
function mergeElements(
  list: ListType,
  before: readonly unknown[],
  wanted: readonly unknown[],
): unknown[] {
  const left = indexElements(list, before);
  const right = indexElements(list, wanted);
  const shared = right.steps.filter((step) => left.byStep.has(step));
  const taken = new Set<Step>();
  const merged: unknown[] = [];
  let nextShared = 0;
  const take = (step: Step): void => {
    taken.add(step);
    merged.push(merge(list.element, left.byStep.get(step), right.byStep.get(step)));
    if (shared[nextShared] === step) nextShared++;
  };
  for (let l = 0, r = 0; l < left.steps.length || r < right.steps.length; ) {
    const [ours, theirs] = [left.steps[l], right.steps[r]];
    if (ours !== undefined && ours === theirs) {
      take(ours);
      l++;
      r++;
    } else if (ours !== undefined && !right.byStep.has(ours)) {
      merged.push(before[l++]);
    } else if (ours !== undefined && theirs !== undefined && isOutOfTurn(ours)) {
      l++;
    } else {
      if (ours !== undefined && taken.has(ours)) l++;
      if (theirs !== undefined) take(theirs);
      r++;
    }
  }
  return merged;

  // Shared, but it comes where the configuration has it, not here.
  function isOutOfTurn(ours: Step): boolean {
    return nextShared < shared.length && shared[nextShared] !== ours;
  }
}

interface IndexedElements {
  readonly steps: readonly Step[];
  /** Null for elements whose key occurs more than once: those are replaced, not merged. */
  readonly byStep: ReadonlyMap<Step, unknown>;
}

function indexElements(list: ListType, elements: readonly unknown[]): IndexedElements {
  const byStep = new Map<Step, unknown>();
  const steps = elements.map((element) => {
    const step = stepTo(list, element);
    byStep.set(step, byStep.has(step) ? null : element);
    return step;
  });
  return { steps, byStep };
}

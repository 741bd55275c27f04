import type { ResourceDefinition } from '../../api/definition.ts';
import { parseTime, toTime } from '../../base/clock.ts';
import type { KubeObject, ObjectMeta } from '../../machinery/object.ts';
import type { DeletionOptions } from '../../machinery/validation/options.ts';

const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';

/** What a DELETE does to an object. `changes` are to its metadata, before it goes. */
export type DeletionPlan =
  /** Its deletion is under way and this request doesn't hasten it. */
  | { readonly type: 'pending'; readonly changes?: undefined }
  /** As pending, of an object that waits for more than finalizers. */
  | { readonly type: 'held'; readonly changes?: undefined }
  /** It stays, marked as being deleted, until its holder or its finalizers let go. */
  | { readonly type: 'mark'; readonly changes: Partial<ObjectMeta> }
  | { readonly type: 'remove'; readonly changes?: Partial<ObjectMeta> | undefined };

/** Decides what a DELETE does. Pure; `metav1.DeleteOptions` has the rules. */
export function planDeletion(
  definition: ResourceDefinition,
  object: KubeObject,
  options: DeletionOptions,
  now: number,
): DeletionPlan {
  if (definition.isHeld !== undefined) {
    // Who empties such an object begins when it is marked, so that comes first in any case.
    if (object.metadata.deletionTimestamp === undefined) return firstMark(object, options, now);
    if (definition.isHeld(object)) return { type: 'held' };
  }
  const graceful = gracefulChanges(definition, object, options, now);
  if (graceful === 'pending') return { type: 'pending' };
  const finalizers = finalizersAfter(definition, object.metadata, options);
  const isHeld = finalizers.length > 0;
  const finalizerChange = sameMembers(finalizers, object.metadata.finalizers ?? [])
    ? {}
    : { finalizers: isHeld ? finalizers : undefined };
  if (graceful !== undefined) {
    const changes = { ...graceful, ...finalizerChange };
    const stays = isHeld || (graceful.deletionGracePeriodSeconds ?? 0) > 0;
    return { type: stays ? 'mark' : 'remove', changes };
  }
  if (!isHeld) return { type: 'remove' };
  return { type: 'mark', changes: { ...deletingNow(object.metadata, now), ...finalizerChange } };
}

function firstMark({ metadata }: KubeObject, options: DeletionOptions, now: number): DeletionPlan {
  const finalizers = finalizersAfter(undefined, metadata, options);
  const changes = { deletionTimestamp: toTime(now), ...(finalizers.length > 0 && { finalizers }) };
  return { type: 'mark', changes };
}

/** For kinds whose holder gets time to end them; undefined when there is nothing to wait for. */
function gracefulChanges(
  definition: ResourceDefinition,
  object: KubeObject,
  { gracePeriodSeconds: asked }: DeletionOptions,
  now: number,
): Partial<ObjectMeta> | 'pending' | undefined {
  if (definition.gracePeriodSeconds === undefined) return undefined;
  const { metadata } = object;
  const given = asked !== undefined && asked < 0 ? 1 : asked;
  if (metadata.deletionTimestamp !== undefined) return shortened(metadata, given, now);
  const seconds = definition.gracePeriodSeconds(object, given);
  return {
    deletionTimestamp: toTime(now + seconds * 1000),
    deletionGracePeriodSeconds: seconds,
    ...(metadata.generation && { generation: metadata.generation + 1 }),
  };
}

/** A deletion under way may only be hastened. */
function shortened(
  metadata: ObjectMeta,
  asked: number | undefined,
  now: number,
): Partial<ObjectMeta> | 'pending' | undefined {
  const current = Math.max(metadata.deletionGracePeriodSeconds ?? 0, 0);
  if (current === 0) return undefined;
  if (asked === undefined || asked >= current) return 'pending';
  const began = (parseTime(metadata.deletionTimestamp) ?? now) - current * 1000;
  const ends = began + asked * 1000;
  const isOver = ends < now;
  return {
    deletionTimestamp: toTime(isOver ? now : ends),
    // Its holder still has to end it, so a grace that has run out isn't the same as none.
    deletionGracePeriodSeconds: isOver && asked !== 0 ? 1 : asked,
  };
}

function deletingNow(metadata: ObjectMeta, now: number): Partial<ObjectMeta> {
  const { deletionTimestamp, generation } = metadata;
  const due = parseTime(deletionTimestamp);
  return {
    ...(due === undefined && generation && { generation: generation + 1 }),
    ...((due === undefined || due > now) && { deletionTimestamp: toTime(now) }),
    deletionGracePeriodSeconds: 0,
  };
}

/** The finalizers with those of the garbage collector as the request wants them. */
function finalizersAfter(
  definition: ResourceDefinition | undefined,
  { finalizers = [] }: ObjectMeta,
  { orphanDependents, propagationPolicy }: DeletionOptions,
): string[] {
  const others = finalizers.filter((name) => name !== ORPHAN && name !== FOREGROUND);
  if (orphanDependents !== undefined) return orphanDependents ? [...others, ORPHAN] : others;
  switch (propagationPolicy) {
    case 'Orphan':
      return [...others, ORPHAN];
    case 'Foreground':
      return [...others, FOREGROUND];
    case 'Background':
      return others;
  }
  const standing = finalizers.find((name) => name === ORPHAN || name === FOREGROUND);
  if (standing !== undefined) return [...others, standing];
  return definition?.defaultPropagation === 'orphan' ? [...others, ORPHAN] : others;
}

const sameMembers = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((each) => b.includes(each));

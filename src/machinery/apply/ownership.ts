import { type Comparison, compare, SAME } from './compare.ts';
import { conflictError } from './conflict.ts';
import { difference, type FieldSet, intersection, recursiveDifference } from './field-set.ts';
import { type Manager, type Managers, ownedBy, withFields } from './managers.ts';
import { reconcileFields } from './reconcile.ts';
import type { ManagedResource } from './resource.ts';
import { trackedPartsOf } from './tracked.ts';

/** An object before and after a write. */
export interface Change {
  readonly before: object;
  readonly after: object;
}

/** Managers whose sets fit the types as they are now. Those of versions that are gone stay as is. */
export function reconcileManagers({ versions }: ManagedResource, managers: Managers): Managers {
  if (managers.size === 0) return managers;
  const reconciled = new Map<string, Manager>();
  for (const [key, manager] of managers) {
    const type = versions.typeOf(manager.apiVersion);
    const fields = ownedBy(manager);
    reconciled.set(key, type ? withFields(manager, reconcileFields(type, fields)) : manager);
  }
  return reconciled;
}

/** What a write changed, in the terms of one version of the resource. */
export class ChangeViews {
  readonly #resource: ManagedResource;
  readonly #change: Change;
  readonly #views = new Map<string, Comparison | undefined>();

  constructor(resource: ManagedResource, change: Change) {
    this.#resource = resource;
    this.#change = change;
  }

  /** Undefined when the version isn't served any more. */
  in(apiVersion: string): Comparison | undefined {
    if (!this.#views.has(apiVersion)) this.#views.set(apiVersion, this.#compareIn(apiVersion));
    return this.#views.get(apiVersion);
  }

  #compareIn(apiVersion: string): Comparison | undefined {
    const { versions, type: ownType, apiVersion: own } = this.#resource;
    const isOwn = apiVersion === own;
    const type = isOwn ? ownType : versions.typeOf(apiVersion);
    const as = (object: object) => (isOwn ? object : versions.convert(object, apiVersion));
    const [before, after] = [as(this.#change.before), as(this.#change.after)];
    if (!type || !before || !after) return undefined;
    if (before === after) return SAME;
    const comparison = compare(type, trackedPartsOf(before), trackedPartsOf(after));
    return withoutIgnored(this.#resource, apiVersion, comparison);
  }
}

function withoutIgnored(
  { ignored }: ManagedResource,
  apiVersion: string,
  comparison: Comparison,
): Comparison {
  const fields = ignored?.(apiVersion);
  if (fields === undefined) return comparison;
  const { changed, removed } = comparison;
  return {
    changed: recursiveDifference(changed, fields),
    removed: recursiveDifference(removed, fields),
  };
}

/**
 * The managers after somebody else's write: who owned what it changed or removed owns it no more.
 * Without force, throws a Conflict if that takes anything from anyone but by removing it.
 */
export function takeFrom(
  managers: Managers,
  views: ChangeViews,
  { except, force }: { readonly except?: string; readonly force: boolean },
): Map<string, Manager> {
  const left = new Map<string, Manager>();
  const conflicts = new Map<string, { manager: Manager; fields: FieldSet }>();
  for (const [key, manager] of managers) {
    if (key === except) {
      if (ownedBy(manager) !== undefined) left.set(key, manager);
      continue;
    }
    const view = views.in(manager.apiVersion);
    if (view === undefined) continue; // Nobody can write in that version any more.
    const taken = intersection(ownedBy(manager), view.changed);
    if (taken !== undefined) conflicts.set(key, { manager, fields: taken });
    const kept = difference(difference(ownedBy(manager), taken), view.removed);
    if (kept !== undefined) left.set(key, withFields(manager, kept));
  }
  if (conflicts.size > 0 && !force) throw conflictError(conflicts);
  return left;
}

/** Fields that a write gives to its manager, without those it can't own through this resource. */
export function ownable({ ignored, apiVersion }: ManagedResource, fields: FieldSet): FieldSet {
  return recursiveDifference(fields, ignored?.(apiVersion));
}

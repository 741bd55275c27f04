import { toTime } from '../../base/clock.ts';
import { LEAF } from '../../machinery/apply/field-set.ts';
import { type ManagedResource, managedResourceOf } from '../../machinery/apply/resource.ts';
import { fieldStep } from '../../machinery/apply/step.ts';
import { forgetsOwners, managedFieldsAfterUpdate } from '../../machinery/apply/update.ts';
import type { Draft, FieldsV1, KubeObject, ManagedFieldsEntry } from '../../machinery/object.ts';
import type { Call } from '../call.ts';
import type { KeptParts } from './decode.ts';
import type { ServedResource } from './served-resource.ts';
import { versionsOf } from './versions.ts';

const managed = new WeakMap<ServedResource, Map<string, ManagedResource>>();

/** What the bookkeeping of field owners has to know of a resource or one of its subresources. */
export function managedResource(
  resource: ServedResource,
  subresource: string | undefined,
): ManagedResource {
  let bySubresource = managed.get(resource);
  if (bySubresource === undefined) {
    bySubresource = new Map();
    managed.set(resource, bySubresource);
  }
  const name = subresource ?? '';
  let found = bySubresource.get(name);
  if (found === undefined) {
    const { apiVersion, kind, definition } = resource;
    const ignored = ignoredFields(resource, subresource);
    const { custom, shape } = definition;
    const more = {
      ...(subresource && { subresource }),
      ...(ignored && { ignored: () => ignored }),
    };
    found = custom
      ? { apiVersion, kind, type: custom.applyType, versions: custom.versions, empty: {}, ...more }
      : managedResourceOf(
          { apiVersion, kind, shape },
          { versions: versionsOf(definition), ...more },
        );
    bySubresource.set(name, found);
  }
  return found;
}

/** Nobody comes to own what a request doesn't change: the status, or all but the status. */
function ignoredFields(
  { definition }: ServedResource,
  subresource: string | undefined,
): FieldsV1 | undefined {
  if (subresource === 'status') {
    const { keeps = [], keepsMetadata } = definition.status ?? {};
    const others = definition.shape.fields
      .map(({ name }) => name)
      .filter((name) => !['apiVersion', 'kind', 'metadata', 'status'].includes(name));
    return fieldsAt([...others, ...(keepsMetadata ? ['metadata'] : []), ...keeps]);
  }
  const form = (subresource && definition.updates?.[subresource]) || definition;
  return fieldsAt(form.keeps ?? (definition.status ? ['status'] : []));
}

/** All that is at or below these paths. */
function fieldsAt(paths: readonly string[]): FieldsV1 | undefined {
  const fields: Record<string, unknown> = {};
  for (const path of paths) {
    let at = fields;
    const names = path.split('.');
    const last = names.pop() ?? '';
    for (const name of names) {
      at[fieldStep(name)] ??= {};
      at = at[fieldStep(name)] as Record<string, unknown>;
    }
    at[fieldStep(last)] = LEAF;
  }
  return paths.length > 0 ? (fields as FieldsV1) : undefined;
}

/**
 * Records in `managedFields` which fields a write set. To be called before admission, which owns
 * nothing.
 *
 * @param given the managedFields as the client sent them, which may ask to forget all owners
 * @param kept parts that are those of the live object, and so need not be compared
 */
export function trackFields(
  call: Call,
  draft: Draft<KubeObject>,
  live: KubeObject | undefined,
  given: unknown,
  kept?: KeptParts,
): void {
  const { resource, request, now } = call;
  const entries = managedFieldsAfterUpdate(managedResource(resource, request.subresource), {
    live,
    next: kept === undefined ? draft : { ...draft, ...Object.fromEntries(kept) },
    forget: live !== undefined && given !== undefined && forgetsOwners(given),
    manager: request.options.fieldManager || 'unknown',
    time: toTime(now),
  });
  setManagedFields(draft, entries);
}

/** As `trackFields`, for an object that the server itself makes. */
export function trackedNew(
  resource: ServedResource,
  draft: Draft<KubeObject>,
  manager: string,
  now: number,
): void {
  const update = { live: undefined, next: draft, manager, time: toTime(now) };
  setManagedFields(draft, managedFieldsAfterUpdate(managedResource(resource, undefined), update));
}

/** As `trackFields`, for a change that the server itself makes. */
export function trackedUpdate(
  resource: ServedResource,
  draft: Draft<KubeObject>,
  live: KubeObject,
  how: { readonly manager: string; readonly subresource: string; readonly now: number },
): void {
  const { manager, subresource, now } = how;
  const update = { live, next: draft, manager, time: toTime(now) };
  setManagedFields(draft, managedFieldsAfterUpdate(managedResource(resource, subresource), update));
}

/** Sets or removes the owners of an object's fields. */
export function setManagedFields(
  draft: Draft<KubeObject>,
  entries: readonly ManagedFieldsEntry[] | undefined,
): void {
  if (entries !== undefined) draft.metadata.managedFields = entries as ManagedFieldsEntry[];
  else delete (draft.metadata as { managedFields?: unknown }).managedFields;
}

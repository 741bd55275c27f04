import type { FieldsV1 } from '../object.ts';
import { typeUnder } from './descend.ts';
import { difference, type FieldSet, intersection, LEAF, NodeBuilder, union } from './field-set.ts';
import { fieldsOfConfiguration } from './fields-of.ts';
import { removeFields } from './remove.ts';
import type { ApplyType } from './type.ts';
import type { Versions } from './versions.ts';

/** Fields of one manager, or of all together, in the terms of one version of the kind. */
export interface VersionedFields {
  readonly apiVersion: string;
  readonly fields: FieldSet;
}

/** What pruning works on. */
export interface Pruning {
  /** The live object with all that the applier sets, in the version it applies. */
  readonly merged: object;
  readonly apiVersion: string;
  /** What the applier set the last time. */
  readonly last: VersionedFields;
  /** What every manager owns, the applier what it sets now. */
  readonly owned: readonly VersionedFields[];
}

/**
 * Removes from a merged object what its applier set the last time and doesn't set now, unless
 * somebody else owns it.
 *
 * It goes in three steps, because removing an element takes along all that is in it: remove all
 * that was applied last, see what of the rest has an owner, then remove just the difference.
 */
export function prune(versions: Versions, { merged, apiVersion, last, owned }: Pruning): object {
  const before = versions.convert(merged, last.apiVersion);
  const type = versions.typeOf(last.apiVersion);
  if (before === undefined || type === undefined) return merged;
  const lastFields = withNamedFields(type, last.fields);
  const bare = removeFields(type, before, lastFields) as object;
  const kept = addOwned(versions, before, bare, last.apiVersion, owned);
  const keptAsLast = versions.convert(kept, last.apiVersion) ?? before;
  const gone = difference(namedFieldsOf(type, before), namedFieldsOf(type, keptAsLast));
  const pruned = removeFields(type, before, intersection(gone, lastFields)) as object;
  return pruned === before ? merged : (versions.convert(pruned, apiVersion) ?? merged);
}

// The fields, and every declared field that something is in, so that a structure isn't dropped for
// want of an owner of its own.
function namedFieldsOf(type: ApplyType, object: unknown): FieldSet {
  return withNamedFields(type, fieldsOfConfiguration(type, object));
}

function withNamedFields(type: ApplyType | undefined, set: FieldSet): FieldSet {
  return set === undefined ? undefined : nameFieldsIn(type, set, false);
}

function nameFieldsIn(type: ApplyType | undefined, node: FieldsV1, isNamed: boolean): FieldsV1 {
  const builder = new NodeBuilder();
  for (const step in node) {
    if (step === '.') continue;
    const name = step.startsWith('f:') ? step.slice(2) : undefined;
    const isField = name !== undefined && type?.map?.fields.has(name) === true;
    builder.add(step, nameFieldsIn(typeAt(type, name), node[step]!, isField));
  }
  return builder.build(isNamed || node['.'] !== undefined) ?? LEAF;
}

const typeAt = (type: ApplyType | undefined, name: string | undefined): ApplyType | undefined =>
  name === undefined ? type?.list?.element : type?.map && typeUnder(type.map, name);

/** Adds to `bare` what of `merged` has an owner, going through every version that owners use. */
function addOwned(
  versions: Versions,
  merged: object,
  bare: object,
  bareVersion: string,
  owned: readonly VersionedFields[],
): object {
  const byVersion = new Map<string, FieldSet>();
  for (const { apiVersion, fields } of owned) {
    byVersion.set(apiVersion, union(byVersion.get(apiVersion), fields));
  }
  // This one first: converting may need fields that were removed.
  const order = [bareVersion, ...[...byVersion.keys()].filter((each) => each !== bareVersion)];
  let kept = bare;
  for (const apiVersion of order) {
    if (!byVersion.has(apiVersion)) continue;
    kept = addOwnedOf(versions, { merged, kept, apiVersion, fields: byVersion.get(apiVersion) });
  }
  return kept;
}

function addOwnedOf(
  versions: Versions,
  { merged, kept, apiVersion, fields }: VersionedFields & { merged: object; kept: object },
): object {
  const type = versions.typeOf(apiVersion);
  const all = versions.convert(merged, apiVersion);
  const rest = versions.convert(kept, apiVersion);
  if (type === undefined || all === undefined || rest === undefined) return kept;
  const stays = union(namedFieldsOf(type, rest), withNamedFields(type, fields));
  return removeFields(type, all, difference(namedFieldsOf(type, all), stays)) as object;
}

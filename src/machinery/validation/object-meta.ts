import { isSemanticallyEqual } from '../equal.ts';
import { type FieldError, forbiddenField, invalid, required, tooLong } from '../field-error.ts';
import type { FieldPath } from '../field-path.ts';
import type { ObjectMeta, OwnerReference } from '../object.ts';
import { quoteList } from '../quote.ts';
import { parseApiVersion } from '../resource.ts';
import { checkQualifiedName, invalidFor, validateLabels } from './labels.ts';
import { validateManagedFields } from './managed-fields.ts';
import { checkNameIsLabel, type NameCheck } from './names.ts';
import { validateNonNegative } from './values.ts';

/** Bytes of all annotations' keys and values together. */
const ANNOTATIONS_MAX_BYTES = 256 * 1024;

type Meta = Partial<ObjectMeta>;

/** The annotations of an object: keys like label keys in any case, 256 KiB in all. */
export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  path: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const key in annotations) {
    errors.push(...invalidFor(checkQualifiedName(key.toLowerCase()), key, path));
    bytes += Buffer.byteLength(key) + Buffer.byteLength(annotations[key]!);
  }
  if (bytes > ANNOTATIONS_MAX_BYTES) errors.push(tooLong(path, ANNOTATIONS_MAX_BYTES));
  return errors;
}

const EMPTY = 'must not be empty';

function ordered(reference: OwnerReference): Record<string, unknown> {
  const { apiVersion, kind, name, uid, controller, blockOwnerDeletion } = reference;
  return { apiVersion, kind, name, uid, controller, blockOwnerDeletion };
}

function validateOwnerReference(reference: OwnerReference, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  const { apiVersion = '', kind = '', name = '', uid = '' } = reference;
  const { group, version } = parseApiVersion(apiVersion);
  if (!version)
    errors.push(invalid(path.at('apiVersion'), apiVersion, 'version must not be empty'));
  if (!kind) errors.push(invalid(path.at('kind'), kind, EMPTY));
  if (!name) errors.push(invalid(path.at('name'), name, EMPTY));
  if (!uid) errors.push(invalid(path.at('uid'), uid, EMPTY));
  if (group === '' && version === 'v1' && kind === 'Event') {
    const detail = '/v1, Kind=Event is disallowed from being an owner';
    errors.push(invalid(path, ordered(reference), detail));
  }
  return errors;
}

/** `metadata.ownerReferences`: each complete, at most one of them the controller. */
function validateOwnerReferences(
  references: readonly OwnerReference[] | undefined,
  path: FieldPath,
): FieldError[] {
  if (!references) return [];
  const errors: FieldError[] = [];
  let first: string | undefined;
  for (const reference of references) {
    errors.push(...validateOwnerReference(reference, path));
    if (!reference.controller) continue;
    const controller = `${reference.kind}/${reference.name}`;
    if (first === undefined) {
      first = controller;
      continue;
    }
    const detail = `Only one reference can have Controller set to true. Found "true" in references for ${first} and ${controller}`;
    errors.push(invalid(path, references.map(ordered), detail));
  }
  return errors;
}

const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';
const STANDARD_FINALIZERS = new Set(['kubernetes', ORPHAN, FOREGROUND]);

/** `metadata.finalizers`, as every kind checks them. */
function validateFinalizers(
  finalizers: readonly string[] | undefined,
  path: FieldPath,
): FieldError[] {
  if (!finalizers) return [];
  const errors = finalizers.flatMap((each) => invalidFor(checkQualifiedName(each), each, path));
  if (finalizers.includes(ORPHAN) && finalizers.includes(FOREGROUND)) {
    const detail = `finalizer ${ORPHAN} and ${FOREGROUND} cannot be both set`;
    errors.push(invalid(path, finalizers, detail));
  }
  return errors;
}

/** What built-in kinds ask of finalizers on top: a standard one, or one with a domain. */
export function validateQualifiedFinalizers(
  finalizers: readonly string[] | undefined,
  path: FieldPath,
): FieldError[] {
  const detail = 'name is neither a standard finalizer name nor is it fully qualified';
  return (finalizers ?? []).flatMap((each, i) =>
    each.includes('/') || STANDARD_FINALIZERS.has(each)
      ? []
      : [invalid(path.index(i), each, detail)],
  );
}

/** What names an object: a name that its kind's rule has nothing against, or such a beginning of one. */
export function validateNames(meta: Meta, checkName: NameCheck, path: FieldPath): FieldError[] {
  const { name, generateName } = meta;
  const errors: FieldError[] = generateName
    ? invalidFor(checkName(generateName, true), generateName, path.at('generateName'))
    : [];
  if (!name) errors.push(required(path.at('name'), 'name or generateName is required'));
  else errors.push(...invalidFor(checkName(name), name, path.at('name')));
  return errors;
}

function validateNamespace(
  namespace: string | undefined,
  isNamespaced: boolean,
  path: FieldPath,
): FieldError[] {
  if (!isNamespaced) return namespace ? [forbiddenField(path, 'not allowed on this type')] : [];
  if (!namespace) return [required(path)];
  return invalidFor(checkNameIsLabel(namespace), namespace, path);
}

/** The metadata of an object that is created, after its name was generated. */
export function validateObjectMeta(
  meta: Meta,
  options: { readonly namespaced: boolean; readonly checkName: NameCheck },
  path: FieldPath,
): FieldError[] {
  const errors = validateNames(meta, options.checkName, path);
  const add = (found: readonly FieldError[]) => {
    if (found.length > 0) errors.push(...found);
  };
  add(validateNamespace(meta.namespace, options.namespaced, path.at('namespace')));
  add(validateNonNegative(meta.generation ?? 0, path.at('generation')));
  if (meta.labels) add(validateLabels(meta.labels, path.at('labels')));
  if (meta.annotations) add(validateAnnotations(meta.annotations, path.at('annotations')));
  if (meta.ownerReferences) {
    add(validateOwnerReferences(meta.ownerReferences, path.at('ownerReferences')));
  }
  if (meta.finalizers) add(validateFinalizers(meta.finalizers, path.at('finalizers')));
  add(validateManagedFields(meta.managedFields, path.at('managedFields')));
  return errors;
}

function validateNoNewFinalizers(next: Meta, previous: Meta, path: FieldPath): FieldError[] {
  if (previous.deletionTimestamp === undefined) return [];
  const added = new Set(next.finalizers).difference(new Set(previous.finalizers));
  if (added.size === 0) return [];
  const found = quoteList([...added].sort());
  const detail = `no new finalizers can be added if the object is being deleted, found new finalizers ${found}`;
  return [forbiddenField(path.at('finalizers'), detail)];
}

/** A field that may not change, compared as the API compares: empty equals absent. */
export const validateImmutableField = (
  next: unknown,
  previous: unknown,
  path: FieldPath,
): FieldError[] =>
  isSemanticallyEqual(next, previous) ? [] : [invalid(path, next, 'field is immutable')];

// What an absent value shows as: texts are empty, all else is null.
const IMMUTABLE_FIELDS = [
  ['name', ''],
  ['namespace', ''],
  ['uid', ''],
  ['creationTimestamp', null],
  ['deletionTimestamp', null],
  ['deletionGracePeriodSeconds', null],
] as const satisfies readonly (readonly [keyof ObjectMeta, unknown])[];

/** What may not change in the metadata of an object that is updated, and what may never be wrong. */
export function validateObjectMetaUpdate(
  next: Meta,
  previous: Meta,
  path: FieldPath,
): FieldError[] {
  const errors = validateNoNewFinalizers(next, previous, path);
  if (!next.resourceVersion) {
    errors.push(invalid(path.at('resourceVersion'), '', 'must be specified for an update'));
  }
  if ((next.generation ?? 0) < (previous.generation ?? 0)) {
    const detail = 'must not be decremented';
    errors.push(invalid(path.at('generation'), next.generation ?? 0, detail));
  }
  for (const [field, absent] of IMMUTABLE_FIELDS) {
    const [now, then] = [next[field] ?? absent, previous[field] ?? absent];
    errors.push(...validateImmutableField(now, then, path.at(field)));
  }
  errors.push(...validateLabels(next.labels, path.at('labels')));
  errors.push(...validateAnnotations(next.annotations, path.at('annotations')));
  errors.push(...validateOwnerReferences(next.ownerReferences, path.at('ownerReferences')));
  errors.push(...validateManagedFields(next.managedFields, path.at('managedFields')));
  return errors;
}

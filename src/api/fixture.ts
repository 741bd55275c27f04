// What the tests of definitions share: the way of an object through one, without a server.
import { seededRandom } from '../base/random.ts';
import { emptyObjectOf } from '../machinery/apply/type.ts';
import type { FieldError } from '../machinery/field-error.ts';
import { FieldPath } from '../machinery/field-path.ts';
import { decodeJson } from '../machinery/json-codec.ts';
import { type Draft, deepFreeze, draftOf, type KubeObject } from '../machinery/object.ts';
import { applyMergePatch } from '../machinery/patch/merge-patch.ts';
import type { ResourceDefinition, WriteContext } from './definition.ts';

export const NOW = Date.parse('2026-03-04T05:06:07Z');
const CREATED = '2026-03-04T05:04:07Z';

const contextOf = (subresource?: string): WriteContext => ({
  now: NOW,
  random: seededRandom(1),
  user: { name: 'ann', uid: 'u-1', groups: ['growers'] },
  warnings: [],
  ...(subresource && { subresource }),
});

/** What a client sends, with what it left out filled in. */
export function decoded<T extends KubeObject>(
  definition: ResourceDefinition<T>,
  body: object,
): Draft<T> {
  const { kind, group, version, shape, namespaced } = definition;
  const { object } = decodeJson(shape, structuredClone(body));
  const apiVersion = group ? `${group}/${version}` : version;
  const draft = { ...object, kind, apiVersion } as unknown as Draft<T>;
  draft.metadata ??= {} as Draft<T>['metadata'];
  draft.metadata.name ||= 'x';
  if (namespaced) draft.metadata.namespace = 'default';
  definition.defaults?.(draft);
  return draft;
}

/** A new object as it would be stored, from what a client sends. */
export function made<T extends KubeObject>(definition: ResourceDefinition<T>, body: object): T {
  const draft = decoded(definition, body);
  draft.metadata.uid = 'uid-1';
  draft.metadata.creationTimestamp = CREATED;
  if (definition.status && !definition.status.keptOnCreate) {
    const { status } = emptyObjectOf(definition.shape);
    if (status !== undefined) Object.assign(draft, { status: draftOf(status) });
  }
  if (definition.generation) draft.metadata.generation = 1;
  definition.prepareCreate?.(draft, contextOf());
  return deepFreeze(draft) as T;
}

const texts = (errors: readonly FieldError[]): string[] =>
  errors.map(({ field, message }) => `${field}: ${message}`);

/** What is wrong with a new object, as `path: message`. */
export function refusals<T extends KubeObject>(
  definition: ResourceDefinition<T>,
  body: object,
): string[] {
  const object = made(definition, body);
  const context = { path: FieldPath.root };
  return texts([
    ...(definition.validate?.(object, context) ?? []),
    ...(definition.validateCreate?.(object, context) ?? []),
  ]);
}

interface Changed<T> {
  readonly object: T;
  readonly errors: readonly string[];
}

/** What a merge patch of an object, or of a form of it, makes of it; and what is wrong with that. */
export function changed<T extends KubeObject>(
  definition: ResourceDefinition<T>,
  previous: T,
  patch: object,
  subresource?: string,
): Changed<T> {
  const draft = decoded(
    definition,
    applyMergePatch(previous, patch as Record<string, unknown>) as object,
  );
  const form =
    subresource === undefined
      ? definition
      : subresource === 'status'
        ? definition.status
        : definition.updates?.[subresource];
  draft.metadata = { ...draft.metadata, generation: previous.metadata.generation } as never;
  form?.prepareUpdate?.(draft, previous, contextOf(subresource));
  const object = deepFreeze(draft) as T;
  const context = { path: FieldPath.root, previous, ...(subresource && { subresource }) };
  const own = form === definition ? (definition.validate?.(object, context) ?? []) : [];
  const rules = form?.validateUpdate?.(object, previous, context) ?? [];
  return { object, errors: texts([...own, ...rules]) };
}

/** The cells of an object by the names of their columns. */
export function cellsOf<T extends KubeObject>(
  { columns }: ResourceDefinition<T>,
  object: T,
): Record<string, string | number | boolean | null> {
  const entries = (columns ?? []).map(({ name, cell }) => [name, cell(object, { now: NOW })]);
  return Object.fromEntries(entries);
}

/** The object with a status, as controllers would leave it. */
export const withStatus = <T extends KubeObject>(object: T, status: object): T =>
  ({ ...object, status }) as T;

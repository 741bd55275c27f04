import { DecodeError } from '../../machinery/decode-error.ts';
import { type FieldError, invalid, required, tooLong } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { parseJson } from '../../machinery/json-text.ts';
import type { Draft } from '../../machinery/object.ts';
import { invalidFor } from '../../machinery/validation/labels.ts';
import { validateImmutableField } from '../../machinery/validation/object-meta.ts';
import { checkConfigMapKey } from '../../machinery/validation/values.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { secrets as resource } from '../generated/core/v1/resources.ts';
import type { Secret } from '../generated/core/v1/types.ts';
import { shapeOf } from '../shapes.ts';
import { validateSealed } from './config-map.ts';

const MAX_BYTES = 1024 * 1024;

function setDefaults(draft: Draft<Secret>): void {
  draft.type ||= 'Opaque';
  // Plain text is a convenience of writing: it wins over the same key's bytes and is never kept.
  for (const [key, text] of Object.entries(draft.stringData ?? {})) {
    part(draft, 'data')[key] = Buffer.from(text).toString('base64');
  }
  delete draft.stringData;
}

function validate(secret: Secret, path: FieldPath): FieldError[] {
  const at = path.at('data');
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const [key, value] of Object.entries(secret.data ?? {})) {
    errors.push(...invalidFor(checkConfigMapKey(key), key, at.key(key)));
    bytes += Buffer.byteLength(value, 'base64');
  }
  if (bytes > MAX_BYTES) errors.push(tooLong(at, MAX_BYTES));
  return [...errors, ...(RULES[secret.type ?? '']?.(secret, path) ?? [])];
}

type Rule = (secret: Secret, path: FieldPath) => FieldError[];

const ACCOUNT_NAME = 'kubernetes.io/service-account.name';

/** What has to be in secrets of the types that Kubernetes knows. */
const RULES: Readonly<Record<string, Rule>> = {
  'kubernetes.io/service-account-token': ({ metadata }, path) =>
    metadata.annotations?.[ACCOUNT_NAME]
      ? []
      : [required(path.at('metadata', 'annotations').key(ACCOUNT_NAME))],
  'kubernetes.io/dockercfg': (secret, path) => validateJson(secret, '.dockercfg', path),
  'kubernetes.io/dockerconfigjson': (secret, path) =>
    validateJson(secret, '.dockerconfigjson', path),
  'kubernetes.io/basic-auth': ({ data }, path) =>
    data?.username !== undefined || data?.password !== undefined
      ? []
      : missing(undefined, ['username', 'password'], path),
  'kubernetes.io/ssh-auth': ({ data }, path) =>
    data?.['ssh-privatekey'] ? [] : missing(undefined, ['ssh-privatekey'], path),
  'kubernetes.io/tls': ({ data }, path) => missing(data, ['tls.crt', 'tls.key'], path),
};

const missing = (data: Secret['data'], keys: readonly string[], path: FieldPath): FieldError[] =>
  keys.filter((key) => data?.[key] === undefined).map((key) => required(path.at('data').key(key)));

function validateJson({ data }: Secret, key: string, path: FieldPath): FieldError[] {
  const bytes = data?.[key];
  if (bytes === undefined) return missing(data, [key], path);
  const problem = jsonProblem(Buffer.from(bytes, 'base64').toString());
  if (problem === undefined) return [];
  return [invalid(path.at('data').key(key), '<secret contents redacted>', problem)];
}

function jsonProblem(text: string): string | undefined {
  try {
    const { value } = parseJson(text);
    if (value === null || (typeof value === 'object' && !Array.isArray(value))) return undefined;
    const type = Array.isArray(value) ? 'array' : typeof value;
    return `json: cannot unmarshal ${type} into Go value of type map[string]interface {}`;
  } catch (error) {
    if (error instanceof DecodeError) return error.message;
    throw error;
  }
}

/** What only those who need it should read: passwords, keys, tokens. */
export const secrets: ResourceDefinition<Secret> = {
  ...resource,
  shape: shapeOf(resource),
  checksMetadataAgain: true,
  defaults: setDefaults,
  validate: (secret, { path }) => validate(secret, path),
  validateUpdate: (next, previous, { path }) => [
    ...validateImmutableField(next.type ?? '', previous.type ?? '', path.at('type')),
    ...validateSealed(next, previous, ['data'], path),
  ],
  updateRulesFirst: true,
  columns: [
    nameColumn,
    column('Type', 'string', ({ type }) => type ?? ''),
    column('Data', 'string', ({ data }) => Object.keys(data ?? {}).length),
    ageColumn,
  ],
  selectableFields: { type: ({ type }) => type ?? '' },
};

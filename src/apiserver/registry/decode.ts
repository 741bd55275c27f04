import { shapes } from '../../api/shapes.ts';
import { DecodeError } from '../../machinery/decode-error.ts';
import { invalid, invalidObject } from '../../machinery/field-error.ts';
import { FieldPath } from '../../machinery/field-path.ts';
import { decodeJson, readTypeMeta, type TypeMeta } from '../../machinery/json-codec.ts';
import type { Duplicates } from '../../machinery/json-text.ts';
import { isMap } from '../../machinery/member.ts';
import { type Draft, draftOf, type KubeObject } from '../../machinery/object.ts';
import { quote } from '../../machinery/quote.ts';
import { parseApiVersion } from '../../machinery/resource.ts';
import { badRequest, type StatusError } from '../../machinery/status.ts';
import { type Call, fieldValidationOf } from '../call.ts';
import type { ServedResource } from './served-resource.ts';

/**
 * The object in the request's body: a fresh draft of the resource's kind with its defaults, whose
 * first members are `kind` and `apiVersion`. Throws BadRequest for what isn't such an object.
 * Unknown fields are dropped, told of, or refused, as the request says (`fieldValidation`).
 */
export function decodeBody(call: Call): Draft<KubeObject> {
  const { request, resource, warnings } = call;
  const { body, duplicates, strictError } = request;
  const type = typeOf(resource, body);
  const { object, strictErrors } = decodeAs(resource, type, body, duplicates);
  const found = strictError ? [strictError, ...strictErrors] : strictErrors;
  const directive = fieldValidationOf(call);
  if (found.length > 0 && directive !== 'Ignore') {
    if (directive === 'Strict') {
      throw unfit(resource, type, `strict decoding error: ${found.join(', ')}`);
    }
    warnings.push(...found.flatMap(warningLines));
  }
  if (type.apiVersion !== resource.apiVersion) {
    throw badRequest(
      `the API version in the data (${type.apiVersion}) does not match the expected API version (${resource.apiVersion})`,
    );
  }
  return finishDraft(resource, object);
}

const YAML_ERRORS = 'yaml: unmarshal errors:\n';

/** A finding as warnings: one for each line of what is wrong with a YAML text. */
export const warningLines = (finding: string): string[] =>
  finding.startsWith(YAML_ERRORS)
    ? finding
        .slice(YAML_ERRORS.length)
        .split('\n')
        .map((line) => line.trim())
    : [finding];

/** A draft, and what strict decoding says of the data that it was made of. */
export interface DecodedDraft {
  readonly draft: Draft<KubeObject>;
  readonly strictErrors: readonly string[];
}

/** Plain data of the resource's own kind as a draft. Throws DecodeError. */
export function decodePlain(resource: ServedResource, value: unknown): DecodedDraft {
  const { object, strictErrors } = decodeOwn(resource, value);
  return { draft: finishDraft(resource, object), strictErrors };
}

/** The same of data that shares `kept` parts with a live object, see there: those are copied. */
export function decodeChanged(
  resource: ServedResource,
  value: unknown,
  kept: KeptParts,
): DecodedDraft {
  if (kept.size === 0 || resource.isCustom) return decodePlain(resource, value);
  const rest = { ...(value as Record<string, unknown>) };
  for (const name of kept.keys()) rest[name] = undefined;
  const { object, strictErrors } = decodeOwn(resource, rest);
  const whole: Record<string, unknown> = {};
  for (const { name } of resource.definition.shape.fields) {
    const part = kept.get(name);
    const member = part === undefined ? object[name] : draftOf(part);
    if (member !== undefined) whole[name] = member;
  }
  return { draft: finishDraft(resource, whole), strictErrors };
}

/** Parts of an object by their names. */
export type KeptParts = ReadonlyMap<string, object>;

/** What a document that was made of a live object has left as it was, its metadata aside. */
export function keptParts(document: unknown, live: KubeObject): KeptParts {
  const kept = new Map<string, object>();
  if (!isMap(document)) return kept;
  for (const [name, part] of Object.entries(live)) {
    if (name === 'metadata' || typeof part !== 'object' || part === null) continue;
    if (document[name] === part) kept.set(name, part);
  }
  return kept;
}

/** Plain data of the resource's own kind, read by its shape or its schema. */
const decodeOwn = ({ definition }: ServedResource, value: unknown, duplicates?: Duplicates) =>
  definition.custom?.decode(value, duplicates) ?? decodeJson(definition.shape, value, duplicates);

function finishDraft(resource: ServedResource, object: Record<string, unknown>): Draft<KubeObject> {
  const { kind, apiVersion, definition } = resource;
  // Decoded objects begin with these two members, if they have them.
  const isTyped = object.kind !== undefined && object.apiVersion !== undefined;
  const draft = (isTyped
    ? object
    : { kind, apiVersion, ...object }) as unknown as Draft<KubeObject>;
  draft.kind = kind;
  draft.apiVersion = apiVersion;
  draft.metadata ??= {} as Draft<KubeObject>['metadata'];
  definition.defaults?.(draft);
  return draft;
}

/** What the body says it is; what it leaves out, the path says, unless the kind is a custom one. */
function typeOf(resource: ServedResource, body: unknown): TypeMeta {
  try {
    const { kind, apiVersion } = readTypeMeta(body);
    if (resource.isCustom) return customTypeOf(resource, { kind, apiVersion }, body);
    return { kind: kind || resource.kind, apiVersion: apiVersion || resource.apiVersion };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw unrecognized(resource, error.message, JSON.stringify(body));
  }
}

/** Objects of custom kinds have to say of which kind they are, and are what they say. */
function customTypeOf(resource: ServedResource, type: TypeMeta, body: unknown): TypeMeta {
  if (type.kind) return type;
  const { kind, apiVersion } = resource;
  const given = { kind, apiVersion: type.apiVersion || apiVersion };
  throw unfit(resource, given, `Object 'Kind' is missing in '${JSON.stringify(body)}'`);
}

/**
 * Throws DecodeError unless plain data says that it is of the resource's own kind, or nothing. A
 * custom resource has to say so; Invalid is thrown for one that is another.
 */
export function checkType(resource: ServedResource, document: unknown): void {
  const { kind, apiVersion } = readTypeMeta(document);
  if (resource.isCustom) return checkCustomType(resource, { kind, apiVersion }, document);
  const type = { kind: kind || resource.kind, apiVersion: apiVersion || resource.apiVersion };
  if (!isOwnType(resource, type)) decodeOther(resource, type, document, undefined);
}

function checkCustomType(resource: ServedResource, type: TypeMeta, document: unknown): void {
  if (!type.kind) {
    throw new DecodeError(`Object 'Kind' is missing in '${JSON.stringify(document)}'`);
  }
  const errors = (['kind', 'apiVersion'] as const)
    .filter((field) => type[field] !== resource[field])
    .map((field) => invalid(FieldPath.root.at(field), type[field], `must be ${resource[field]}`));
  if (errors.length === 0) return;
  const { group } = parseApiVersion(type.apiVersion);
  throw invalidObject({ group, kind: type.kind }, nameIn(document), errors);
}

function nameIn(document: unknown): string {
  const { metadata } = document as { readonly metadata?: { readonly name?: string } };
  return metadata?.name ?? '';
}

const isOwnType = (resource: ServedResource, { kind, apiVersion }: TypeMeta): boolean =>
  kind === resource.kind && apiVersion === resource.apiVersion;

function decodeAs(
  resource: ServedResource,
  type: TypeMeta,
  body: unknown,
  duplicates: Duplicates | undefined,
) {
  try {
    return isOwnType(resource, type)
      ? decodeOwn(resource, body, duplicates)
      : decodeOther(resource, type, body, duplicates);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw unfit(resource, type, error.message);
  }
}

/** Data that says it is of another type: only another version of the same kind will do. */
function decodeOther(
  resource: ServedResource,
  type: TypeMeta,
  body: unknown,
  duplicates: Duplicates | undefined,
) {
  if (resource.isCustom) return decodeAsCustom(resource, type, body, duplicates);
  const shape = shapes.ofKind({ ...parseApiVersion(type.apiVersion), kind: type.kind });
  if (shape === undefined) throw new DecodeError(notRegistered(type));
  const decoded = decodeJson(shape, body, duplicates);
  if (type.kind !== resource.kind) throw new DecodeError(noConversion(resource, type));
  return decoded;
}

/** A custom resource is read by its schema whatever it says it is, which is then refused. */
function decodeAsCustom(
  resource: ServedResource,
  { kind }: TypeMeta,
  body: unknown,
  duplicates: Duplicates | undefined,
) {
  const decoded = decodeOwn(resource, body, duplicates);
  if (kind === resource.kind) return decoded;
  const errors = [invalid(FieldPath.root.at('kind'), kind, `must be ${resource.kind}`)];
  throw invalidObject({ group: resource.group, kind }, nameIn(decoded.object), errors);
}

/** Why nothing can be made of a type that says nothing to us. */
export const notRegistered = ({ kind, apiVersion }: TypeMeta): string =>
  `no kind ${quote(kind)} is registered for version ${quote(apiVersion)} in scheme "pkg/api/legacyscheme/scheme.go:30"`;

/** Where Kubernetes has the kinds of a group in their internal form, which is seen in messages. */
export function packageOf(group: string): string {
  const isCore = group === '' || group === 'events.k8s.io'; // Two forms of the same events.
  return isCore ? 'core' : group.split('.', 1)[0]!;
}

/** Why data of one kind is none of another. */
export function noConversion(
  { group, kind }: { readonly group: string; readonly kind: string },
  type: TypeMeta,
): string {
  const { version } = parseApiVersion(type.apiVersion);
  return `converting (${version}.${type.kind}) to (${packageOf(group)}.${kind}): unknown conversion`;
}

/** The answer to a body that says what it is, and can't be taken for the resource's kind. */
export function unfit(
  { kind }: { readonly kind: string },
  type: TypeMeta,
  why: string,
): StatusError {
  const { version } = parseApiVersion(type.apiVersion);
  return badRequest(
    `${type.kind} in version ${quote(version)} cannot be handled as a ${kind}: ${why}`,
  );
}

const SUMMARY_MAX = 30;

/** The answer to a body of which it can't be told what it is. */
export function unrecognized(
  { kind }: { readonly kind: string },
  why: string,
  body: Uint8Array | string,
): StatusError {
  const bytes = Buffer.from(body as Uint8Array);
  const head = bytes.subarray(0, SUMMARY_MAX);
  const shown = bytes[0] === 0x7b ? head.toString() : head.toString('hex');
  const summary = bytes.length > SUMMARY_MAX ? `${shown} ...` : shown || '<empty>';
  return badRequest(
    `the object provided is unrecognized (must be of type ${kind}): ${why} (${summary})`,
  );
}

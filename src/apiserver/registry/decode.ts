import { shapes } from '../../api/shapes.ts';
import { DecodeError } from '../../machinery/decode-error.ts';
import { decodeJson, readTypeMeta, type TypeMeta } from '../../machinery/json-codec.ts';
import type { Duplicates } from '../../machinery/json-text.ts';
import type { Draft, KubeObject } from '../../machinery/object.ts';
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

/** Plain data of the resource's own kind as a draft, with what strict decoding says of it. */
export function decodePlain(
  resource: ServedResource,
  value: unknown,
): { readonly draft: Draft<KubeObject>; readonly strictErrors: readonly string[] } {
  const { object, strictErrors } = decodeJson(resource.definition.shape, value);
  return { draft: finishDraft(resource, object), strictErrors };
}

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

/** What the body says it is; what it leaves out, the path says. */
function typeOf(resource: ServedResource, body: unknown): TypeMeta {
  try {
    const { kind, apiVersion } = readTypeMeta(body);
    return { kind: kind || resource.kind, apiVersion: apiVersion || resource.apiVersion };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw unrecognized(resource, error.message, JSON.stringify(body));
  }
}

function decodeAs(
  resource: ServedResource,
  type: TypeMeta,
  body: unknown,
  duplicates: Duplicates | undefined,
) {
  const isOwn = type.kind === resource.kind && type.apiVersion === resource.apiVersion;
  const shape = isOwn
    ? resource.definition.shape
    : shapes.ofKind({ ...parseApiVersion(type.apiVersion), kind: type.kind });
  if (shape === undefined) {
    throw unfit(resource, type, notRegistered(type));
  }
  try {
    const decoded = decodeJson(shape, body, duplicates);
    if (type.kind !== resource.kind) throw new DecodeError(noConversion(resource, type));
    return decoded;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw unfit(resource, type, error.message);
  }
}

const notRegistered = ({ kind, apiVersion }: TypeMeta): string =>
  `no kind ${quote(kind)} is registered for version ${quote(apiVersion)} in scheme "pkg/api/legacyscheme/scheme.go:30"`;

function noConversion({ group, kind }: ServedResource, type: TypeMeta): string {
  const { version } = parseApiVersion(type.apiVersion);
  const internal = group === '' ? 'core' : group.split('.', 1)[0];
  return `converting (${version}.${type.kind}) to (${internal}.${kind}): unknown conversion`;
}

/** The answer to a body that says what it is, and can't be taken for the resource's kind. */
export function unfit({ kind }: ServedResource, type: TypeMeta, why: string): StatusError {
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

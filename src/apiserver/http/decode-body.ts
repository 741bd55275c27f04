import { shapes } from '../../api/shapes.ts';
import { type ApiRequest, PATCH_MEDIA_TYPES, type PatchType } from '../../machinery/api-request.ts';
import { DecodeError } from '../../machinery/decode-error.ts';
import { parseJson } from '../../machinery/json-text.ts';
import { decodeEnvelope, openEnvelope } from '../../machinery/protobuf.ts';
import { parseApiVersion } from '../../machinery/resource.ts';
import { StatusError } from '../../machinery/status.ts';
import { unknownDialect } from '../registry/patch.ts';
import { JSON_TYPE, PROTOBUF_TYPE, YAML_TYPE } from './negotiation.ts';

const PATCH_TYPES = new Map(
  Object.entries(PATCH_MEDIA_TYPES).map(([type, media]) => [media, type as PatchType]),
);

/** The media type of a Content-Type header, without its parameters. */
function mediaTypeOf(header: string | undefined): string {
  if (!header) return '';
  const end = header.indexOf(';');
  return (end < 0 ? header : header.slice(0, end)).trim().toLowerCase();
}

/**
 * The dialect of a patch. Throws UnsupportedMediaType when it is none of the known, or one in which
 * objects that are told by a schema can't be patched.
 */
export function patchTypeOf(header: string | undefined, isCustom: boolean): PatchType {
  const type = PATCH_TYPES.get(mediaTypeOf(header));
  if (isCustom && (type === undefined || type === 'strategic')) throw unknownDialect();
  if (type !== undefined) return type;
  throw new StatusError('UnsupportedMediaType', '415: Unsupported Media Type', {});
}

/** Throws UnsupportedMediaType for objects in protobuf. */
export function checkPlain(header: string | undefined): void {
  if (mediaTypeOf(header) !== PROTOBUF_TYPE) return;
  throw new StatusError(
    'UnsupportedMediaType',
    'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml',
  );
}

/** What a body held: see ApiRequest. */
export type DecodedBody = Pick<ApiRequest, 'body' | 'duplicates' | 'strictError'>;

/**
 * The plain data in a body. Throws DecodeError for what can't be read, and UnsupportedMediaType for
 * a media type that isn't taken.
 */
export function decodeBytes(
  bytes: Buffer,
  header: string | undefined,
): DecodedBody | Promise<DecodedBody> {
  switch (mediaTypeOf(header) || JSON_TYPE) {
    case JSON_TYPE:
      return decodeTyped(bytes);
    case PATCH_MEDIA_TYPES.json:
    case PATCH_MEDIA_TYPES.merge:
    case PATCH_MEDIA_TYPES.strategic:
      return decodeJson(bytes);
    case YAML_TYPE:
    case PATCH_MEDIA_TYPES.apply:
      return decodeYaml(bytes.toString());
    case PROTOBUF_TYPE:
      return { body: decodeProtobuf(bytes) };
    default:
      throw new StatusError(
        'UnsupportedMediaType',
        'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
      );
  }
}

/** JSON of which is asked first what it is; whatever is no JSON at all fails by that. */
function decodeTyped(bytes: Buffer): DecodedBody {
  try {
    return decodeJson(bytes);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new DecodeError(`couldn't get version/kind; json parse error: ${error.message}`);
  }
}

function decodeJson(bytes: Buffer): DecodedBody {
  const { value, duplicates } = parseJson(bytes.toString());
  return { body: value, duplicates };
}

// Most clients send JSON as YAML. It is, and the reader of real YAML is loaded when one comes.
function decodeYaml(text: string): DecodedBody | Promise<DecodedBody> {
  if (/^\s*\{/.test(text)) {
    try {
      const { value, duplicates } = parseJson(text);
      if (duplicates === undefined) return { body: value };
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
  }
  return import('../../machinery/yaml.ts').then(({ parseYaml }) => {
    const { value, strictError } = parseYaml(text);
    return { body: value, strictError };
  });
}

/** What a body says it is, and why it can't be read all the same. */
export class EnvelopeError extends DecodeError {
  readonly apiVersion: string;
  readonly kind: string;

  constructor(apiVersion: string, kind: string, message: string) {
    super(message);
    this.apiVersion = apiVersion;
    this.kind = kind;
  }
}

function decodeProtobuf(bytes: Buffer): unknown {
  const envelope = openEnvelope(bytes);
  const { apiVersion, kind } = envelope;
  const shape = shapes.ofKind({ ...parseApiVersion(apiVersion), kind });
  if (shape === undefined) {
    throw new EnvelopeError(
      apiVersion,
      kind,
      `no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/api/legacyscheme/scheme.go:30"`,
    );
  }
  try {
    return decodeEnvelope(shape, envelope);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new EnvelopeError(apiVersion, kind, error.message);
  }
}

import type { ResourceDefinition } from '../../api/definition.ts';
import { shapes } from '../../api/shapes.ts';
import type { ApiAnswer } from '../../machinery/api-request.ts';
import type { KubeList, KubeObject } from '../../machinery/object.ts';
import { encodeProtobuf } from '../../machinery/protobuf.ts';
import { parseApiVersion } from '../../machinery/resource.ts';
import type { MessageShape } from '../../machinery/shape.ts';
import { StatusError } from '../../machinery/status.ts';
import { toYaml } from '../../machinery/yaml-writer.ts';
import { packageOf } from '../registry/decode.ts';
import { partialMetadata, partialMetadataList } from '../tables/partial-metadata.ts';
import { includeObjectOf, tableOf } from '../tables/table.ts';
import { encodeJson, isList, jsonBodyOf } from './encode.ts';
import type { ListBody } from './list-body.ts';
import {
  type Accepted,
  JSON_TYPE,
  notAcceptable,
  PROTOBUF_TYPE,
  YAML_TYPE,
} from './negotiation.ts';

export interface EncodedBody<B = Buffer> {
  readonly type: string;
  readonly bytes: B;
}

/** What encoding has to know beside the answer. */
export interface EncodeContext {
  readonly accepted: Accepted;
  /** The kind of the resource, for tables; undefined for what has no rows. */
  readonly definition: ResourceDefinition | undefined;
  readonly includeObject: string | undefined;
  readonly isPretty: boolean;
  readonly now: number;
}

/** The bytes of an answer, in the kind and encoding that the client asked for. */
export function encodeAnswer(
  object: ApiAnswer['object'],
  context: EncodeContext,
): EncodedBody<Buffer | ListBody> {
  const { accepted } = context;
  const shown = accepted.transform ? transformed(object, context) : object;
  switch (accepted.encoding) {
    case 'json':
      return { type: JSON_TYPE, bytes: context.isPretty ? pretty(shown) : jsonBodyOf(shown) };
    case 'yaml':
      return { type: YAML_TYPE, bytes: yamlOf(encodeJson(shown)) };
    case 'protobuf':
      return { type: PROTOBUF_TYPE, bytes: Buffer.from(encodeProtobuf(shapeFor(shown), shown)) };
  }
}

/** The bytes of an error. */
export const encodeStatus = (error: StatusError, accepted: Accepted): EncodedBody =>
  encodeDocument(error.toStatus(), accepted);

/** The bytes of a document of the API that is no object: it has no metadata, and comes as it is. */
export function encodeDocument(document: object, { encoding, isPretty }: Accepted): EncodedBody {
  if (encoding === 'protobuf') {
    const typed = { apiVersion: '', ...document } as { apiVersion: string; kind: string };
    const shape = shapes.named(`${META_PREFIX}.${typed.kind}`);
    if (shape === undefined) throw notAcceptable();
    return { type: PROTOBUF_TYPE, bytes: Buffer.from(encodeProtobuf(shape, typed)) };
  }
  const json = JSON.stringify(document, null, isPretty ? 2 : undefined);
  if (encoding === 'json') return { type: JSON_TYPE, bytes: Buffer.from(json) };
  return { type: YAML_TYPE, bytes: yamlOf(json) };
}

const yamlOf = (json: Buffer | string): Buffer => Buffer.from(toYaml(JSON.parse(json.toString())));

const META_PREFIX = 'io.k8s.apimachinery.pkg.apis.meta.v1';

const pretty = (object: ApiAnswer['object']): Buffer =>
  Buffer.from(`${JSON.stringify(JSON.parse(encodeJson(object).toString()), null, 2)}\n`);

/** An answer as the kind that the client asked for. A Status stays what it is. */
function transformed(
  object: ApiAnswer['object'],
  { accepted, definition, includeObject, now }: EncodeContext,
): ApiAnswer['object'] {
  if (object.kind === 'Status') return object;
  const { transform, metaVersion: version } = accepted;
  const subject = isList(object) ? withoutEmptyContinue(object) : (object as KubeObject);
  switch (transform) {
    case 'PartialObjectMetadata':
      if (isList(subject)) {
        throw wrongTransform('PartialObjectMetadata', 'a list', typeName(definition, subject));
      }
      return partialMetadata(subject, version);
    case 'PartialObjectMetadataList':
      if (!isList(subject)) {
        const type = typeName(definition, subject);
        throw wrongTransform('PartialObjectMetadataList', 'not a list', type);
      }
      return partialMetadataList(subject, version);
    default:
      return tableOf(definition!, subject, {
        version,
        includeObject: includeObjectOf(includeObject),
        now,
        withColumns: true,
      }) as unknown as KubeObject;
  }
}

/** Lists of custom resources write what is empty; what they are turned into doesn't. */
function withoutEmptyContinue(list: KubeList): KubeList {
  const { continue: token, ...metadata } = list.metadata;
  return token === '' ? { ...list, metadata } : list;
}

const wrongTransform = (wanted: string, what: string, type: string): StatusError =>
  new StatusError(
    'NotAcceptable',
    `you requested ${wanted}, but the requested object is ${what} (*${type})`,
  );

/** What Kubernetes' own code calls the type of an object: it is seen in messages. */
function typeName(
  definition: ResourceDefinition | undefined,
  { kind, apiVersion }: { readonly kind: string; readonly apiVersion: string },
): string {
  if (!definition?.custom) return `${packageOf(parseApiVersion(apiVersion).group)}.${kind}`;
  return kind === definition.kind ? 'unstructured.Unstructured' : 'unstructured.UnstructuredList';
}

/** The shape of a built-in kind, or of a Status. */
export function shapeFor({ kind, apiVersion }: { kind: string; apiVersion: string }): MessageShape {
  const shape = shapes.ofKind({ ...parseApiVersion(apiVersion), kind });
  if (shape !== undefined) return shape;
  throw notAcceptable();
}

import { shapes } from '../../api/shapes.ts';
import type { ApiAnswer } from '../../machinery/api-request.ts';
import type { KubeList } from '../../machinery/object.ts';
import { parseApiVersion } from '../../machinery/resource.ts';
import { jsonOf, typePrefixLength } from '../encoding/json.ts';
import { ListBody } from './list-body.ts';

/** Whether an answer is a list, whose items share their bytes with all other answers. */
export const isList = (object: ApiAnswer['object']): object is KubeList =>
  'items' in object && Array.isArray(object.items);

/** The JSON of an answer. A list is a join of its items' ready bytes. */
export function encodeJson(object: ApiAnswer['object']): Buffer {
  const body = jsonBodyOf(object);
  return body instanceof ListBody ? body.toBuffer() : body;
}

/** The JSON of an answer as it is sent: that of a list isn't joined before it has to be. */
export function jsonBodyOf(object: ApiAnswer['object']): Buffer | ListBody {
  if (isList(object)) return listBodyOf(object);
  // Only what is frozen is shared: its bytes are kept.
  return Object.isFrozen(object) ? jsonOf(object) : Buffer.from(JSON.stringify(object));
}

function listBodyOf({ kind, apiVersion, metadata, items }: KubeList): ListBody {
  const first = items[0];
  const head = Buffer.from(
    `{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)},"metadata":${JSON.stringify(metadata)},"items":[`,
  );
  if (first === undefined) return new ListBody(head, [], 0);
  // Items of a list leave out their type, which the list's own tells; metadata alone keeps it, and
  // so do custom resources.
  const isTold =
    kind === `${first.kind}List` &&
    kind !== 'PartialObjectMetadataList' &&
    shapes.ofKind({ ...parseApiVersion(apiVersion), kind: first.kind }) !== undefined;
  const skip = isTold ? typePrefixLength(first.kind, first.apiVersion) : 1;
  return new ListBody(head, items.map(jsonOf), skip);
}

import type { ApiAnswer } from '../../machinery/api-request.ts';
import type { KubeList } from '../../machinery/object.ts';
import { jsonOf, typePrefixLength } from '../encoding/json.ts';

const ITEMS_END = Buffer.from(']}');
const COMMA = 0x2c;
const BRACE = 0x7b;

/** Whether an answer is a list, whose items share their bytes with all other answers. */
export const isList = (object: ApiAnswer['object']): object is KubeList =>
  'items' in object && Array.isArray(object.items);

/** The JSON of an answer. A list is a join of its items' ready bytes. */
export function encodeJson(object: ApiAnswer['object']): Buffer {
  if (isList(object)) return encodeList(object);
  // Only what is frozen is shared: its bytes are kept.
  return Object.isFrozen(object) ? jsonOf(object) : Buffer.from(JSON.stringify(object));
}

function encodeList({ kind, apiVersion, metadata, items }: KubeList): Buffer {
  const first = items[0];
  const head = `{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)},"metadata":${JSON.stringify(metadata)},"items":[`;
  if (first === undefined) return Buffer.from(`${head}]}`);
  // Items of a list leave out their type, which the list's own tells; metadata alone keeps it.
  const isTold = kind === `${first.kind}List` && kind !== 'PartialObjectMetadataList';
  const skip = isTold ? typePrefixLength(first.kind, first.apiVersion) : 1;
  return joinItems(Buffer.from(head), items.map(jsonOf), skip);
}

function joinItems(head: Buffer, parts: readonly Buffer[], skip: number): Buffer {
  let size = head.length + ITEMS_END.length - 1;
  for (const part of parts) size += part.length - skip + 2;
  const joined = Buffer.allocUnsafe(size);
  let at = head.copy(joined);
  for (let i = 0; i < parts.length; i++) {
    if (i > 0) joined[at++] = COMMA;
    joined[at++] = BRACE;
    at += parts[i]!.copy(joined, at, skip);
  }
  ITEMS_END.copy(joined, at);
  return joined;
}

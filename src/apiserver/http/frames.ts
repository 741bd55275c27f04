import type { ResourceDefinition } from '../../api/definition.ts';
import type { Clock } from '../../base/clock.ts';
import type { WatchEvent } from '../../machinery/api-request.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { encodeProtobuf, encodeWatchFrame } from '../../machinery/protobuf.ts';
import type { StatusError } from '../../machinery/status.ts';
import { jsonOf } from '../encoding/json.ts';
import { partialMetadata } from '../tables/partial-metadata.ts';
import { includeObjectOf, tableOf } from '../tables/table.ts';
import { shapeFor } from './answer-body.ts';
import { type Accepted, JSON_TYPE, notAcceptable, PROTOBUF_TYPE } from './negotiation.ts';

/** Makes the frames of a stream. */
export interface FrameEncoder {
  readonly contentType: string;
  frame(event: WatchEvent): Buffer;
  errorFrame(error: StatusError): Buffer;
}

export interface FrameContext {
  readonly accepted: Accepted;
  readonly definition: ResourceDefinition | undefined;
  readonly includeObject: string | undefined;
  readonly clock: Clock;
}

/** The frames that a client asked for. Throws NotAcceptable for what doesn't come in frames. */
export function framesFor({
  accepted,
  definition,
  includeObject,
  clock,
}: FrameContext): FrameEncoder {
  const { encoding, transform, metaVersion: version } = accepted;
  if (encoding === 'yaml') throw notAcceptable();
  const frames = encoding === 'protobuf' ? protobufFrames : jsonFrames;
  if (transform === undefined) return frames;
  if (transform !== 'Table') {
    return transforming(frames, (object) => partialMetadata(object, version));
  }
  const include = includeObjectOf(includeObject);
  let withColumns = true;
  return transforming(frames, (object) => {
    const options = { version, includeObject: include, now: clock.now(), withColumns };
    withColumns = false;
    return Object.freeze(tableOf(definition!, object, options)) as unknown as KubeObject;
  });
}

const transforming = (
  frames: FrameEncoder,
  transform: (object: KubeObject) => KubeObject,
): FrameEncoder => ({
  ...frames,
  frame: ({ type, object }) => frames.frame({ type, object: transform(object) }),
});

const NEWLINE_END = Buffer.from('}\n');
const HEADS = Object.fromEntries(
  ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'].map((type) => [
    type,
    Buffer.from(`{"type":"${type}","object":`),
  ]),
) as Record<WatchEvent['type'] | 'ERROR', Buffer>;

/** Makes the bytes of a frame once for all watchers of an event. */
function shared(encode: (event: WatchEvent) => Buffer): (event: WatchEvent) => Buffer {
  // An object is the subject of events of two types at most, nearly always of one.
  const frames = new WeakMap<object, { readonly type: string; readonly bytes: Buffer }>();
  return (event) => {
    const known = frames.get(event.object);
    if (known?.type === event.type) return known.bytes;
    const bytes = encode(event);
    frames.set(event.object, { type: event.type, bytes });
    return bytes;
  };
}

/** Frames in JSON, one a line. */
const jsonFrames: FrameEncoder = {
  contentType: JSON_TYPE,
  frame: shared(({ type, object }) => Buffer.concat([HEADS[type], jsonOf(object), NEWLINE_END])),
  errorFrame(error) {
    const status = Buffer.from(JSON.stringify(error.toStatus()));
    return Buffer.concat([HEADS.ERROR, status, NEWLINE_END]);
  },
};

const protobufFrame = (type: string, object: { kind: string; apiVersion: string }): Buffer =>
  Buffer.from(encodeWatchFrame(type, encodeProtobuf(shapeFor(object), object)));

/** Frames in protobuf, each after its length. */
const protobufFrames: FrameEncoder = {
  contentType: `${PROTOBUF_TYPE};stream=watch`,
  frame: shared(({ type, object }) => protobufFrame(type, object)),
  errorFrame: (error) => protobufFrame('ERROR', error.toStatus()),
};

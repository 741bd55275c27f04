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
import { Frame } from './frame.ts';
import { type Accepted, JSON_TYPE, notAcceptable, PROTOBUF_TYPE } from './negotiation.ts';

/** Makes the frames of a stream. */
export interface FrameEncoder {
  readonly contentType: string;
  frame(event: WatchEvent): Frame;
  errorFrame(error: StatusError): Frame;
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

/**
 * Makes the frame of an event once for all who watch. They are told one after the other, so the last
 * frame is all that has to be remembered; who is late has a frame made anew, of ready bytes.
 */
function shared(encode: (event: WatchEvent) => Buffer): (event: WatchEvent) => Frame {
  let last: { readonly type: string; readonly object: object; readonly frame: Frame } | undefined;
  return ({ type, object }) => {
    if (last?.object === object && last.type === type) return last.frame;
    const frame = new Frame(encode({ type, object }));
    last = { type, object, frame };
    return frame;
  };
}

/** Frames in JSON, one a line. */
const jsonFrames: FrameEncoder = {
  contentType: JSON_TYPE,
  frame: shared(({ type, object }) => Buffer.concat([HEADS[type], jsonOf(object), NEWLINE_END])),
  errorFrame(error) {
    const status = Buffer.from(JSON.stringify(error.toStatus()));
    return new Frame(Buffer.concat([HEADS.ERROR, status, NEWLINE_END]));
  },
};

const protobufFrame = (type: string, object: { kind: string; apiVersion: string }): Buffer =>
  Buffer.from(encodeWatchFrame(type, encodeProtobuf(shapeFor(object), object)));

/** Frames in protobuf, each after its length. */
const protobufFrames: FrameEncoder = {
  contentType: `${PROTOBUF_TYPE};stream=watch`,
  frame: shared(({ type, object }) => protobufFrame(type, object)),
  errorFrame: (error) => new Frame(protobufFrame('ERROR', error.toStatus())),
};

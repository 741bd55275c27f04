import type { ResourceDefinition } from '../../api/definition.ts';
import type { Clock } from '../../base/clock.ts';
import type { WatchEvent } from '../../machinery/api-request.ts';
import type { TypeMeta } from '../../machinery/json-codec.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { encodeProtobuf, encodeWatchFrame } from '../../machinery/protobuf.ts';
import { apiVersionOf } from '../../machinery/resource.ts';
import type { StatusError } from '../../machinery/status.ts';
import { jsonOf } from '../encoding/json.ts';
import { partialMetadata } from '../tables/partial-metadata.ts';
import { includeObjectOf, tableOf } from '../tables/table.ts';
import { INITIAL_EVENTS_END } from '../watch/watch.ts';
import { shapeFor } from './answer-body.ts';
import { Frame } from './frame.ts';
import {
  type Accepted,
  JSON_TYPE,
  notAcceptable,
  PROTOBUF_TYPE,
  STREAM_TYPES,
} from './negotiation.ts';

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
  if (encoding === 'yaml') throw notAcceptable(STREAM_TYPES);
  const isProtobuf = encoding === 'protobuf';
  const frames = isProtobuf ? protobufFrames : jsonFrames;
  if (transform === undefined) {
    return endingWith(frames, () => blueprint(isProtobuf, listOf(definition!)));
  }
  if (transform !== 'Table') {
    const partial = transforming(frames, (object) => partialMetadata(object, version));
    const list = { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${version}` };
    return endingWith(partial, () => blueprint(isProtobuf, { ...list, metadata: {}, items: null }));
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

/** Where clients find the list that the initial events were sent in place of, without its items. */
const BLUEPRINT = 'kubernetes.io/initial-events-list-blueprint';

/** Says with the end of the initial events what list they make. */
const endingWith = (frames: FrameEncoder, makeBlueprint: () => string): FrameEncoder => ({
  ...frames,
  frame(event) {
    const { type, object } = event;
    if (type !== 'BOOKMARK') return frames.frame(event);
    const { annotations } = object.metadata;
    if (annotations?.[INITIAL_EVENTS_END] === undefined) return frames.frame(event);
    const told = { ...annotations, [BLUEPRINT]: makeBlueprint() };
    const metadata = { ...object.metadata, annotations: told };
    return frames.frame({ type, object: Object.freeze({ ...object, metadata }) });
  },
});

interface EmptyList {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata?: object;
  readonly items: readonly object[] | null;
}

/** The empty list of a kind, as Kubernetes has it: of custom resources there is less to it. */
function listOf(definition: ResourceDefinition): EmptyList {
  const kind = definition.listKind ?? `${definition.kind}List`;
  const apiVersion = apiVersionOf(definition);
  if (definition.custom) return { apiVersion, items: [], kind };
  return { kind, apiVersion, metadata: {}, items: null };
}

function blueprint(isProtobuf: boolean, list: EmptyList): string {
  const bytes = isProtobuf
    ? encodeProtobuf(shapeFor(list), { ...list, items: [] } as TypeMeta)
    : `${JSON.stringify(list)}\n`;
  return Buffer.from(bytes).toString('base64');
}

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

import type { WatchEvent } from '../../machinery/api-request.ts';
import type { StatusError } from '../../machinery/status.ts';
import { jsonOf } from '../encoding/json.ts';
import type { FrameEncoder } from './watch-response.ts';

const NEWLINE_END = Buffer.from('}\n');
const HEADS = Object.fromEntries(
  ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'].map((type) => [
    type,
    Buffer.from(`{"type":"${type}","object":`),
  ]),
) as Record<WatchEvent['type'] | 'ERROR', Buffer>;

// An object is the subject of events of two types at most, nearly always of one.
const frames = new WeakMap<object, { readonly type: string; readonly bytes: Buffer }>();

/** Frames in JSON, one a line. All watchers of an event share the bytes of its frame. */
export const jsonFrames: FrameEncoder = {
  contentType: 'application/json',
  frame({ type, object }) {
    const known = frames.get(object);
    if (known?.type === type) return known.bytes;
    const bytes = Buffer.concat([HEADS[type], jsonOf(object), NEWLINE_END]);
    frames.set(object, { type, bytes });
    return bytes;
  },
  errorFrame: (error) => jsonErrorFrame(error),
};

const jsonErrorFrame = (error: StatusError): Buffer =>
  Buffer.concat([HEADS.ERROR, Buffer.from(JSON.stringify(error.toStatus())), NEWLINE_END]);

import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { ListBody } from './list-body.ts';

/** How much of a list is copied out, encrypted and handed to the kernel at a time. */
export const SLAB_BYTES = 128 * 1024;
/** A client that takes nothing of its answer for so long is given up. */
const STALLED_MS = 60_000;

/**
 * Sends a list, whose headers were sent, through one slab that is filled anew whenever the client
 * has taken what was in it: of whoever reads slowly no more than that waits here.
 */
export function sendList(list: ListBody, response: ServerResponse): void {
  giveUpWhenStalled(response);
  pour(list, response);
}

/** The same, compressed. */
export function sendListGzipped(list: ListBody, response: ServerResponse, level: number): void {
  giveUpWhenStalled(response);
  const gzip = createGzip({ level, chunkSize: SLAB_BYTES / 2 });
  gzip.on('error', () => response.destroy());
  response.on('close', () => gzip.destroy());
  gzip.pipe(response);
  pour(list, gzip);
}

function pour(list: ListBody, sink: Writable): void {
  // Of its own, as every other is in use until the kernel, or the compression, has read it.
  const slab = Buffer.allocUnsafeSlow(Math.min(SLAB_BYTES, list.length));
  let left = list.length;
  const next = (): void => {
    if (sink.destroyed) return;
    const size = list.fill(slab);
    left -= size;
    const piece = slab.subarray(0, size);
    if (left === 0) sink.end(piece);
    else sink.write(piece, (error) => error || next());
  };
  next();
}

function giveUpWhenStalled(response: ServerResponse): void {
  response.setTimeout(STALLED_MS, () => response.destroy());
}

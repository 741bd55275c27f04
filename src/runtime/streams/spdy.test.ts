import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { SpdyConnection } from './spdy.ts';

// Goal: whatever a runtime says, the connection with it ends at worst, never the agent.

const control = (type: number, body: Buffer) => {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(0x8003, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt32BE(body.length, 4);
  return Buffer.concat([head, body]);
};

const data = (id: number, text: string, flags = 0) => {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(id, 0);
  head.writeUInt32BE(text.length, 4);
  head[4] = flags;
  return Buffer.concat([head, Buffer.from(text)]);
};

/** What a connection with one stream, number 1, tells after such bytes. */
function toldAfter(...frames: Buffer[]): { told: string[]; isOpen: boolean } {
  const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  socket.on('error', () => {});
  const connection = new SpdyConnection(socket);
  const told: string[] = [];
  const sink = { data: (chunk: Buffer) => told.push(`${chunk}`), end: () => told.push('end') };
  connection.open({ streamType: 'stdout' }, sink);
  connection.start(Buffer.concat(frames));
  return { told, isOpen: !socket.destroyed };
}

for (const { name, frames, told, isOpen = true } of [
  { name: 'data and its end', frames: [data(1, 'a'), data(1, 'b', 1)], told: ['a', 'b', 'end'] },
  { name: 'a stream that is no more', frames: [data(1, '', 1), data(1, 'late')], told: ['end'] },
  { name: 'a stream that never was', frames: [data(9, 'x')], told: [] },
  { name: 'a reset', frames: [control(3, Buffer.of(0, 0, 0, 1, 0, 0, 0, 1))], told: ['end'] },
  { name: 'a reset of nothing', frames: [control(3, Buffer.alloc(0))], told: [], isOpen: false },
  { name: 'a frame of no known type', frames: [control(99, Buffer.of(1))], told: [] },
  { name: 'half a frame', frames: [data(1, 'abc').subarray(0, 9)], told: [] },
]) {
  test(`after ${name}: ${told.join(', ') || 'nothing'}`, () => {
    assert.deepEqual(toldAfter(...frames), { told, isOpen });
  });
}

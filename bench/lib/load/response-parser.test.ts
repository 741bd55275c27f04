import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ResponseParser } from './response-parser.ts';

// Goal: however the network cuts the bytes, the same responses come out.

const HTTP = 'HTTP/1.1 ';
const ROWS = [
  {
    name: 'sized bodies, one after the other',
    bytes: `${HTTP}200 OK\r\nContent-Length: 5\r\n\r\nfirst${HTTP}201 Created\r\ncontent-length:6\r\n\r\nsecond`,
    want: [
      [200, 'first'],
      [201, 'second'],
    ],
  },
  {
    name: 'chunks, with an extension and a trailer',
    bytes: `${HTTP}200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nab\r\n\r\nA;x=y\r\n0123456789\r\n0\r\nX: y\r\n\r\n`,
    want: [[200, 'ab\r\n0123456789']],
  },
  {
    name: 'empty bodies',
    bytes: `${HTTP}404 Not Found\r\nContent-Length: 0\r\n\r\n${HTTP}204 No Content\r\n\r\n`,
    want: [
      [404, ''],
      [204, ''],
    ],
  },
];

function parse(pieces: readonly Buffer[]): [number, string][] {
  const responses: [number, string][] = [];
  let body = '';
  const parser = new ResponseParser({
    head() {
      body = '';
    },
    body(bytes) {
      body += bytes.toString('latin1');
    },
    end(status) {
      responses.push([status, body]);
    },
  });
  for (const piece of pieces) parser.feed(piece);
  return responses;
}

function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [0, ...places.map((at) => at % bytes.length).toSorted((a, b) => a - b)];
  return sorted.map((from, i) => bytes.subarray(from, sorted[i + 1]));
}

for (const { name, bytes, want } of ROWS) {
  test(name, () => {
    const whole = Buffer.from(bytes, 'latin1');
    fc.assert(
      fc.property(fc.array(fc.nat()), (places) => {
        assert.deepEqual(parse(cutAt(whole, places)), want);
      }),
      { seed: 1, numRuns: 200 },
    );
  });
}

test('what is no HTTP is refused', () => {
  assert.throws(() => parse([Buffer.from('SSH-2.0\r\n\r\n')]), /no HTTP response/);
});

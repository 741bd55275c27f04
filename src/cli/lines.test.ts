import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesOf } from './lines.ts';

async function lines(chunks: readonly (string | Uint8Array)[]): Promise<string[]> {
  const source = async function* () {
    yield* chunks;
  };
  return Array.fromAsync(linesOf(source()));
}

const euro = Buffer.from('€\n');

for (const { name, chunks, want } of [
  { name: 'nothing', chunks: [], want: [] },
  { name: 'lines cut anywhere', chunks: ['a', 'b\nc', '\n', 'd\n'], want: ['ab', 'c', 'd'] },
  { name: 'several at once, and empty ones', chunks: ['a\n\nb\n'], want: ['a', '', 'b'] },
  { name: 'a last one without an end', chunks: ['a\nb'], want: ['a', 'b'] },
  { name: 'a letter cut in two', chunks: [euro.subarray(0, 1), euro.subarray(1)], want: ['€'] },
]) {
  test(name, async () => assert.deepEqual(await lines(chunks), want));
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { once, readAll } from './storage.ts';
import { readTar, type TarHeader, writeTar } from './tar.ts';

const header = (name: string, size: number): TarHeader => ({
  name,
  type: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  size,
  mtimeMs: 0,
});

test('content is found at its offset, also behind the extra header of a long name', async () => {
  const names = ['short', 'long/'.repeat(60), 'ü'.repeat(120), 'end'];
  const entries = names.map((name) => {
    const bytes = Buffer.from(`content of ${name}`);
    return { header: header(name, bytes.length), content: once(bytes) };
  });
  const tar = Buffer.from(await readAll(writeTar(entries)));
  const found: string[] = [];
  for await (const { header, offset } of readTar(once(tar))) {
    found.push(tar.toString('utf8', offset, offset + header.size));
  }
  assert.deepEqual(
    found,
    names.map((name) => `content of ${name}`),
  );
});

test('who stops reading lets go of what is being packed', async () => {
  const released = Promise.withResolvers<void>();
  const chunk = new Uint8Array(65_536);
  async function* content() {
    try {
      for (let i = 0; i < 1000; i++) yield chunk;
    } finally {
      released.resolve();
    }
  }
  const tar = writeTar([{ header: header('big', 1000 * chunk.length), content: content() }]);
  for await (const _ of tar) break;
  await released.promise;
});

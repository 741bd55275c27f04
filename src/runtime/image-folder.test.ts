import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Clock, systemClock } from '../base/clock.ts';
import { systemRandom } from '../base/random.ts';
import { type ImageIndex, openImageFolder } from './image-folder.ts';

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-image-folder-'));
  const keepAlive = setInterval(() => {}, 60_000); // The system clock's timers don't.
  t.after(() => {
    clearInterval(keepAlive);
    rmSync(folder, { recursive: true });
  });
  return folder;
}

const open = (folder: string, clock: Clock = systemClock) =>
  openImageFolder<ImageIndex>(clock, systemRandom, folder);

async function* bytes(...texts: string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function read(content: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const HELLO = 'sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';

test('a blob is found under the digest of its bytes, whole or in part', async (t) => {
  const images = await open(folderFor(t));
  assert.equal(await images.hasBlob(HELLO), false);
  assert.deepEqual(await images.putBlob(bytes('he', 'llo')), { digest: HELLO, size: 5 });
  assert.equal(await images.hasBlob(HELLO), true);
  assert.equal(await read(images.openBlob(HELLO)), 'hello');
  assert.equal(await read(images.openBlob(HELLO, { offset: 1, size: 3 })), 'ell');
  assert.equal(await read(images.openBlob(HELLO, { offset: 5, size: 0 })), '');
});

test('a blob whose source fails leaves nothing behind', async (t) => {
  const folder = folderFor(t);
  const images = await open(folder);
  async function* broken(): AsyncIterable<Uint8Array> {
    yield Buffer.from('half');
    throw new Error('cut off');
  }
  await assert.rejects(images.putBlob(broken()), /cut off/);
  assert.deepEqual(readdirSync(join(folder, 'blobs/sha256')), []);
  assert.deepEqual(readdirSync(join(folder, 'incoming')), []);
});

test('changes of the index that come at once all happen', async (t) => {
  const folder = folderFor(t);
  const images = await open(folder);
  const entry = (n: number) => ({ mediaType: 'x', digest: `sha256:${n}`, size: n });
  const add = (n: number) =>
    images.updateIndex((index) => ({ ...index, manifests: [...index.manifests, entry(n)] }));
  await Promise.all(Array.from({ length: 20 }, (_, n) => add(n)));
  assert.equal((await (await open(folder)).readIndex()).manifests.length, 20);
});

test('the lock of a process that has died is broken', async (t) => {
  const folder = folderFor(t);
  const images = await open(folder);
  const lock = join(folder, 'index.lock');
  mkdirSync(lock);
  utimesSync(lock, 1, 1);
  await images.updateIndex((index) => index);
  assert.equal(readdirSync(folder).includes('index.lock'), false);
});

test('unused blobs go, but not those that somebody may be about to use', async (t) => {
  let aheadMs = 0;
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
  const images = await open(folderFor(t), clock);
  const { digest: kept } = await images.putBlob(bytes('kept'));
  await images.putBlob(bytes('hello'));
  await images.removeBlobsExcept(new Set([kept]));
  assert.equal(await images.hasBlob(HELLO), true);
  aheadMs = 3_600_000;
  await images.removeBlobsExcept(new Set([kept]));
  assert.equal(await images.hasBlob(HELLO), false);
  assert.equal(await images.hasBlob(kept), true);
});

test('what is not a digest never becomes a path', async (t) => {
  const images = await open(folderFor(t));
  await assert.rejects(async () => images.hasBlob('sha256:../../../etc/passwd'), /not a digest/);
});

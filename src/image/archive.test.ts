import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { loadArchive, writeArchive } from './archive.ts';
import { putLayer } from './layer.ts';
import { createImageLibrary, type ImageLibrary } from './library.ts';
import { digestOf, encodeJson } from './oci.ts';
import { addPauseImage, PAUSE_IMAGE } from './pause.ts';
import { readRootfs } from './rootfs.ts';
import { createMemoryStorage, once, putBytes, readAll } from './storage.ts';
import { type TarEntry, writeTar } from './tar.ts';

const AMD64 = { os: 'linux', architecture: 'amd64' } as const;
const newLibrary = () => createImageLibrary(createMemoryStorage());

const file = (name: string, bytes: Uint8Array): TarEntry => ({
  header: { name, type: 'file', mode: 0o644, uid: 0, gid: 0, size: bytes.length, mtimeMs: 0 },
  content: once(bytes),
});

const link = (name: string, linkname: string): TarEntry => ({
  header: { name, type: 'symlink', mode: 0o777, uid: 0, gid: 0, size: 0, mtimeMs: 0, linkname },
});

/** An archive as `docker save` wrote it before it wrote OCI layouts. */
async function dockerArchive(tags: readonly string[] | null): Promise<Uint8Array> {
  const layer = await readAll(writeTar([file('etc/name', Buffer.from('docker'))]));
  const config = encodeJson({ ...AMD64, rootfs: { type: 'layers', diff_ids: [digestOf(layer)] } });
  const manifest = [{ Config: 'abc.json', RepoTags: tags, Layers: ['1/layer.tar', '2/layer.tar'] }];
  const entries = [
    file('1/layer.tar', layer),
    link('2/layer.tar', '../1/layer.tar'),
    file('abc.json', config),
    file('manifest.json', encodeJson(manifest)),
  ];
  return readAll(writeTar(entries));
}

async function archiveOf(library: ImageLibrary, name: string): Promise<Uint8Array> {
  return readAll(writeArchive(library, [name]));
}

test('what is written is read again, gzipped too', async () => {
  const from = newLibrary();
  const pause = await addPauseImage(from, 'amd64');
  const archive = await archiveOf(from, PAUSE_IMAGE);
  for (const bytes of [archive, gzipSync(archive)]) {
    const to = newLibrary();
    assert.deepEqual(await loadArchive(to, once(bytes)), [PAUSE_IMAGE]);
    assert.deepEqual(await to.find(PAUSE_IMAGE, AMD64), pause);
    assert.deepEqual(await archiveOf(to, PAUSE_IMAGE), archive);
  }
});

test('an archive may be given another name', async () => {
  const from = newLibrary();
  await addPauseImage(from, 'amd64');
  const to = newLibrary();
  const names = await loadArchive(to, writeArchive(from, [PAUSE_IMAGE]), { name: 'other:1' });
  assert.deepEqual(names, ['docker.io/library/other:1']);
});

test("Docker's older archives are read, with layers that are links", async () => {
  const library = newLibrary();
  assert.deepEqual(await loadArchive(library, once(await dockerArchive(['me/app:2']))), [
    'docker.io/me/app:2',
  ]);
  const image = (await library.find('me/app:2', AMD64))!;
  const { open } = (await readRootfs(library.storage, image)).get('etc/name')!;
  assert.equal(Buffer.from(await readAll(open!())).toString(), 'docker');
});

test('layers that are gzipped, or take files away, add up', async () => {
  const library = newLibrary();
  const lower = await readAll(
    writeTar([
      file('a/x', Buffer.from('1')),
      file('a/y', Buffer.from('2')),
      file('b/z', Buffer.from('3')),
    ]),
  );
  const upper = await putLayer(library.storage, [
    file('a/.wh.x', Buffer.alloc(0)),
    file('b/.wh..wh..opq', Buffer.alloc(0)),
    file('b/new', Buffer.from('4')),
  ]);
  const packed = await putBytes(library.storage, gzipSync(lower));
  const image = await library.add('docker.io/library/layers:1', {
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', ...packed }, upper],
    config: { ...AMD64, rootfs: { type: 'layers', diff_ids: [digestOf(lower), upper.digest] } },
  });
  const paths = (await readRootfs(library.storage, image)).list().map(([path]) => path);
  assert.deepEqual(paths, ['a/y', 'b/new']);
});

test('of an index the platform that fits is taken', async () => {
  const library = newLibrary();
  const arm = await addPauseImage(library, 'arm64');
  const amd = await addPauseImage(library, 'amd64');
  const manifests = [arm, amd].map(({ digest, config }) => ({
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest,
    size: 1,
    platform: { os: config.os, architecture: config.architecture },
  }));
  const index = await putBytes(library.storage, encodeJson({ schemaVersion: 2, manifests }));
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  await library.tag('a.test/both:1', { mediaType, ...index });
  for (const architecture of ['amd64', 'arm64']) {
    const image = await library.find('a.test/both:1', { os: 'linux', architecture });
    assert.equal(image?.config.architecture, architecture);
  }
  assert.equal(
    await library.find('a.test/both:1', { os: 'linux', architecture: 's390x' }),
    undefined,
  );
});

test('forgetting a name frees what no other name holds', async () => {
  const library = newLibrary();
  const pause = await addPauseImage(library, 'amd64');
  await library.tag('a.test/again:1', (await library.descriptorOf(PAUSE_IMAGE))!);
  assert.equal(await library.remove(PAUSE_IMAGE), true);
  assert.equal(await library.storage.hasBlob(pause.digest), true);
  assert.equal(await library.remove('a.test/again:1'), true);
  assert.equal(await library.storage.hasBlob(pause.digest), false);
  assert.equal(await library.remove('a.test/again:1'), false);
});

// Goal: an archive that is not one, or not whole, is refused in words, and names nothing.
for (const row of [
  { name: 'no tar', bytes: async () => Buffer.alloc(2048, 65), says: /not an image archive/ },
  {
    name: 'a tar of something else',
    bytes: async () => readAll(writeTar([file('x', Buffer.from('y'))])),
    says: /no index.json and no manifest.json/,
  },
  {
    name: 'one cut short',
    bytes: async () => (await dockerArchive(['a:1'])).subarray(0, 1200),
    says: /not an image archive/,
  },
  { name: 'one without names', bytes: () => dockerArchive(null), says: /names no image/ },
  {
    name: 'a blob that is not what its name says',
    bytes: () => readAll(writeTar([file(`blobs/sha256/${'0'.repeat(64)}`, Buffer.from('x'))])),
    says: /does not match its digest/,
  },
  {
    name: 'an index without its manifest',
    bytes: () => {
      const descriptor = { mediaType: 'x', digest: `sha256:${'0'.repeat(64)}`, size: 1 };
      return readAll(writeTar([file('index.json', encodeJson({ manifests: [descriptor] }))]));
    },
    says: /is incomplete: sha256:0+ is missing/,
  },
  {
    name: 'an index that lists nothing',
    bytes: async () => readAll(writeTar([file('index.json', encodeJson({}))])),
    says: /is damaged: index.json does not list/,
  },
  {
    name: 'a manifest that is no list',
    bytes: async () => readAll(writeTar([file('manifest.json', encodeJson({}))])),
    says: /is damaged: manifest.json does not list/,
  },
]) {
  test(`refuses ${row.name}`, async () => {
    const library = newLibrary();
    await assert.rejects(loadArchive(library, once(await row.bytes())), row.says);
    assert.deepEqual(await library.list(AMD64), []);
  });
}

import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import {
  blobsOf,
  calledBy,
  fullName,
  ImageError,
  type ImageLibrary,
  nameOf,
  putImage,
} from './library.ts';
import {
  type Descriptor,
  type Digest,
  encodeJson,
  type ImageConfig,
  type Index,
  MEDIA_TYPES,
} from './oci.ts';
import { type Bytes, once, readAll } from './storage.ts';
import { readTar, type TarEntry, writeTar } from './tar.ts';

const JSON_MAX = 8 * 1024 * 1024;

/**
 * The images of these names as one OCI image layout in a tar: what container runtimes import. With
 * `alias`, which then all of them are called.
 */
export async function* writeArchive(
  library: ImageLibrary,
  names: readonly string[],
  alias?: string,
): Bytes {
  const manifests: Descriptor[] = [];
  for (const name of names) {
    const descriptor = await library.descriptorOf(name);
    if (!descriptor) throw new ImageError(`there is no image "${name}"`);
    manifests.push(alias === undefined ? descriptor : calledBy(alias, descriptor));
  }
  yield* writeTar(archiveEntries(library, manifests));
}

async function* archiveEntries(
  { storage }: ImageLibrary,
  manifests: readonly Descriptor[],
): AsyncGenerator<TarEntry> {
  yield fileEntry('oci-layout', encodeJson({ imageLayoutVersion: '1.0.0' }));
  yield fileEntry('index.json', encodeJson({ schemaVersion: 2, manifests } satisfies Index));
  const written = new Set<Digest>();
  for (const manifest of manifests) {
    for await (const { digest, size } of blobsOf(storage, manifest)) {
      if (written.has(digest)) continue;
      written.add(digest);
      const name = `blobs/${digest.replace(':', '/')}`;
      yield { header: fileHeader(name, size), content: storage.openBlob(digest) };
    }
  }
}

const fileHeader = (name: string, size: number): TarEntry['header'] => ({
  name,
  type: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  size,
  mtimeMs: 0,
});

const fileEntry = (name: string, bytes: Uint8Array): TarEntry => ({
  header: fileHeader(name, bytes.length),
  content: once(bytes),
});

/** What an archive held: blobs that went into the storage, and small files that stay readable. */
interface Unpacked {
  readonly blobs: Map<string, { digest: Digest; size: number }>;
  readonly links: Map<string, string>;
}

/**
 * Takes in an archive, plain or gzipped, as `docker save`, `podman save`, `skopeo` and Tutti write
 * them (an OCI image layout, or Docker's older format), and answers the names of its images. An
 * archive without names needs `name`.
 */
export async function loadArchive(
  library: ImageLibrary,
  archive: Bytes,
  { name }: { readonly name?: string } = {},
): Promise<string[]> {
  const unpacked = await unpack(library, archive);
  const index = await readJson<Index>(library, unpacked, 'index.json');
  const named = index
    ? await fromLayout(library, index, name)
    : await fromDocker(library, unpacked, name);
  for (const [reference, descriptor] of named) await library.tag(reference, descriptor);
  return named.map(([reference]) => reference);
}

async function unpack({ storage }: ImageLibrary, archive: Bytes): Promise<Unpacked> {
  const unpacked: Unpacked = { blobs: new Map(), links: new Map() };
  try {
    for await (const { header, content } of readTar(await gunzipped(archive))) {
      const path = header.name.replace(/^(\.?\/)+/, '');
      if (header.type === 'file') unpacked.blobs.set(path, await storage.putBlob(content));
      else if (header.linkname !== undefined) unpacked.links.set(path, header.linkname);
    }
  } catch (error) {
    throw new ImageError(`not an image archive: ${(error as Error).message}`, { cause: error });
  }
  for (const [path, { digest }] of unpacked.blobs) {
    const expected = path.match(/^blobs\/sha256\/(.*)$/)?.[1];
    if (expected !== undefined && digest !== `sha256:${expected}`) {
      throw new ImageError(`the archive is damaged: ${path} does not match its digest`);
    }
  }
  return unpacked;
}

/** A stream as it is, or unpacked when it begins as gzip does. */
export async function gunzipped(content: Bytes): Promise<Bytes> {
  const iterator = content[Symbol.asyncIterator]();
  const first = await iterator.next();
  const whole = (async function* () {
    if (!first.done) yield first.value;
    yield* { [Symbol.asyncIterator]: () => iterator };
  })();
  const isGzip = !first.done && first.value[0] === 0x1f && first.value[1] === 0x8b;
  return isGzip ? Readable.from(whole).compose(createGunzip()) : whole;
}

async function fromLayout(
  { storage }: ImageLibrary,
  { manifests }: Index,
  name: string | undefined,
): Promise<[string, Descriptor][]> {
  const named: [string, Descriptor][] = [];
  for (const descriptor of asList(manifests, 'index.json')) {
    if (!(await storage.hasBlob(descriptor.digest))) {
      throw new ImageError(`the archive is incomplete: ${descriptor.digest} is missing`);
    }
    const reference = name === undefined ? nameOf(descriptor) : fullName(name);
    if (reference !== undefined) named.push([reference, descriptor]);
  }
  if (named.length === 0) throw new ImageError('the archive names no image: say a name for it');
  return named;
}

/** One entry of Docker's `manifest.json`. */
interface DockerImage {
  readonly Config: string;
  readonly RepoTags: readonly string[] | null;
  readonly Layers: readonly string[];
}

async function fromDocker(
  library: ImageLibrary,
  unpacked: Unpacked,
  name: string | undefined,
): Promise<[string, Descriptor][]> {
  const images = await readJson<DockerImage[]>(library, unpacked, 'manifest.json');
  if (!images) throw new ImageError('not an image archive: no index.json and no manifest.json');
  const named: [string, Descriptor][] = [];
  for (const { Config, RepoTags, Layers } of asList(images, 'manifest.json')) {
    const config = await readJson<ImageConfig>(library, unpacked, Config);
    if (!config) throw new ImageError(`the archive is incomplete: ${Config} is missing`);
    const layers = asList(Layers, 'manifest.json').map((path) => layerOf(unpacked, path));
    const { descriptor } = await putImage(library.storage, { config, layers });
    for (const tag of name === undefined ? (RepoTags ?? []) : [name]) {
      named.push([fullName(tag), descriptor]);
    }
  }
  if (named.length === 0) throw new ImageError('the archive names no image: say a name for it');
  return named;
}

/** A list that a document of an archive has, or should. */
function asList<T>(list: readonly T[] | undefined, document: string): readonly T[] {
  if (Array.isArray(list)) return list;
  throw new ImageError(`the archive is damaged: ${document} does not list what it should`);
}

function layerOf({ blobs, links }: Unpacked, path: string): Descriptor {
  const target = links.get(path); // Layers shared by images of one archive: `../<id>/layer.tar`.
  const blob = blobs.get(target === undefined ? path : target.replace(/^(\.\.\/)+/, ''));
  if (!blob) throw new ImageError(`the archive is incomplete: ${path} is missing`);
  return { mediaType: MEDIA_TYPES.layer, ...blob };
}

async function readJson<T>(
  { storage }: ImageLibrary,
  { blobs }: Unpacked,
  path: string,
): Promise<T | undefined> {
  const blob = blobs.get(path);
  if (!blob) return undefined;
  if (blob.size > JSON_MAX) throw new ImageError(`the archive is damaged: ${path} is too large`);
  const bytes = await readAll(storage.openBlob(blob.digest));
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as T;
  } catch {
    throw new ImageError(`the archive is damaged: ${path} is not JSON`);
  }
}

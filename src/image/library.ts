import {
  type Descriptor,
  type Digest,
  encodeJson,
  type ImageConfig,
  type Index,
  type Manifest,
  MEDIA_TYPES,
  type Platform,
} from './oci.ts';
import { formatReference, parseReference } from './reference.ts';
import { type ImageStorage, putBytes, readAll } from './storage.ts';

// containerd names an imported image by the first, everybody else by the second.
const CONTAINERD_NAME = 'io.containerd.image.name';
const OCI_NAME = 'org.opencontainers.image.ref.name';

/** An image that is kept under a name. */
export interface StoredImage {
  /** In full: `docker.io/library/hello:latest`. */
  readonly reference: string;
  /** The digest of the manifest: what pins the image. */
  readonly digest: Digest;
  /** Bytes of the layers and the config, as kept. */
  readonly size: number;
  readonly manifest: Manifest;
  readonly config: ImageConfig;
}

/** A finished image, before it has a name. Its layers are in the storage already. */
export interface NewImage {
  readonly config: ImageConfig;
  readonly layers: readonly Descriptor[];
}

/** The images on this machine that Tutti made or was given, by name. */
export interface ImageLibrary {
  /** Keeps an image under a full name, which then no longer names what it named before. */
  add(reference: string, image: NewImage): Promise<StoredImage>;
  /** Names a manifest (or an index of them) whose blobs are all in the storage. */
  tag(reference: string, descriptor: Descriptor): Promise<void>;
  /** The image of that name (short or full) for a platform; undefined when there is none. */
  find(name: string, platform: Platform): Promise<StoredImage | undefined>;
  /** All images for a platform, by name. */
  list(platform: Platform): Promise<StoredImage[]>;
  /** What a name points at, for writing archives. */
  descriptorOf(name: string): Promise<Descriptor | undefined>;
  /** Forgets a name, and whatever no other name holds. False when there was none. */
  remove(name: string): Promise<boolean>;
  readonly storage: ImageStorage;
}

/** An error that a person can do something about: a bad name, a damaged archive. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
}

/** The full form of an image name. Throws ImageError when it isn't one. */
export function fullName(name: string): string {
  const reference = parseReference(name);
  if (!reference) {
    throw new ImageError(
      `"${name}" is not an image name: it takes lower-case letters, digits and . _ - /, then :TAG`,
    );
  }
  return formatReference(reference);
}

/** A library over a storage. */
export function createImageLibrary(storage: ImageStorage): ImageLibrary {
  const descriptorOf = async (name: string) =>
    named(await storage.readIndex(), fullName(name)).at(0);

  async function tag(reference: string, { mediaType, digest, size }: Descriptor): Promise<void> {
    const descriptor = calledBy(reference, { mediaType, digest, size });
    await storage.updateIndex((index) => ({
      ...index,
      manifests: [...index.manifests.filter((other) => nameOf(other) !== reference), descriptor],
    }));
  }

  return {
    storage,
    tag,
    descriptorOf,
    async add(reference, image) {
      const { descriptor, manifest } = await putImage(storage, image);
      await tag(reference, descriptor);
      return stored(reference, descriptor.digest, manifest, image.config);
    },
    async find(name, platform) {
      const descriptor = await descriptorOf(name);
      return descriptor && (await readImage(storage, fullName(name), descriptor, platform));
    },
    async list(platform) {
      const images: StoredImage[] = [];
      for (const descriptor of (await storage.readIndex()).manifests) {
        const reference = nameOf(descriptor);
        const image = reference && (await readImage(storage, reference, descriptor, platform));
        if (image) images.push(image);
      }
      return images.sort((a, b) => (a.reference < b.reference ? -1 : 1));
    },
    async remove(name) {
      const reference = fullName(name);
      let found = false;
      await storage.updateIndex((index) => {
        found = named(index, reference).length > 0;
        return { ...index, manifests: index.manifests.filter((one) => nameOf(one) !== reference) };
      });
      if (found) await storage.removeBlobsExcept(await usedBlobs(storage));
      return found;
    },
  };
}

/** An entry of an index under a name, as everybody understands it. */
export const calledBy = (reference: string, descriptor: Descriptor): Descriptor => ({
  ...descriptor,
  annotations: { [CONTAINERD_NAME]: reference, [OCI_NAME]: reference },
});

/** The name an index gives to an entry. A bare tag, as other tools write it, is no name. */
export function nameOf({ annotations }: Descriptor): string | undefined {
  const name = annotations?.[CONTAINERD_NAME] ?? annotations?.[OCI_NAME];
  const reference = name?.match(/[/:]/) ? parseReference(name) : undefined;
  return reference && formatReference(reference);
}

const named = (index: Index, reference: string): Descriptor[] =>
  index.manifests.filter((descriptor) => nameOf(descriptor) === reference);

/** Writes an image's config and manifest, without a name yet. */
export async function putImage(
  storage: ImageStorage,
  { config, layers }: NewImage,
): Promise<{ descriptor: Descriptor; manifest: Manifest }> {
  const configBlob = await putBytes(storage, encodeJson(config));
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.manifest,
    config: { mediaType: MEDIA_TYPES.config, ...configBlob },
    layers,
  };
  const blob = await putBytes(storage, encodeJson(manifest));
  return { descriptor: { mediaType: MEDIA_TYPES.manifest, ...blob }, manifest };
}

const stored = (
  reference: string,
  digest: Digest,
  manifest: Manifest,
  config: ImageConfig,
): StoredImage => ({
  reference,
  digest,
  size: [manifest.config, ...manifest.layers].reduce((sum, { size }) => sum + size, 0),
  manifest,
  config,
});

/** Follows a descriptor, through indexes, to the first image that fits the platform. */
async function readImage(
  storage: ImageStorage,
  reference: string,
  descriptor: Descriptor,
  platform: Platform,
): Promise<StoredImage | undefined> {
  const document = await readDocument<Manifest | Index>(storage, descriptor);
  if (isIndex(document)) {
    for (const inner of document.manifests) {
      // Archives often hold one platform of many: the others' blobs are simply not there.
      if (inner.platform && !fits(inner.platform, platform)) continue;
      if (!(await storage.hasBlob(inner.digest))) continue;
      const image = await readImage(storage, reference, inner, platform);
      if (image) return image;
    }
    return undefined;
  }
  const config = await readDocument<ImageConfig>(storage, document.config);
  if (!fits(config, platform)) return undefined;
  return stored(reference, descriptor.digest, document, config);
}

const isIndex = (document: Manifest | Index): document is Index => 'manifests' in document;

const fits = (a: Platform, b: Platform): boolean =>
  a.os === b.os && a.architecture === b.architecture;

/** A JSON blob. */
async function readDocument<T>(
  storage: ImageStorage,
  { digest }: Pick<Descriptor, 'digest'>,
): Promise<T> {
  const bytes = await readAll(storage.openBlob(digest));
  return JSON.parse(new TextDecoder().decode(bytes)) as T;
}

async function usedBlobs(storage: ImageStorage): Promise<Set<Digest>> {
  const used = new Set<Digest>();
  for (const descriptor of (await storage.readIndex()).manifests) {
    for await (const { digest } of blobsOf(storage, descriptor)) used.add(digest);
  }
  return used;
}

/** A descriptor and all that it leads to, as far as it is in the storage; parents come first. */
export async function* blobsOf(
  storage: ImageStorage,
  descriptor: Descriptor,
): AsyncGenerator<Descriptor> {
  if (!(await storage.hasBlob(descriptor.digest))) return;
  yield descriptor;
  if (!/(manifest|index)(\.list)?\.v[12]\+json$/.test(descriptor.mediaType)) return;
  const document = await readDocument<Manifest | Index>(storage, descriptor);
  const inner = isIndex(document) ? document.manifests : [document.config, ...document.layers];
  for (const child of inner) yield* blobsOf(storage, child);
}

import { type Descriptor, MEDIA_TYPES } from './oci.ts';
import type { ImageStorage } from './storage.ts';
import { type TarEntry, writeTar } from './tar.ts';

/**
 * Keeps files as a layer, in the order given. Layers are not compressed: they stay on this machine,
 * where packing costs more than it saves, and their bytes don't depend on a version of zlib.
 */
export async function putLayer(
  storage: ImageStorage,
  entries: AsyncIterable<TarEntry> | Iterable<TarEntry>,
): Promise<Descriptor> {
  const blob = await storage.putBlob(writeTar(entries));
  return { mediaType: MEDIA_TYPES.layer, ...blob };
}

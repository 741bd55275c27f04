import type { Image } from '../runtime/cri-types.ts';

/** What is known of an image's use: milliseconds since the epoch. */
export interface ImageUse {
  readonly seenAt: number;
  readonly usedAt: number;
}

export interface ImageGcInput {
  readonly images: readonly Image[];
  /** References by which containers name their images. */
  readonly inUse: ReadonlySet<string>;
  readonly uses: ReadonlyMap<string, ImageUse>;
  /** Whether images that our pods never used may be somebody else's. */
  readonly isShared: boolean;
  readonly totalBytes: number;
  readonly freeBytes: number;
  readonly now: number;
}

const HIGH = 0.85;
const LOW = 0.8;
const MIN_AGE_MS = 120_000;

/** Notes which images are there and used now; forgets those that are gone. */
export function noteUses(
  uses: ReadonlyMap<string, ImageUse>,
  { images, inUse, now }: Pick<ImageGcInput, 'images' | 'inUse' | 'now'>,
): Map<string, ImageUse> {
  return new Map(
    images.map((image) => {
      const before = uses.get(image.id) ?? { seenAt: now, usedAt: 0 };
      return [image.id, isUsed(image, inUse) ? { ...before, usedAt: now } : before];
    }),
  );
}

const isUsed = ({ id, repoTags, repoDigests }: Image, inUse: ReadonlySet<string>): boolean =>
  [id, ...repoTags, ...repoDigests].some((reference) => inUse.has(reference));

/**
 * The images to remove when the disk is too full: those that nobody uses, the longest unused
 * first, until enough would be free. New ones are left a while: somebody pulled them for a reason.
 */
export function imagesToRemove(input: ImageGcInput): Image[] {
  const { images, inUse, uses, isShared, totalBytes, freeBytes, now } = input;
  if (totalBytes - freeBytes < totalBytes * HIGH) return [];
  const candidates = images
    .filter((image) => !image.pinned && !isUsed(image, inUse))
    .filter(({ id }) => now - (uses.get(id)?.seenAt ?? now) >= MIN_AGE_MS)
    .filter(({ id }) => !isShared || (uses.get(id)?.usedAt ?? 0) > 0)
    .sort((a, b) => rank(uses.get(a.id)) - rank(uses.get(b.id)));
  let wanted = totalBytes - freeBytes - totalBytes * LOW;
  return candidates.filter(({ sizeBytes }) => {
    const needed = wanted > 0;
    if (needed) wanted -= sizeBytes;
    return needed;
  });
}

const rank = (use: ImageUse | undefined): number => use?.usedAt || use?.seenAt || 0;

import type { KubeObject, ObjectKey } from '../machinery/object.ts';
import type { Written } from './controller.ts';

const RETRY_FIRST_MS = 10;
const RETRY_MAX_MS = 1000; // A watch that stands still costs a look a second, not a hundred.

interface Held {
  readonly unseen: readonly Written[];
  /** How often it was looked for them in vain. */
  readonly looks: number;
}

/** Holds keys back until the caches have seen what the last pass wrote: read our writes first. */
export class WriteGate {
  readonly #held = new Map<ObjectKey, Held>();

  /** The key is held until all of these, too, are seen. */
  hold(key: ObjectKey, writes: readonly Written[]): void {
    if (writes.length === 0) return;
    const before = this.#held.get(key)?.unseen ?? [];
    this.#held.set(key, { unseen: [...before, ...writes], looks: 0 });
  }

  /** How long to wait before looking again; undefined when the key may pass. */
  delayMs(key: ObjectKey): number | undefined {
    const held = this.#held.get(key);
    if (!held) return undefined;
    const unseen = held.unseen.filter((written) => !isSeen(written));
    if (unseen.length === 0) {
      this.#held.delete(key);
      return undefined;
    }
    this.#held.set(key, { unseen, looks: held.looks + 1 });
    return Math.min(RETRY_FIRST_MS * 2 ** held.looks, RETRY_MAX_MS);
  }
}

function isSeen(written: Written): boolean {
  if ('revision' in written) return written.informer.revision >= written.revision;
  const now = written.informer.lister.get(written.key) as KubeObject | undefined;
  return now?.metadata.uid !== written.deletedUid || now.metadata.deletionTimestamp !== undefined;
}

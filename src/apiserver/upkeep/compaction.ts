import { type Cancel, type Clock, every } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { KubeObject } from '../../machinery/object.ts';
import type { Store } from '../../store/store.ts';

/** How long the past can be read and watched at least; at most twice as long. */
export const HISTORY_MS = 5 * 60_000;

/** Makes the store forget what is past, again and again. */
export function startCompaction(store: Store<KubeObject>, clock: Clock, logger: Logger): Cancel {
  let before = store.revision;
  return every(clock, HISTORY_MS, () => {
    const revision = before;
    before = store.revision;
    if (revision <= store.compactedRevision) return;
    store.compact(revision).catch((error) => {
      logger.warn('the store did not forget the past', { revision, error: String(error) });
    });
  });
}

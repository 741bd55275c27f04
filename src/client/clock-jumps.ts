import { type Clock, every } from '../base/clock.ts';
import type { ObjectKey } from '../machinery/object.ts';
import type { Source } from './controller.ts';

const LOOK_EVERY_MS = 60_000;
const JUMP_MS = 1_000;

/**
 * All keys, whenever the time of day has moved otherwise than time has passed: the machine has slept,
 * or its clock was set. Waits for a time of day are measured by the monotonic clock, which stands
 * still in a machine that sleeps, and would end as much too late.
 */
export const clockJumps = (clock: Clock, keys: () => Iterable<ObjectKey>): Source => ({
  synced: Promise.resolve(),
  subscribe(add) {
    const aheadMs = () => clock.now() - clock.monotonicMs();
    let before = aheadMs();
    return every(clock, LOOK_EVERY_MS, () => {
      const after = aheadMs();
      if (Math.abs(after - before) < JUMP_MS) return;
      before = after;
      for (const key of keys()) add(key);
    });
  },
});

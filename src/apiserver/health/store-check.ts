import type { Clock } from '../../base/clock.ts';
import type { KubeObject } from '../../machinery/object.ts';
import type { Store } from '../../store/store.ts';
import type { HealthCheck } from './handler.ts';

const TIMEOUT_MS = 2000;

/** Whether what is written gets where it lasts, and soon. Under the name that clients know. */
export const storeCheck = (store: Store<KubeObject>, clock: Clock): HealthCheck => ({
  name: 'etcd',
  check: () =>
    new Promise((resolve) => {
      const stopTimer = clock.after(TIMEOUT_MS, () => resolve('the store does not answer'));
      // Writes nothing, but is answered only when all that was written before is durable.
      store
        .commit([])
        .then(
          () => resolve(undefined),
          (error: Error) => resolve(error.message),
        )
        .finally(stopTimer);
    }),
});

import { every } from '../../base/clock.ts';
import type { Client } from '../../client/client.ts';
import type { OfferedResource, ResourceCatalog } from '../../client/resource-catalog.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { isStatusError } from '../../machinery/status.ts';
import type { ControllerTools } from '../tools.ts';
import { isExpired } from './expired.ts';

const NAME = 'expiry-controller';
const PERIOD_MS = 60_000;
const PAGE = 500;

/**
 * Deletes what has outlived its time, such as events after an hour, until the signal aborts. A sweep
 * and not an informer: there are many events, and nobody is to keep them in memory for this.
 */
export function startExpiry(
  tools: ControllerTools,
  catalog: ResourceCatalog,
  signal: AbortSignal,
): void {
  const { clock, logger } = tools;
  const client = tools.clientFor(NAME);
  let isSweeping = false;
  const stop = every(clock, PERIOD_MS, () => {
    if (isSweeping) return;
    isSweeping = true;
    sweep(client, catalog, clock.now(), signal)
      .catch((error) => {
        if (!signal.aborted) logger.warn('sweeping failed, trying again', { error });
      })
      .finally(() => {
        isSweeping = false;
      });
  });
  signal.addEventListener('abort', stop, { once: true });
}

async function sweep(
  client: Client,
  catalog: ResourceCatalog,
  now: number,
  signal: AbortSignal,
): Promise<void> {
  for (const resource of catalog.resources()) {
    const { expiresAfterSeconds: afterSeconds } = resource;
    if (afterSeconds === undefined) continue;
    let next: string | undefined;
    do {
      const options = { limit: PAGE, signal, ...(next && { continue: next }) };
      const { items, metadata } = await client.list<KubeObject>(resource, options);
      const expired = items.filter((object) => isExpired(object, { afterSeconds, now }));
      await Promise.all(expired.map((object) => remove(client, resource, object)));
      next = metadata.continue;
    } while (next && !signal.aborted);
  }
}

async function remove(
  client: Client,
  resource: OfferedResource,
  { metadata }: KubeObject,
): Promise<void> {
  const { uid, resourceVersion } = metadata;
  try {
    await client.delete(resource, metadata, { preconditions: { uid, resourceVersion } });
  } catch (error) {
    if (!isStatusError(error, 'NotFound', 'Conflict')) throw error; // Gone, or alive again.
  }
}

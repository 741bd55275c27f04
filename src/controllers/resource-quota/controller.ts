import { resourceQuotas } from '../../api/generated/core/v1/resources.ts';
import type { ResourceQuota } from '../../api/generated/core/v1/types.ts';
import { type Controller, type Source, source, wrote } from '../../client/controller.ts';
import type { Informer } from '../../client/informer.ts';
import type { OfferedResource, ResourceCatalog } from '../../client/resource-catalog.ts';
import { keyOf, type ObjectKey } from '../../machinery/object.ts';
import { isStatusError } from '../../machinery/status.ts';
import type { ControllerTools } from '../tools.ts';
import { CountedResources, type Freed, type SharedInformer } from './counted-resources.ts';
import {
  type Counted,
  countUsage,
  expiresInMs,
  isSpoken,
  type Observed,
  type Population,
  type QuotaAction,
  reconcileQuota,
  saysTheSame,
} from './reconcile.ts';

const NAME = 'resourcequota-controller';

type Recount = Extract<QuotaAction, { type: 'recount' }>;

/**
 * Counts what is used of each ResourceQuota: at first, when something may have been freed, and now
 * and then. What is created the API server charges itself, in the same turn, so a count is only
 * written to the quota in the version that was there before it began: no object is ever missed.
 */
export function resourceQuotaController(
  tools: ControllerTools,
  quotas: Informer<ResourceQuota>,
  catalog: ResourceCatalog,
  shared: SharedInformer,
  signal: AbortSignal,
): Controller<Observed, Recount> {
  const { clock } = tools;
  const client = tools.clientFor(NAME);
  const resources = new CountedResources({ ...tools, client }, catalog, shared, signal);
  const counts = new Map<
    ObjectKey,
    Counted & { readonly uid: string; readonly populated: number }
  >();
  const touched = new Set<ObjectKey>();

  return {
    name: NAME,
    sources: [
      source(quotas, (quota) => [keyOf(quota)]),
      freedBy(quotas, catalog, resources, touched),
    ],

    observe(key) {
      const quota = quotas.lister.get(key);
      const known = counts.get(key);
      const counted = known?.uid === quota?.metadata.uid ? known : undefined;
      if (!quota || !counted) counts.delete(key);
      if (!quota) touched.delete(key);
      if (!quota || quota.metadata.deletionTimestamp !== undefined) return undefined;
      return { quota, counted, isTouched: touched.has(key), nowMs: clock.monotonicMs() };
    },

    reconcile: reconcileQuota,
    // The more there is to look at, the more is looked at together.
    restMs: ({ quota }) => Math.floor((counts.get(keyOf(quota))?.populated ?? 0) / OBJECTS_PER_MS),

    async execute({ quota }) {
      const key = keyOf(quota);
      touched.delete(key);
      try {
        const namespace = quota.metadata.namespace ?? '';
        const counted = resources.countedBy(Object.keys(quota.spec.hard ?? {}));
        const populations = await Promise.all(counted.map((each) => populationOf(each, namespace)));
        const now = clock.now();
        const status = countUsage(quota, populations, now);
        const isNew = !isSpoken(quota);
        const written = saysTheSame(status, quota.status)
          ? undefined
          : await client.update(resourceQuotas, { ...quota, status }, { subresource: 'status' });
        // Until it was written nothing was charged: what came meanwhile is found by another count.
        if (isNew && written) touched.add(key);
        counts.set(key, {
          uid: quota.metadata.uid,
          atMs: clock.monotonicMs(),
          expiresInMs: expiresInMs(populations, now),
          populated: populations.reduce((sum, { objects }) => sum + objects.length, 0),
        });
        return written && wrote(quotas, written);
      } catch (error) {
        touched.add(key);
        if (isStatusError(error, 'NotFound')) return undefined; // It is gone.
        throw error;
      }
    },
  };

  /** As it is now, not as a cache has it: a count must not be older than the quota. */
  async function populationOf(resource: OfferedResource, namespace: string): Promise<Population> {
    try {
      const { items } = await client.list(resource, { namespace });
      return { resource, objects: items };
    } catch (error) {
      // A kind that isn't served any more has no objects that anyone could count.
      if (isStatusError(error, 'NotFound', 'MethodNotAllowed')) return { resource, objects: [] };
      throw error;
    }
  }
}

const OBJECTS_PER_MS = 5;

/** The keys of quotas of which something may have been freed, as their counted resources change. */
function freedBy(
  quotas: Informer<ResourceQuota>,
  catalog: ResourceCatalog,
  resources: CountedResources,
  touched: Set<ObjectKey>,
): Source {
  return {
    synced: quotas.synced,
    subscribe(add) {
      const freed: Freed = (namespace, evaluator) => {
        for (const quota of quotas.lister.inNamespace(namespace)) {
          if (!Object.keys(quota.spec.hard ?? {}).some((name) => evaluator.counts(name))) continue;
          touched.add(keyOf(quota));
          add(keyOf(quota));
        }
      };
      const follow = () => {
        const all = [...quotas.lister.list()].flatMap(({ spec }) => Object.keys(spec.hard ?? {}));
        resources.follow([...new Set(all)], freed);
      };
      const cancels = [
        catalog.onChange(follow),
        quotas.subscribe(({ before, after }) => {
          if (before?.spec.hard !== after?.spec.hard) follow();
        }),
      ];
      return () => {
        for (const cancel of cancels) cancel();
      };
    },
  };
}

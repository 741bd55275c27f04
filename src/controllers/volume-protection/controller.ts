import { pods } from '../../api/generated/core/v1/resources.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../api/generated/core/v1/types.ts';
import type { Client } from '../../client/client.ts';
import { type Controller, source, type Written, wrote } from '../../client/controller.ts';
import type { Informer } from '../../client/informer.ts';
import { type KubeObject, keyOf } from '../../machinery/object.ts';
import { isStatusError } from '../../machinery/status.ts';
import { BY_CLAIM, type Informers } from '../informers.ts';
import { claimsOf, usesClaim } from '../pod-claims.ts';
import type { ControllerTools } from '../tools.ts';
import { type Observed, type ProtectionAction, reconcileProtection } from './reconcile.ts';

const CLAIMS_NAME = 'pvc-protection-controller';
const VOLUMES_NAME = 'pv-protection-controller';

/** Keeps PersistentVolumeClaims that are being deleted until no pod uses them. */
export function claimProtectionController(
  tools: ControllerTools,
  caches: Pick<Informers, 'claims' | 'pods'>,
): Controller<Observed<PersistentVolumeClaim>, ProtectionAction<PersistentVolumeClaim>> {
  const client = tools.clientFor(CLAIMS_NAME);
  return {
    name: CLAIMS_NAME,
    sources: [source(caches.claims, (claim) => [keyOf(claim)]), source(caches.pods, claimsOf)],

    observe(key) {
      const object = caches.claims.lister.get(key);
      if (!object) return undefined;
      const users = caches.pods.lister.byIndex(BY_CLAIM, key);
      const isUsed = users.some((pod) => usesClaim(pod, object));
      return { object, finalizer: 'kubernetes.io/pvc-protection', isUsed };
    },

    reconcile: reconcileProtection,

    async execute(action) {
      if (action.type === 'release' && (await isUsedAfterAll(client, action.object))) {
        return undefined; // The cache will show the pod, and later that it has gone.
      }
      return setFinalizers(client, caches.claims, action);
    },
  };
}

/** Keeps PersistentVolumes that are being deleted for as long as they are bound. */
export function volumeProtectionController(
  tools: ControllerTools,
  caches: Pick<Informers, 'volumes'>,
): Controller<Observed<PersistentVolume>, ProtectionAction<PersistentVolume>> {
  const client = tools.clientFor(VOLUMES_NAME);
  return {
    name: VOLUMES_NAME,
    sources: [source(caches.volumes, (volume) => [keyOf(volume)])],

    observe(key) {
      const object = caches.volumes.lister.get(key);
      if (!object) return undefined;
      const isUsed = object.status?.phase === 'Bound';
      return { object, finalizer: 'kubernetes.io/pv-protection', isUsed };
    },

    reconcile: reconcileProtection,
    execute: (action) => setFinalizers(client, caches.volumes, action),
  };
}

/** Asks the server itself: a pod that the cache doesn't have yet may be at work with the claim. */
async function isUsedAfterAll(client: Client, claim: PersistentVolumeClaim): Promise<boolean> {
  const { namespace = '' } = claim.metadata;
  const { items } = await client.list(pods, { namespace });
  return items.some((pod) => usesClaim(pod, claim));
}

async function setFinalizers<T extends KubeObject>(
  client: Client,
  informer: Informer<T>,
  { object, finalizers }: ProtectionAction<T>,
): Promise<Written | undefined> {
  const updated = { ...object, metadata: { ...object.metadata, finalizers } };
  try {
    return wrote(informer, await client.update(informer.resource, updated));
  } catch (error) {
    if (isStatusError(error, 'NotFound')) return undefined; // It has gone by itself.
    throw error;
  }
}

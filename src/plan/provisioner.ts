import { persistentVolumeClaims, persistentVolumes } from '../api/generated/core/v1/resources.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../api/generated/core/v1/types.ts';
import type { CSIDriver, StorageClass } from '../api/generated/storage/v1/types.ts';
import type { Client } from '../client/client.ts';
import { Informer, type InformerTools } from '../client/informer.ts';
import type { KubeObject } from '../machinery/object.ts';
import { isStatusError } from '../machinery/status.ts';
import type { Snapshot } from '../store/store.ts';
import { listIn } from './states.ts';

const PROVISION_MS = 2000;
const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by';
const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';

/** Storage classes whose provisioner is known to work: it is registered, or has made volumes. */
export function workingClasses(state: Snapshot<KubeObject>): ReadonlySet<string> {
  const known = new Set([
    ...listIn<CSIDriver>(state, 'storage.k8s.io/csidrivers').map(({ metadata }) => metadata.name),
    ...listIn<PersistentVolume>(state, 'persistentvolumes').flatMap(
      ({ metadata }) => metadata.annotations?.[PROVISIONED_BY] ?? [],
    ),
  ]);
  const classes = listIn<StorageClass>(state, 'storage.k8s.io/storageclasses');
  return new Set(
    classes
      .filter(({ provisioner }) => known.has(provisioner))
      .map(({ metadata }) => metadata.name),
  );
}

/** Makes volumes for new claims, as the cluster's own provisioners would: any size, on any node. */
export class Provisioner {
  readonly #tools: InformerTools;
  readonly #classes: ReadonlySet<string>;
  readonly #begun = new Set<string>();

  constructor(tools: InformerTools, classes: ReadonlySet<string>) {
    this.#tools = tools;
    this.#classes = classes;
  }

  /** Runs until the signal aborts. */
  start(signal: AbortSignal): void {
    if (this.#classes.size === 0) return;
    const claims = new Informer<PersistentVolumeClaim>(this.#tools, persistentVolumeClaims);
    claims.subscribe(({ after }) => {
      if (after) this.#see(after);
    });
    claims.start(signal);
  }

  #see(claim: PersistentVolumeClaim): void {
    const { spec, metadata } = claim;
    const isServed = this.#classes.has(spec.storageClassName ?? '');
    if (!isServed || spec.volumeName || this.#begun.has(metadata.uid)) return;
    this.#begun.add(metadata.uid);
    this.#tools.clock.after(PROVISION_MS, () => {
      provide(this.#tools.client, claim).catch((error: unknown) => {
        if (!isStatusError(error)) throw error; // The claim is gone, or isn't to be met.
      });
    });
  }
}

async function provide(client: Client, claim: PersistentVolumeClaim): Promise<void> {
  const { metadata, spec } = claim;
  const { namespace, name, uid } = metadata;
  const volumeName = `pvc-${uid}`;
  const capacity = spec.resources?.requests ?? {};
  const { accessModes = [], storageClassName = '' } = spec;
  const claimRef = { kind: 'PersistentVolumeClaim', apiVersion: 'v1', namespace, name, uid };
  await client.create(persistentVolumes, {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: volumeName },
    spec: {
      capacity,
      accessModes,
      storageClassName,
      claimRef,
      csi: { driver: 'rehearsed', volumeHandle: volumeName },
    },
  } as never);
  const annotations = { [BIND_COMPLETED]: 'yes' };
  const body = { metadata: { uid, annotations }, spec: { volumeName } };
  await client.patch(persistentVolumeClaims, metadata, { type: 'merge', body });
  const bound = { metadata: { uid }, status: { phase: 'Bound', capacity, accessModes } };
  const patch = { type: 'merge', body: bound } as const;
  await client.patch(persistentVolumeClaims, metadata, patch, { subresource: 'status' });
}

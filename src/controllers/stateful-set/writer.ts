import { statefulSets } from '../../api/generated/apps/v1/resources.ts';
import type { StatefulSet } from '../../api/generated/apps/v1/types.ts';
import { persistentVolumeClaims, pods } from '../../api/generated/core/v1/resources.ts';
import type { PersistentVolumeClaim, Pod } from '../../api/generated/core/v1/types.ts';
import type { Client } from '../../client/client.ts';
import { deleted, type Written, wrote } from '../../client/controller.ts';
import type { EventRecorder } from '../../client/event-recorder.ts';
import { isNamespaceTerminating } from '../../client/outcome.ts';
import { keyOf } from '../../machinery/object.ts';
import { isStatusError, StatusError } from '../../machinery/status.ts';
import { adopt, release } from '../adoption.ts';
import type { Informers } from '../informers.ts';
import { createOnce } from '../pod-maker.ts';
import { deleteRevision, makeRevision, renumberRevision } from '../revision-writer.ts';
import type { StatefulSetAction } from './actions.ts';

type ActionOf<T extends StatefulSetAction['type']> = Extract<StatefulSetAction, { type: T }>;

type Caches = Pick<Informers, 'statefulSets' | 'pods' | 'claims' | 'controllerRevisions'>;

type Verb = 'create' | 'update' | 'delete';

/** Carries out what a pass over a StatefulSet decided, and tells of it. */
export class StatefulSetWriter {
  readonly #client: Client;
  readonly #events: EventRecorder;
  readonly #caches: Caches;

  constructor(client: Client, events: EventRecorder, caches: Caches) {
    this.#client = client;
    this.#events = events;
    this.#caches = caches;
  }

  async execute(action: StatefulSetAction): Promise<Written | undefined> {
    const client = this.#client;
    const ofPods = { client, owners: statefulSets, informer: this.#caches.pods };
    const { controllerRevisions: informer } = this.#caches;
    switch (action.type) {
      case 'adoptPod':
        return adopt(ofPods, action.owner, action.pod);
      case 'releasePod':
        return release(ofPods, action.owner, action.pod);
      case 'adoptRevision':
        return adopt({ client, owners: statefulSets, informer }, action.owner, action.revision);
      case 'createRevision':
        return makeRevision(client, informer, {
          ...action,
          writeStatus: (updated) => this.#writeStatus(updated),
        });
      case 'renumberRevision':
        return renumberRevision(client, informer, action.revision, action.to);
      case 'deleteRevision':
        return deleteRevision(client, informer, action.revision);
      case 'createClaim':
        return this.#createClaim(action);
      case 'retainClaim':
        return this.#retainClaim(action);
      case 'createPod':
        return this.#createPod(action);
      case 'identifyPod': {
        const { owner, pod } = action;
        const update = () => client.update(pods, pod);
        return wrote(this.#caches.pods, await this.#told('update', owner, pod, update));
      }
      case 'deletePod':
        return this.#deletePod(action);
      case 'updateStatus': {
        const updated = { ...action.set, status: action.status };
        return this.#writeStatus(updated);
      }
    }
  }

  async #writeStatus(updated: StatefulSet): Promise<Written> {
    const written = await this.#client.update(statefulSets, updated, { subresource: 'status' });
    return wrote(this.#caches.statefulSets, written);
  }

  async #createClaim(action: ActionOf<'createClaim'>): Promise<Written | undefined> {
    const { owner, claim } = action;
    try {
      const created = await this.#client.create(persistentVolumeClaims, claim);
      this.#tellClaim(action, undefined);
      return wrote(this.#caches.claims, created);
    } catch (error) {
      if (isNamespaceTerminating(error)) return undefined;
      if (isStatusError(error, 'AlreadyExists')) {
        const { namespace, name = '' } = claim.metadata;
        const found = await this.#client.get(persistentVolumeClaims, { namespace, name });
        return wrote(this.#caches.claims, found);
      }
      this.#tellClaim(action, error as Error);
      const why = `failed to create PVC ${claim.metadata.name}: ${(error as Error).message}`;
      this.#tellPod('create', owner, action.podName, why);
      throw error;
    }
  }

  async #retainClaim(action: ActionOf<'retainClaim'>): Promise<Written | undefined> {
    const { owner, claim, podName, isOthers } = action;
    const { name } = claim.metadata;
    if (isOthers) {
      const message = `PersistentVolumeClaim ${name} has a conflicting OwnerReference that acts as a manging controller, the retention policy is ignored for this claim`;
      this.#events.record(owner, { type: 'Warning', reason: 'ConflictingController', message });
    }
    try {
      return wrote(this.#caches.claims, await this.#client.update(persistentVolumeClaims, claim));
    } catch (error) {
      if (isStatusError(error, 'NotFound')) return undefined;
      if (!isStatusError(error, 'Conflict')) {
        const why = `could not update claim ${name} for delete policy ownerRefs: ${(error as Error).message}`;
        this.#tellPod('update', owner, podName, why);
      }
      throw error;
    }
  }

  async #createPod({ owner, pod, goingClaim }: ActionOf<'createPod'>) {
    const { name = '' } = pod.metadata;
    if (goingClaim !== undefined) {
      const message = `pvc ${goingClaim} is being deleted`;
      this.#tellPod('create', owner, name, message);
      throw new StatusError('Conflict', message);
    }
    try {
      const made = await createOnce(this.#client, pod, owner);
      this.#tellPod('create', owner, name);
      return wrote(this.#caches.pods, made);
    } catch (error) {
      if (isNamespaceTerminating(error)) return undefined;
      if (!isStatusError(error, 'AlreadyExists')) {
        this.#tellPod('create', owner, name, (error as Error).message);
      }
      throw error;
    }
  }

  async #deletePod({ owner, pod }: ActionOf<'deletePod'>): Promise<Written> {
    const { uid } = pod.metadata;
    const remove = async () => {
      try {
        await this.#client.delete(pods, pod.metadata, { preconditions: { uid } });
      } catch (error) {
        if (!isStatusError(error, 'NotFound')) throw error; // Done already.
      }
    };
    await this.#told('delete', owner, pod, remove);
    return deleted(this.#caches.pods, keyOf(pod), pod);
  }

  /** Does something to a pod, and tells whether it worked. */
  async #told<T>(verb: Verb, owner: StatefulSet, pod: Pod, work: () => Promise<T>): Promise<T> {
    const { name } = pod.metadata;
    try {
      const result = await work();
      this.#tellPod(verb, owner, name);
      return result;
    } catch (error) {
      if (!isStatusError(error, 'Conflict')) {
        this.#tellPod(verb, owner, name, (error as Error).message);
      }
      throw error;
    }
  }

  #tellPod(verb: Verb, owner: StatefulSet, podName: string, failure?: string): void {
    const what = `${verb} Pod ${podName} in StatefulSet ${owner.metadata.name}`;
    this.#tell(verb, owner, { what, succeeded: 'successful', failure });
  }

  #tellClaim({ owner, podName, claim }: ActionOf<'createClaim'>, failure: Error | undefined) {
    const of = `Pod ${podName} in StatefulSet ${owner.metadata.name}`;
    const { name } = claim.metadata as PersistentVolumeClaim['metadata'];
    const what = failure ? `create Claim ${name} for ${of}` : `create Claim ${name} ${of}`;
    this.#tell('create', owner, { what, succeeded: 'success', failure: failure?.message });
  }

  #tell(
    verb: Verb,
    owner: StatefulSet,
    {
      what,
      succeeded,
      failure,
    }: {
      readonly what: string;
      readonly succeeded: string;
      readonly failure: string | undefined;
    },
  ): void {
    const done = verb[0]!.toUpperCase() + verb.slice(1);
    this.#events.record(
      owner,
      failure === undefined
        ? { type: 'Normal', reason: `Successful${done}`, message: `${what} ${succeeded}` }
        : { type: 'Warning', reason: `Failed${done}`, message: `${what} failed error: ${failure}` },
    );
  }
}

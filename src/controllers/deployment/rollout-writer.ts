import { deployments, replicaSets } from '../../api/generated/apps/v1/resources.ts';
import type { Deployment, ReplicaSet } from '../../api/generated/apps/v1/types.ts';
import type { Client } from '../../client/client.ts';
import { deleted, type Written, wrote } from '../../client/controller.ts';
import type { EventContent, EventRecorder } from '../../client/event-recorder.ts';
import { isNamespaceTerminating } from '../../client/outcome.ts';
import { controllerOf, keyOf, type ObjectKey } from '../../machinery/object.ts';
import { isStatusError } from '../../machinery/status.ts';
import { type Adoption, adopt, release } from '../adoption.ts';
import type { Informers } from '../informers.ts';
import type { DeploymentAction } from './actions.ts';
import { isSameTemplate, revisionOf } from './revisions.ts';
import { rolledBack } from './rollback.ts';

type ActionOf<T extends DeploymentAction['type']> = Extract<DeploymentAction, { type: T }>;

/** Carries out what a pass over a Deployment decided, and tells of it. */
export class RolloutWriter {
  readonly #client: Client;
  readonly #events: EventRecorder;
  readonly #caches: Pick<Informers, 'deployments' | 'replicaSets'>;
  readonly #adoption: Adoption<ReplicaSet>;
  /** Why the last ReplicaSet could not be made. */
  readonly #failures = new Map<ObjectKey, { readonly uid: string; readonly message: string }>();

  constructor(
    client: Client,
    events: EventRecorder,
    caches: Pick<Informers, 'deployments' | 'replicaSets'>,
  ) {
    this.#client = client;
    this.#events = events;
    this.#caches = caches;
    this.#adoption = { client, owners: deployments, informer: caches.replicaSets };
  }

  /** What kept the last attempt to make a ReplicaSet from succeeding, if it failed. */
  failureOf(owner: Deployment): string | undefined {
    const found = this.#failures.get(keyOf(owner));
    return found?.uid === owner.metadata.uid ? found.message : undefined;
  }

  /** The Deployment is gone. */
  forget(key: ObjectKey): void {
    this.#failures.delete(key);
  }

  async execute(action: DeploymentAction): Promise<Written | undefined> {
    switch (action.type) {
      case 'createReplicaSet':
        return this.#create(action);
      case 'updateReplicaSet':
        return this.#update(action);
      case 'deleteReplicaSet':
        return this.#delete(action);
      case 'updateStatus':
        return this.#updateStatus(action);
      case 'rollBack':
        return this.#rollBack(action);
      case 'adoptReplicaSet':
        return adopt(this.#adoption, action.owner, action.replicaSet);
      case 'releaseReplicaSet':
        return release(this.#adoption, action.owner, action.replicaSet);
      case 'tellNoRollback': {
        const reason = 'DeploymentRollbackRevisionNotFound';
        const message = 'No earlier revision is known to have worked, so none is rolled back to';
        this.#tell(action.deployment, 'Warning', reason, message);
        return undefined;
      }
    }
  }

  async #create(action: ActionOf<'createReplicaSet'>): Promise<Written | undefined> {
    const { owner, replicaSet } = action;
    try {
      const created = await this.#client.create(replicaSets, replicaSet);
      this.#failures.delete(keyOf(owner));
      this.#tellScaled(owner, created.metadata.name, 0, created.spec.replicas ?? 1);
      return wrote(this.#caches.replicaSets, created);
    } catch (error) {
      if (isStatusError(error, 'AlreadyExists')) return this.#meetNamesake(action);
      if (isNamespaceTerminating(error)) return undefined;
      const why = (error as Error).message;
      this.#failures.set(keyOf(owner), { uid: owner.metadata.uid, message: why });
      const message = `Failed to create new replica set "${replicaSet.metadata.name}": ${why}`;
      this.#tell(owner, 'Warning', 'ReplicaSetCreateError', message);
      throw error;
    }
  }

  /** The name is taken: by our own write whose answer was lost, or by another template. */
  async #meetNamesake({ owner, replicaSet }: ActionOf<'createReplicaSet'>): Promise<Written> {
    const { namespace, name = '' } = replicaSet.metadata;
    const existing = await this.#client.get(replicaSets, { namespace, name });
    const isOurs =
      controllerOf(existing)?.uid === owner.metadata.uid &&
      isSameTemplate(existing.spec.template, owner.spec.template);
    if (isOurs) return wrote(this.#caches.replicaSets, existing);
    const collisionCount = (owner.status.collisionCount ?? 0) + 1;
    const updated = { ...owner, status: { ...owner.status, collisionCount } };
    const written = await this.#client.update(deployments, updated, { subresource: 'status' });
    return wrote(this.#caches.deployments, written);
  }

  async #update({ owner, replicaSet, next }: ActionOf<'updateReplicaSet'>): Promise<Written> {
    const written = await this.#client.update(replicaSets, next);
    const [from, to] = [replicaSet.spec.replicas ?? 1, next.spec.replicas ?? 1];
    this.#tellScaled(owner, replicaSet.metadata.name, from, to);
    return wrote(this.#caches.replicaSets, written);
  }

  async #delete({ replicaSet }: ActionOf<'deleteReplicaSet'>): Promise<Written> {
    const { uid, resourceVersion } = replicaSet.metadata;
    try {
      const preconditions = { uid, resourceVersion };
      await this.#client.delete(replicaSets, replicaSet.metadata, { preconditions });
    } catch (error) {
      if (!isStatusError(error, 'NotFound')) throw error; // Done already.
    }
    return deleted(this.#caches.replicaSets, keyOf(replicaSet), replicaSet);
  }

  async #updateStatus(action: ActionOf<'updateStatus'>): Promise<Written> {
    const { deployment, status, annotations } = action;
    const metadata = { ...deployment.metadata, annotations };
    const updated = { ...deployment, metadata, status };
    const written = await this.#client.update(deployments, updated, { subresource: 'status' });
    return wrote(this.#caches.deployments, written);
  }

  async #rollBack({ deployment, current, target }: ActionOf<'rollBack'>): Promise<Written> {
    const next = rolledBack(deployment, current, target);
    const written = await this.#client.update(deployments, next);
    const message = `Rolled back from revision ${revisionOf(current)} to revision ${revisionOf(target)}: its progress deadline was exceeded`;
    this.#tell(deployment, 'Warning', 'DeploymentRollback', message);
    return wrote(this.#caches.deployments, written);
  }

  #tellScaled(owner: Deployment, name: string, from: number, to: number): void {
    if (from === to) return;
    const direction = to > from ? 'up' : 'down';
    const message = `Scaled ${direction} replica set ${name} from ${from} to ${to}`;
    this.#tell(owner, 'Normal', 'ScalingReplicaSet', message);
  }

  #tell(about: Deployment, type: EventContent['type'], reason: string, message: string): void {
    this.#events.record(about, { type, reason, message });
  }
}

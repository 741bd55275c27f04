import { pods } from '../api/generated/core/v1/resources.ts';
import type { Pod } from '../api/generated/core/v1/types.ts';
import type { Client } from '../client/client.ts';
import { deleted, type Written, wrote } from '../client/controller.ts';
import type { EventRecorder } from '../client/event-recorder.ts';
import type { Informer } from '../client/informer.ts';
import { isNamespaceTerminating } from '../client/outcome.ts';
import {
  controllerOf,
  type KubeObject,
  keyOf,
  type NewObject,
  type ObjectKey,
} from '../machinery/object.ts';
import { isStatusError } from '../machinery/status.ts';

/** What kept the last attempt from making or deleting a pod. */
export interface ScaleFailure {
  readonly reason: 'FailedCreate' | 'FailedDelete';
  readonly message: string;
}

/** Makes and deletes the pods of workloads, tells of it, and remembers what failed. */
export class PodMaker {
  readonly #client: Client;
  readonly #events: EventRecorder;
  readonly #pods: Informer<Pod>;
  /** The pod that an action asks for: the same one, with its name, when it comes again. */
  readonly #asked = new WeakMap<object, NewObject<Pod>>();
  readonly #failures = new Map<ObjectKey, ScaleFailure & { readonly uid: string }>();

  constructor(client: Client, events: EventRecorder, informer: Informer<Pod>) {
    this.#client = client;
    this.#events = events;
    this.#pods = informer;
  }

  /** What kept the last attempt for this owner from succeeding, if it failed. */
  failureOf(owner: KubeObject): ScaleFailure | undefined {
    const found = this.#failures.get(keyOf(owner));
    if (found?.uid !== owner.metadata.uid) return undefined;
    return { reason: found.reason, message: found.message };
  }

  /** The owner is gone. */
  forget(key: ObjectKey): void {
    this.#failures.delete(key);
  }

  /** Creates the pod that an action asks for: `make` is called once for each action. */
  async create(
    action: { readonly owner: KubeObject },
    make: () => NewObject<Pod>,
  ): Promise<Written | undefined> {
    const { owner } = action;
    const asked = this.#asked.get(action) ?? make();
    this.#asked.set(action, asked);
    try {
      const pod = await createOnce(this.#client, asked, owner);
      this.#failures.delete(keyOf(owner));
      const message = `Created pod: ${pod.metadata.name}`;
      this.#events.record(owner, { type: 'Normal', reason: 'SuccessfulCreate', message });
      return wrote(this.#pods, pod);
    } catch (error) {
      if (isNamespaceTerminating(error)) return undefined;
      this.#fail(owner, 'FailedCreate', 'creating', error as Error);
      throw error;
    }
  }

  /** Deletes a pod of an owner; one that is gone is done. */
  async remove(owner: KubeObject, pod: Pod): Promise<Written | undefined> {
    const { uid, name } = pod.metadata;
    try {
      await this.#client.delete(pods, pod.metadata, { preconditions: { uid } });
      this.#failures.delete(keyOf(owner));
      const message = `Deleted pod: ${name}`;
      this.#events.record(owner, { type: 'Normal', reason: 'SuccessfulDelete', message });
    } catch (error) {
      if (!isStatusError(error, 'NotFound')) {
        this.#fail(owner, 'FailedDelete', 'deleting', error as Error);
        throw error;
      }
    }
    return deleted(this.#pods, keyOf(pod), pod);
  }

  #fail(owner: KubeObject, reason: ScaleFailure['reason'], doing: string, error: Error): void {
    const { uid } = owner.metadata;
    this.#failures.set(keyOf(owner), { uid, reason, message: error.message });
    const message = `Error ${doing}: ${error.message}`;
    this.#events.record(owner, { type: 'Warning', reason, message });
  }
}

/** Creates a pod of an owner, or finds that it was created before and nobody said so. */
export async function createOnce(
  client: Client,
  asked: NewObject<Pod>,
  owner: KubeObject,
): Promise<Pod> {
  try {
    return await client.create(pods, asked);
  } catch (error) {
    if (!isStatusError(error, 'AlreadyExists')) throw error;
    const { namespace, name = '' } = asked.metadata;
    const existing = await client.get(pods, { namespace, name });
    if (controllerOf(existing)?.uid === owner.metadata.uid) return existing;
    throw error;
  }
}

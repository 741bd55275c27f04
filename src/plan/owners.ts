import { type ResourceReference, referenceTo } from '../explain/reference.ts';
import { controllerOf, type KubeObject } from '../machinery/object.ts';

/** What a pod belongs to in the end: the Deployment rather than its ReplicaSet. */
export interface Workload {
  readonly uid: string;
  readonly about: ResourceReference;
  /** As it was when it was last seen; undefined of one that isn't known. */
  readonly object: KubeObject | undefined;
}

/** Knows who manages whom, also of what is gone. */
export class Owners {
  readonly #objects = new Map<string, KubeObject>();

  /** Takes note of an object as it is now. */
  note(object: KubeObject): void {
    this.#objects.set(object.metadata.uid, object);
  }

  /** The newest state of an object. */
  get(uid: string): KubeObject | undefined {
    return this.#objects.get(uid);
  }

  /** The workload of a pod, or of what is between the two: itself where nobody manages it. */
  workloadOf(owned: KubeObject): Workload {
    let object = owned;
    for (;;) {
      const reference = controllerOf(object);
      if (!reference) break;
      const owner = this.#objects.get(reference.uid);
      if (!owner) {
        const { apiVersion, kind, name, uid } = reference;
        const { namespace } = owned.metadata;
        const about = { apiVersion, kind, ...(namespace && { namespace }), name };
        return { uid, about, object: undefined };
      }
      object = owner;
    }
    return { uid: object.metadata.uid, about: referenceTo(object), object };
  }
}

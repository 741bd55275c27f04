import { controllerOf, type KubeObject } from '../../machinery/object.ts';
import { nameOf } from '../reference.ts';

/** What says how many pods there are: the ReplicaSet's Deployment rather than the ReplicaSet. */
export interface Scaled {
  /** `deployment/web`. */
  readonly name: string;
  readonly replicas: number;
}

/** By the uid of a pod's controller: what is to be scaled for that pod's sake. */
export type ScaledByController = ReadonlyMap<string, Scaled>;

/**
 * Whether two pods are of one workload. Scaled down, that would rather give up the one of them that
 * has no node than make room for it.
 */
export function areOfOne(a: KubeObject, b: KubeObject, scaled: ScaledByController): boolean {
  const [owner, other] = [controllerOf(a), controllerOf(b)];
  if (!owner || !other || a.metadata.namespace !== b.metadata.namespace) return false;
  const name = scaled.get(owner.uid)?.name;
  return owner.uid === other.uid || (name !== undefined && name === scaled.get(other.uid)?.name);
}

/** Finds for each of these workloads what scales it: itself, or the one that it belongs to. */
export function scaledBy(workloads: readonly KubeObject[]): ScaledByController {
  const byUid = new Map(workloads.map((each) => [each.metadata.uid, each]));
  const found = new Map<string, Scaled>();
  for (const each of workloads) {
    const { uid } = each.metadata;
    const top = byUid.get(controllerOf(each)?.uid ?? '') ?? each;
    const { replicas } = (top as { readonly spec?: { readonly replicas?: number } }).spec ?? {};
    const name = nameOf({ kind: top.kind, name: top.metadata.name });
    if (uid && replicas !== undefined) found.set(uid, { name, replicas });
  }
  return found;
}

import type { KubeObject } from '../machinery/object.ts';
import { parseApiVersion } from '../machinery/resource.ts';

/** A kind that Tutti stores, and on which none of its parts acts yet. */
export interface UncontrolledKind {
  readonly group: string;
  readonly kind: string;
  /** As sentences call several of them: `Ingresses`. */
  readonly plural: string;
  /** As docs/compatibility.md calls it among what is not there yet. */
  readonly documentedAs: string;
}

const kind = (
  group: string,
  kind: string,
  { plural = `${kind}s`, documentedAs = kind } = {},
): UncontrolledKind => ({ group, kind, plural, documentedAs });

/** All such kinds. A test holds them to docs/compatibility.md. */
export const uncontrolledKinds: readonly UncontrolledKind[] = [
  kind('autoscaling', 'HorizontalPodAutoscaler'),
  kind('', 'PersistentVolume', { documentedAs: 'volumes' }),
  kind('', 'PersistentVolumeClaim', { documentedAs: 'volumes' }),
  kind('networking.k8s.io', 'NetworkPolicy', {
    plural: 'NetworkPolicies',
    documentedAs: 'network policies',
  }),
  kind('networking.k8s.io', 'Ingress', { plural: 'Ingresses', documentedAs: 'ingress' }),
];

/**
 * What Tutti says of an object's kind when nothing acts on it; undefined for all other kinds, and
 * when somebody has reported of the object: a controller that was added to the cluster.
 */
export function uncontrolled(object: KubeObject): UncontrolledKind | undefined {
  const { group } = parseApiVersion(object.apiVersion);
  const found = uncontrolledKinds.find((each) => each.group === group && each.kind === object.kind);
  const { status } = object as { readonly status?: unknown };
  return found && saysNothing(status) ? found : undefined;
}

/** Whether a status is as objects are made with: noughts, `Pending`, nothing at all. */
const saysNothing = (status: unknown): boolean =>
  typeof status === 'object' && status !== null
    ? Object.values(status).every(saysNothing)
    : status === undefined || status === null || status === 0 || status === 'Pending';

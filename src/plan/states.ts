import { type ResourceReference, referenceTo } from '../explain/reference.ts';
import type { KubeObject } from '../machinery/object.ts';
import { parseApiVersion } from '../machinery/resource.ts';
import type { Snapshot } from '../store/store.ts';
import type { ObjectChange } from './report.ts';

// Questions about the state of a cluster as it lies in the store.

const ROOT = '/registry/';

/** All objects of a resource, such as `pods` or `apps/deployments`. */
export const listIn = <T extends KubeObject>(state: Snapshot<KubeObject>, resource: string): T[] =>
  state.list(`${ROOT}${resource}/`).map(({ value }) => value as T);

/** All objects by UID. */
export const byUid = (state: Snapshot<KubeObject>): Map<string, KubeObject> =>
  new Map(state.list(ROOT).map(({ value }) => [value.metadata.uid, value]));

/** All objects by what they are called; see `titleKey`. */
export const byTitle = (state: Snapshot<KubeObject>): Map<string, KubeObject> =>
  new Map(state.list(ROOT).map(({ value }) => [titleKey(referenceTo(value)), value]));

/** The same for all references to what goes by one name, whatever the version. */
export const titleKey = ({ apiVersion, kind, namespace = '', name }: ResourceReference): string =>
  [parseApiVersion(apiVersion).group, kind, namespace, name].join('/');

/** What the controllers write into each namespace for pods to trust the API server by. */
export function rootCertificateIn(state: Snapshot<KubeObject>): string {
  const entry = state.get(`${ROOT}configmaps/kube-system/kube-root-ca.crt`);
  const { data } = (entry?.value ?? {}) as { readonly data?: Readonly<Record<string, string>> };
  return data?.['ca.crt'] ?? 'unknown';
}

/** Pods are told of by workload; the rest is what the cluster writes down about itself. */
const UNTOLD = new Set(['Pod', 'Event', 'Lease', 'Endpoints']);

/** What was made and deleted between two states, but for what `applied` tells of already. */
export function followsOf(
  before: Snapshot<KubeObject>,
  after: Snapshot<KubeObject>,
  applied: readonly ObjectChange[],
): ObjectChange[] {
  const told = new Set(applied.map(({ about }) => titleKey(about)));
  const [old, now] = [byUid(before), byUid(after)];
  const changeOf = (object: KubeObject, action: 'create' | 'delete'): ObjectChange[] => {
    const about = referenceTo(object);
    const isTold = UNTOLD.has(about.kind) || told.has(titleKey(about));
    return isTold ? [] : [{ about, action, fields: [] }];
  };
  return [
    ...[...now].flatMap(([uid, object]) => (old.has(uid) ? [] : changeOf(object, 'create'))),
    ...[...old].flatMap(([uid, object]) => (now.has(uid) ? [] : changeOf(object, 'delete'))),
  ];
}

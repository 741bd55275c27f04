import { toTime } from '../../base/clock.ts';
import { nameSuffix, type Random, uuid } from '../../base/random.ts';
import type { Draft, KubeObject, ObjectMeta, OwnerReference } from '../../machinery/object.ts';
import { badRequest } from '../../machinery/status.ts';
import type { ServedResource } from './served-resource.ts';

const NAME_MAX_LENGTH = 63;
const SUFFIX_LENGTH = 5;

/** Drops from a new object's metadata what only the server sets. */
export function wipeSystemFields(meta: Draft<ObjectMeta>): void {
  const loose = meta as Partial<Draft<ObjectMeta>>;
  delete loose.uid;
  delete loose.creationTimestamp;
  delete loose.deletionTimestamp;
  delete loose.deletionGracePeriodSeconds;
  delete loose.selfLink;
}

/** Gives a new object its identity. */
export function fillSystemFields(meta: Draft<ObjectMeta>, random: Random, now: number): void {
  meta.creationTimestamp = toTime(now);
  meta.uid = uuid(random);
}

/** A name that begins with `generateName` and is at most 63 characters long. */
export const generateName = (base: string, random: Random): string =>
  base.slice(0, NAME_MAX_LENGTH - SUFFIX_LENGTH) + nameSuffix(random, SUFFIX_LENGTH);

/** Takes over the namespace of the request, or throws BadRequest when the object names another. */
export function ensureNamespace(
  meta: Draft<ObjectMeta>,
  resource: ServedResource,
  namespace: string | undefined,
): void {
  const expected = resource.namespaced ? (namespace ?? '') : '';
  if (meta.namespace === expected) return;
  if (!expected) {
    // Cluster-scoped objects may come with a namespace; it is dropped.
    delete (meta as { namespace?: string }).namespace;
    return;
  }
  if (meta.namespace) {
    throw badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    );
  }
  meta.namespace = expected;
}

/** Throws BadRequest when the object is named otherwise than the request's path. */
export function checkName(meta: Draft<ObjectMeta>, name: string): void {
  if (meta.name === name) return;
  if (!meta.name) {
    throw badRequest(
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    );
  }
  throw badRequest(
    `the name of the object (${meta.name}) does not match the name on the URL (${name})`,
  );
}

/**
 * Drops repeated owner references, and says so in a warning.
 *
 * @param when a create is looked through before admission, other writes after it, in other words
 */
export function dedupOwnerReferences(
  meta: Draft<ObjectMeta>,
  warnings: string[],
  when: 'before admission' | 'after admission',
): void {
  const references = meta.ownerReferences;
  if (references === undefined || references.length < 2) return;
  const kept = new Map<string, Draft<OwnerReference>>();
  const dropped: string[] = [];
  for (const reference of references) {
    const { apiVersion, kind, name, uid, controller, blockOwnerDeletion } = reference;
    const text = JSON.stringify([apiVersion, kind, name, uid, controller, blockOwnerDeletion]);
    if (kept.has(text)) dropped.push(uid);
    else kept.set(text, reference);
  }
  if (dropped.length === 0) return;
  meta.ownerReferences = [...kept.values()];
  const where = when === 'before admission' ? '' : ' after mutating admission happens';
  warnings.push(
    `.metadata.ownerReferences contains duplicate entries${where}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${dropped.join(', ')}`,
  );
}

/** Before an update is stored: what of the metadata no update changes. */
export function carryOverMeta(meta: Draft<ObjectMeta>, previous: ObjectMeta): void {
  if (meta.selfLink !== undefined) delete (meta as { selfLink?: string }).selfLink;
  if (!meta.uid) meta.uid = previous.uid;
  if (previous.creationTimestamp) meta.creationTimestamp = previous.creationTimestamp;
  if (previous.deletionTimestamp) meta.deletionTimestamp = previous.deletionTimestamp;
  if (
    previous.deletionGracePeriodSeconds !== undefined &&
    meta.deletionGracePeriodSeconds === undefined
  ) {
    meta.deletionGracePeriodSeconds = previous.deletionGracePeriodSeconds;
  }
}

const OWN_META = ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const;

/** Makes of a draft's metadata what clients set there again what it was before. */
export function keepMetadata(meta: Draft<ObjectMeta>, previous: ObjectMeta): void {
  const loose = meta as Partial<Draft<ObjectMeta>>;
  for (const name of OWN_META) {
    delete loose[name];
    if (previous[name] !== undefined) Object.assign(meta, { [name]: previous[name] });
  }
}

// In the order of declaration, which is how Kubernetes writes them.
const META_ORDER = [
  'name',
  'generateName',
  'namespace',
  'selfLink',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
] as const satisfies readonly (keyof ObjectMeta)[];

/** The metadata with its members in the order in which they are declared. */
export function orderedMeta(meta: Draft<ObjectMeta>): Draft<ObjectMeta> {
  const ordered: Record<string, unknown> = {};
  for (const key of META_ORDER) if (meta[key] !== undefined) ordered[key] = meta[key];
  return ordered as unknown as Draft<ObjectMeta>;
}

/** Whether the object is on its way out. */
export const isDeleting = ({ metadata }: KubeObject): boolean =>
  metadata.deletionTimestamp !== undefined;

import type { LabelSelector as SelectorObject } from '../api/generated/meta/v1/types.ts';
import type { Client } from '../client/client.ts';
import { type Written, wrote } from '../client/controller.ts';
import type { Informer } from '../client/informer.ts';
import {
  controllerOf,
  controllerReference,
  type KubeObject,
  keyOf,
  type ObjectKey,
} from '../machinery/object.ts';
import type { Resource } from '../machinery/resource.ts';
import { isStatusError, StatusError } from '../machinery/status.ts';
import { selectorFrom } from './selectors.ts';

// Which objects an owner manages, and how it comes to manage others or lets go of them.

/** What an owner has, would take in, and lets go of. */
export interface Claimed<T> {
  /** Those that it owns, and those that it takes in. */
  readonly owned: readonly T[];
  readonly adopted: readonly T[];
  readonly released: readonly T[];
}

/** By what an owner claims objects. */
export interface ClaimRule<T> {
  readonly selector: SelectorObject | undefined;
  /** Whether one that the selector matches is the owner's by other signs as well: by its name. */
  readonly isMember?: (object: T) => boolean;
}

/**
 * Takes matching orphans in, and lets go of what no longer matches. An owner that goes does neither,
 * and nobody takes in what is going.
 */
export function claim<T extends KubeObject>(
  owner: KubeObject,
  objects: readonly T[],
  { selector: text, isMember = () => true }: ClaimRule<T>,
): Claimed<T> {
  const selector = selectorFrom(text);
  const isGoing = owner.metadata.deletionTimestamp !== undefined;
  const owned: T[] = [];
  const adopted: T[] = [];
  const released: T[] = [];
  for (const object of objects) {
    const manager = controllerOf(object);
    if (manager && manager.uid !== owner.metadata.uid) continue;
    if (!selector.matches(object.metadata.labels) || !isMember(object)) {
      if (manager && !isGoing) released.push(object);
    } else if (manager) {
      owned.push(object);
    } else if (!isGoing && object.metadata.deletionTimestamp === undefined) {
      owned.push(object);
      adopted.push(object);
    }
  }
  return { owned, adopted, released };
}

/** The owners that a change of an object concerns: the one that it has, or all that could adopt it. */
export function ownersOf<T extends KubeObject>(
  object: KubeObject,
  { resource, lister }: Informer<T>,
  selectorOf: (owner: T) => SelectorObject | undefined,
): ObjectKey[] {
  const owner = controllerOf(object);
  const { namespace = '', labels } = object.metadata;
  if (owner) return owner.kind === resource.kind ? [`${namespace}/${owner.name}`] : [];
  return lister
    .inNamespace(namespace)
    .filter((each) => selectorFrom(selectorOf(each)).matches(labels))
    .map(keyOf);
}

/** Where the objects are that change owners, and where their owners are. */
export interface Adoption<T extends KubeObject> {
  readonly client: Client;
  readonly owners: Resource<KubeObject>;
  readonly informer: Informer<T>;
  /** What the owner keeps its objects with until it has counted them. */
  readonly finalizer?: string;
}

/**
 * Makes `owner` the manager of an object. Throws a Conflict when the owner goes or has gone: what it
 * adopts would go with it, and whoever took it for its own must not do anything else to it.
 */
export async function adopt<T extends KubeObject>(
  adoption: Adoption<T>,
  owner: KubeObject,
  object: T,
): Promise<Written> {
  if (!(await mayAdopt(adoption.client, adoption.owners, owner))) {
    const { name, uid } = owner.metadata;
    throw new StatusError('Conflict', `${owner.kind} ${name} (${uid}) goes, and adopts nothing`);
  }
  const { finalizer } = adoption;
  const kept = finalizer === undefined ? {} : { finalizers: [finalizer] };
  return setOwner(adoption, object, { owner: controllerReference(owner), ...kept });
}

/** Ends that `owner` manages an object. What has gone meanwhile is as good as let go. */
export async function release<T extends KubeObject>(
  adoption: Adoption<T>,
  owner: KubeObject,
  object: T,
): Promise<Written | undefined> {
  try {
    const { finalizer } = adoption;
    const kept = finalizer === undefined ? {} : withoutFinalizer(finalizer);
    const change = { owner: { $patch: 'delete', uid: owner.metadata.uid }, ...kept };
    return await setOwner(adoption, object, change);
  } catch (error) {
    if (isStatusError(error, 'NotFound')) return undefined;
    throw error;
  }
}

/** What a strategic merge patch says of metadata to take one finalizer off. */
export const withoutFinalizer = (finalizer: string): object => ({
  '$deleteFromPrimitiveList/finalizers': [finalizer],
});

/** Asks the server itself whether the owner stays: caches lag. */
async function mayAdopt(
  client: Client,
  owners: Resource<KubeObject>,
  { metadata }: KubeObject,
): Promise<boolean> {
  try {
    const now = await client.get(owners, metadata);
    return now.metadata.uid === metadata.uid && now.metadata.deletionTimestamp === undefined;
  } catch (error) {
    if (isStatusError(error, 'NotFound')) return false;
    throw error;
  }
}

/** The UIDs in the patch are its preconditions: it is this very object's owner that changes. */
async function setOwner<T extends KubeObject>(
  { client, informer }: Adoption<T>,
  { metadata }: T,
  { owner, ...more }: { readonly owner: object },
): Promise<Written> {
  const body = { metadata: { uid: metadata.uid, ownerReferences: [owner], ...more } };
  const written = await client.patch(informer.resource, metadata, { type: 'strategic', body });
  return wrote(informer, written);
}

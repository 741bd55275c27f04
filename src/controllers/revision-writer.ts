import { controllerRevisions } from '../api/generated/apps/v1/resources.ts';
import type { ControllerRevision } from '../api/generated/apps/v1/types.ts';
import type { Client } from '../client/client.ts';
import { deleted, type Written, wrote } from '../client/controller.ts';
import type { Informer } from '../client/informer.ts';
import { controllerOf, type KubeObject, keyOf, type NewObject } from '../machinery/object.ts';
import { isStatusError } from '../machinery/status.ts';
import { isSameRevision } from './controller-revisions.ts';

/** An owner of revisions, which counts how often a name that one was to have was taken. */
interface Revised extends KubeObject {
  readonly status: { readonly collisionCount?: number };
}

/**
 * Makes a revision of an owner. Where another template has its name, the owner's status is written
 * instead, and the next try has another name.
 */
export async function makeRevision<T extends Revised>(
  client: Client,
  informer: Informer<ControllerRevision>,
  {
    owner,
    revision,
    writeStatus,
  }: {
    readonly owner: T;
    readonly revision: NewObject<ControllerRevision>;
    readonly writeStatus: (updated: T) => Promise<Written>;
  },
): Promise<Written> {
  const made = await createOnce(client, revision);
  if (made) return wrote(informer, made);
  const collisionCount = (owner.status.collisionCount ?? 0) + 1;
  return writeStatus({ ...owner, status: { ...owner.status, collisionCount } });
}

/**
 * Creates a revision, or finds that it was created before. Answers undefined when its name is taken
 * by the revision of another template.
 */
async function createOnce(
  client: Client,
  revision: NewObject<ControllerRevision>,
): Promise<ControllerRevision | undefined> {
  try {
    return await client.create(controllerRevisions, revision);
  } catch (error) {
    if (!isStatusError(error, 'AlreadyExists')) throw error;
    const { namespace, name = '', ownerReferences = [] } = revision.metadata;
    const existing = await client.get(controllerRevisions, { namespace, name });
    const isOurs = ownerReferences.some(({ uid }) => uid === controllerOf(existing)?.uid);
    return isOurs && isSameRevision(existing, revision) ? existing : undefined;
  }
}

/** Makes a revision the newest: its template is the one that its owner has again. */
export async function renumberRevision(
  client: Client,
  informer: Informer<ControllerRevision>,
  revision: ControllerRevision,
  to: number,
): Promise<Written> {
  const written = await client.update(controllerRevisions, { ...revision, revision: to });
  return wrote(informer, written);
}

/** Deletes a revision that nobody needs. */
export async function deleteRevision(
  client: Client,
  informer: Informer<ControllerRevision>,
  revision: ControllerRevision,
): Promise<Written> {
  const { uid, resourceVersion } = revision.metadata;
  try {
    const preconditions = { uid, resourceVersion };
    await client.delete(controllerRevisions, revision.metadata, { preconditions });
  } catch (error) {
    if (!isStatusError(error, 'NotFound')) throw error; // Done already.
  }
  return deleted(informer, keyOf(revision), revision);
}

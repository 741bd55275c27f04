import type { ManagedFieldsEntry } from '../object.ts';
import { difference, hasPath, setOfPath } from './field-set.ts';
import { entriesOf, type Manager, managerOf, ownedBy, storedManagers } from './managers.ts';
import { fieldStep, type Step } from './step.ts';

const SCALE_VERSION = 'autoscaling/v1';
const REPLICAS_IN_SCALE: readonly Step[] = ['f:spec', 'f:replicas'];

/** Where the number of replicas stands in each version of a kind: `apps/v1` → `spec.replicas`. */
export type ReplicasPaths = Readonly<Record<string, readonly string[]>>;

type Entries = readonly ManagedFieldsEntry[] | undefined;

const stepsTo = (paths: ReplicasPaths, apiVersion: string): readonly Step[] | undefined =>
  Object.hasOwn(paths, apiVersion) ? paths[apiVersion]!.map(fieldStep) : undefined;

/** The managedFields of an object's Scale: who owns the number of replicas owns it there too. */
export function scaleManagedFields(entries: Entries, paths: ReplicasPaths): Entries {
  const managers = new Map<string, Manager>();
  for (const [key, manager] of storedManagers(entries)) {
    const path = stepsTo(paths, manager.apiVersion);
    if (!path || !hasPath(ownedBy(manager), path)) continue;
    managers.set(key, replicasOwner(manager, SCALE_VERSION, REPLICAS_IN_SCALE, manager.time));
  }
  return entriesOf(managers);
}

/**
 * The managedFields of an object after its Scale was written: whoever lost the number of replicas
 * there loses it here, and who got it there gets it here.
 */
export function managedFieldsAfterScale(
  entries: Entries,
  scaleEntries: Entries,
  { paths, apiVersion }: { readonly paths: ReplicasPaths; readonly apiVersion: string },
): Entries {
  const before = storedManagers(entries);
  const inScale = new Map(storedManagers(scaleEntries));
  const managers = new Map<string, Manager>();
  for (const [key, manager] of before) {
    const path = stepsTo(paths, manager.apiVersion);
    if (!path) continue; // That version isn't served any more.
    const owns = hasPath(ownedBy(manager), path);
    const kept = owns && !inScale.has(key) ? withoutPath(manager, path) : manager;
    if (kept) managers.set(key, kept);
    if (owns) inScale.delete(key);
  }
  for (const [key, manager] of inScale) {
    if (!hasPath(ownedBy(manager), REPLICAS_IN_SCALE)) continue;
    const path = stepsTo(paths, apiVersion)!;
    managers.set(key, replicasOwner(manager, apiVersion, path, before.get(key)?.time));
  }
  return entriesOf(managers);
}

function withoutPath(manager: Manager, path: readonly Step[]): Manager | undefined {
  const fieldsV1 = difference(ownedBy(manager), setOfPath(path));
  return fieldsV1 && { ...manager, fieldsV1 };
}

function replicasOwner(
  { manager, operation, subresource }: Manager,
  apiVersion: string,
  path: readonly Step[],
  time: string | undefined,
): Manager {
  return managerOf({ manager, operation, apiVersion, subresource }, setOfPath(path)!, time);
}

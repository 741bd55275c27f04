import { union } from './field-set.ts';
import {
  type Manager,
  type Managers,
  managerKey,
  managerOf,
  ownedBy,
  secondsOf,
} from './managers.ts';

const UPDATERS_MAX = 10;
const BUCKET = 'ancient-changes';

/**
 * Bounds how many updaters an object remembers. The oldest of a version are put together under one
 * name, so that clients with ever new names don't let objects grow without end.
 */
export function capUpdaters(managers: Managers): Managers {
  if (managers.size <= UPDATERS_MAX) return managers;
  const updaters = [...managers].filter(([, { operation }]) => operation === 'Update');
  if (updaters.length <= UPDATERS_MAX) return managers;
  const capped = new Map(managers);
  const firstByVersion = new Map<string, string>();
  let left = updaters.length;
  for (const [key, manager] of updaters.sort(byAge)) {
    if (left <= UPDATERS_MAX) break;
    const first = firstByVersion.get(manager.apiVersion);
    if (first === undefined) {
      firstByVersion.set(manager.apiVersion, key);
      continue;
    }
    moveToBucket(capped, first, key, manager);
    left--;
  }
  return capped;
}

const byAge = ([keyA, a]: [string, Manager], [keyB, b]: [string, Manager]): number =>
  secondsOf(a) - secondsOf(b) || (keyA < keyB ? -1 : 1);

// The first of a version turns into the bucket only once there is a second to share it with.
function moveToBucket(
  managers: Map<string, Manager>,
  firstKey: string,
  key: string,
  manager: Manager,
): void {
  const { apiVersion, time } = manager;
  const identity = { manager: BUCKET, operation: 'Update', apiVersion } as const;
  const bucketKey = managerKey(identity);
  const bucket = managers.get(bucketKey) ?? managers.get(firstKey)!;
  if (!managers.has(bucketKey)) managers.delete(firstKey);
  const fields = union(ownedBy(manager), ownedBy(bucket)) ?? {};
  managers.delete(key);
  managers.set(bucketKey, managerOf(identity, fields, time));
}

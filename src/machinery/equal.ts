import { memberOf } from './member.ts';

type Fields = Readonly<Record<string, unknown>>;

const isStructure = (value: unknown): value is object =>
  typeof value === 'object' && value !== null;

/** Counts keys that hold something: a key set to undefined is as good as absent. */
function sizeOf(fields: Fields): number {
  let size = 0;
  for (const key in fields) if (fields[key] !== undefined) size++;
  return size;
}

function isEqualList(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!isEqual(a[i], b[i])) return false;
  return true;
}

/** Whether two JSON values are the same, whatever the order of their keys. Shared parts are free. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!isStructure(a) || !isStructure(b)) return false;
  if (Array.isArray(a)) return Array.isArray(b) && isEqualList(a, b);
  if (Array.isArray(b)) return false;
  let size = 0;
  for (const key in a) {
    const value = (a as Fields)[key];
    if (value === undefined) continue;
    const other = (b as Fields)[key];
    // The prototype stands under the key `__proto__` of every object, and looks like an empty one.
    if (value !== other && (other === Object.prototype || !isEqual(value, other))) return false;
    size++;
  }
  return size === sizeOf(b as Fields);
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return Array.isArray(value)
    ? value.length === 0
    : isStructure(value) && sizeOf(value as Fields) === 0;
}

/**
 * Whether two JSON values mean the same to the API: as `isEqual`, but an empty list or map equals
 * an absent one.
 */
export function isSemanticallyEqual(a: unknown, b: unknown): boolean {
  if (a === b || (isEmpty(a) && isEmpty(b))) return true;
  if (!isStructure(a) || !isStructure(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  if (Array.isArray(a)) {
    const other = b as readonly unknown[];
    return a.length === other.length && a.every((each, i) => isSemanticallyEqual(each, other[i]));
  }
  for (const key in a) {
    if (!isSemanticallyEqual((a as Fields)[key], memberOf(b as Fields, key))) return false;
  }
  for (const key in b) if (!Object.hasOwn(a, key) && !isEmpty((b as Fields)[key])) return false;
  return true;
}

/** The same JSON value with the keys of every object sorted. */
export function sortKeys(value: unknown): unknown {
  if (!isStructure(value)) return value;
  if (Array.isArray(value)) return value.map(sortKeys);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sortKeys(each)]));
}

import { isEqual } from '../machinery/equal.ts';
import { isMap } from '../machinery/member.ts';
import type { KubeObject } from '../machinery/object.ts';

/** One field that differs. A side that is missing has no such field. */
export interface FieldChange {
  /** `spec.template.spec.containers[main].image` */
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** What the server keeps about an object, and what says no more than that it has changed. */
const OWN = new Set([
  'creationTimestamp',
  'deletionGracePeriodSeconds',
  'deletionTimestamp',
  'generation',
  'managedFields',
  'resourceVersion',
  'uid',
]);

/**
 * What differs between two states of an object, but for its status; in full of one that is new.
 * Values of Secrets aren't shown, only which of them are the same.
 */
export function fieldChanges(
  before: KubeObject | undefined,
  after: KubeObject | undefined,
): FieldChange[] {
  const found: FieldChange[] = [];
  const hide = hider();
  compare(told(before, hide), told(after, hide), '', found);
  return found;
}

/** An object without its status and what the server keeps about it. */
function told(object: KubeObject | undefined, hide: (value: unknown) => string): unknown {
  if (object === undefined) return undefined;
  const {
    status: _,
    metadata,
    apiVersion: __,
    kind,
    ...rest
  } = object as KubeObject & {
    readonly status?: unknown;
  };
  const own = Object.entries(metadata).filter(([name]) => !OWN.has(name));
  const { name: ___, namespace: ____, ...labels } = Object.fromEntries(own);
  return { metadata: labels, ...(kind === 'Secret' ? hidden(rest, hide) : rest) };
}

function hidden(secret: object, hide: (value: unknown) => string): object {
  const { data = {}, ...rest } = secret as { readonly data?: Readonly<Record<string, string>> };
  const shown = Object.entries(data).map(([key, value]) => [key, hide(value)]);
  return { ...rest, data: Object.fromEntries(shown) };
}

/** Names values so that the same have the same name, and nothing else can be told from it. */
function hider(): (value: unknown) => string {
  const known = new Map<unknown, string>();
  return (value) => {
    const name = known.get(value) ?? `(hidden ${known.size + 1})`;
    known.set(value, name);
    return name;
  };
}

function compare(before: unknown, after: unknown, path: string, found: FieldChange[]): void {
  if (isEqual(before, after)) return;
  const [oldMap, newMap] = [mapOf(before, after), mapOf(after, before)];
  if (oldMap && newMap) {
    for (const key of new Set([...Object.keys(oldMap), ...Object.keys(newMap)])) {
      compare(oldMap[key], newMap[key], joined(path, key), found);
    }
    return;
  }
  const lists = keyedLists(before, after);
  if (!lists) {
    found.push({
      path,
      ...(before !== undefined && { before }),
      ...(after !== undefined && { after }),
    });
    return;
  }
  const [old, now] = lists;
  for (const name of new Set([...old.keys(), ...now.keys()])) {
    compare(old.get(name), now.get(name), `${path}[${name}]`, found);
  }
}

/** A map as it is; where there is none, and the other side's has plain values, an empty one. */
function mapOf(value: unknown, other: unknown): Readonly<Record<string, unknown>> | undefined {
  if (isMap(value)) return value;
  if (value !== undefined || !isMap(other) || Object.keys(other).length === 0) return undefined;
  return Object.values(other).every((each) => typeof each !== 'object') ? {} : undefined;
}

const joined = (path: string, key: string): string => {
  const step = /^[\w-]+$/.test(key) ? key : `"${key}"`;
  return path ? `${path}.${step}` : step;
};

/** Two lists by the names of their items, where all have one and each is there once. */
function keyedLists(before: unknown, after: unknown) {
  const [old, now] = [byName(before), byName(after)];
  return old && now ? ([old, now] as const) : undefined;
}

function byName(list: unknown): ReadonlyMap<string, unknown> | undefined {
  if (!Array.isArray(list) || list.length === 0) return undefined;
  const found = new Map<string, unknown>();
  for (const item of list as readonly unknown[]) {
    const name = isMap(item) ? (item.name ?? item.type ?? item.uid) : undefined;
    if (typeof name !== 'string' || found.has(name)) return undefined;
    found.set(name, item);
  }
  return found;
}

import { type FieldShape, isMessage, type MessageShape } from './shape.ts';

/**
 * What becomes of an object by being stored. Kubernetes stores built-in kinds as protobuf, which
 * can't tell an empty list or map from none: where JSON doesn't leave it out, it reads back as null.
 */

type Fields = Record<string, unknown>;

interface Step {
  readonly name: string;
  /** What becomes of the field's value: itself if nothing does. */
  readonly become: (value: object) => object | null;
}

const steps = new WeakMap<MessageShape, readonly Step[]>();

/** The object as it will be once it is stored: itself, if that changes nothing. */
export function storedForm<T extends object>(shape: MessageShape, object: T): T {
  const before = object as Fields;
  let stored = before;
  for (const { name, become } of stepsOf(shape)) {
    const value = before[name];
    if (typeof value !== 'object' || value === null) continue;
    const next = become(value);
    if (next === value) continue;
    if (stored === before) stored = { ...before };
    stored[name] = next;
  }
  return stored as T;
}

/** The steps that a message needs: most need none, as most of their fields are left out when empty. */
function stepsOf(shape: MessageShape): readonly Step[] {
  const known = steps.get(shape);
  if (known) return known;
  const found: Step[] = [];
  steps.set(shape, found); // Before descending, for messages that contain themselves.
  for (const field of shape.fields) {
    const step = stepOf(field);
    if (step) found.push(step);
  }
  return found;
}

function stepOf(field: FieldShape): Step | undefined {
  const { name, container, omitEmpty, type } = field;
  const isNulled = container !== 'none' && !omitEmpty;
  const inner = isMessage(type) && !type.union && needsSteps(type) ? type : undefined;
  if (!isNulled && !inner) return undefined;
  const become = (value: object): object | null => {
    if (isNulled && isEmpty(value)) return null;
    if (!inner) return value;
    if (container === 'none') return storedForm(inner, value);
    return container === 'list'
      ? storedList(inner, value as readonly unknown[])
      : storedMap(inner, value as Fields);
  };
  return { name, become };
}

function storedList(element: MessageShape, list: readonly unknown[]): readonly unknown[] {
  let stored: unknown[] | undefined;
  for (let i = 0; i < list.length; i++) {
    const part = storedPart(element, list[i]);
    if (part === list[i]) continue;
    stored ??= [...list];
    stored[i] = part;
  }
  return stored ?? list;
}

function storedMap(element: MessageShape, map: Fields): Fields {
  const entries = Object.entries(map).map(([key, each]) => [key, storedPart(element, each)]);
  return entries.every(([key, each]) => each === map[key as string])
    ? map
    : (Object.fromEntries(entries) as Fields);
}

const storedPart = (shape: MessageShape, part: unknown): unknown =>
  typeof part === 'object' && part !== null ? storedForm(shape, part) : part;

function needsSteps(shape: MessageShape, seen = new Set<MessageShape>()): boolean {
  if (seen.has(shape)) return false;
  seen.add(shape);
  return shape.fields.some(({ container, omitEmpty, type }) => {
    if (container !== 'none' && !omitEmpty) return true;
    return isMessage(type) && needsSteps(type, seen);
  });
}

function isEmpty(value: object): boolean {
  for (const _ in value) return false;
  return true;
}

import { type FieldShape, isMessage, type MessageShape } from './shape.ts';

/**
 * What becomes of an object by being stored. Kubernetes stores built-in kinds as protobuf, which
 * can't tell an empty list or map from none: where JSON doesn't leave it out, it reads back as null.
 */

type Fields = Record<string, unknown>;
type Step = (object: Fields) => void;

const steps = new WeakMap<MessageShape, readonly Step[]>();

/** Makes a draft what it will be once it is stored. */
export function toStoredForm(shape: MessageShape, draft: object): void {
  for (const step of stepsOf(shape)) step(draft as Fields);
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
  return (object) => {
    const value = object[name];
    if (typeof value !== 'object' || value === null) return;
    if (isNulled && isEmpty(value)) object[name] = null;
    else if (inner) for (const part of partsOf(field, value)) toStoredForm(inner, part as object);
  };
}

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

function partsOf({ container }: FieldShape, value: object): Iterable<unknown> {
  if (container === 'list') return value as readonly unknown[];
  return container === 'map' ? Object.values(value) : [value];
}

import { isMap } from '../member.ts';
import { printPlain, printSyntax, printType } from '../print.ts';
import { stepInto, stepTo } from './descend.ts';
import { kindOf } from './kind-of.ts';
import { describeStep, type Step, TypedValueError } from './step.ts';
import type { ApplyType, ListType, MapType } from './type.ts';

// Configurations are read as YAML, where all numbers are floating-point.
const YAML = { floats: true };

/** Where a value stands: spelled out only for what is wrong. */
interface Place {
  readonly within: Place | undefined;
  readonly step: Step;
}

interface TypeError {
  readonly place: Place | undefined;
  readonly message: string;
}

/**
 * All that keeps a configuration from fitting its type, as one text in the words of Kubernetes;
 * undefined when it fits. Whether its values are valid is another matter.
 */
export function typeErrors(type: ApplyType, configuration: unknown): string | undefined {
  const errors: TypeError[] = [];
  checkValue(type, configuration, undefined, errors);
  if (errors.length === 0) return undefined;
  const texts = errors.map(({ place, message }) =>
    place ? `${describePlace(place)}: ${message}` : message,
  );
  return texts.length === 1
    ? texts[0]
    : ['errors:', ...texts.map((text) => `  ${text}`)].join('\n');
}

const describePlace = ({ within, step }: Place): string =>
  (within ? describePlace(within) : '') + describeStep(step);

function checkValue(
  type: ApplyType,
  value: unknown,
  place: Place | undefined,
  errors: TypeError[],
): void {
  if (value === null || value === undefined) return;
  const kind = kindOf(type, value);
  if (kind === 'map') checkMap(type.map!, value, place, errors);
  else if (kind === 'list') checkList(type.list!, value, place, errors);
  else checkScalar(type.scalar!, value, place, errors);
}

function checkMap(
  map: MapType,
  value: unknown,
  place: Place | undefined,
  errors: TypeError[],
): void {
  if (!isMap(value)) {
    errors.push({ place, message: `expected map, got &{${printPlain(value, YAML)}}` });
    return;
  }
  for (const key in value) {
    const type = map.fields.get(key)?.type ?? map.element;
    const at = { within: place, step: stepInto(map, key) };
    if (type === undefined) {
      errors.push({ place: at, message: 'field not declared in schema' });
      return;
    }
    checkValue(type, value[key], at, errors);
  }
}

function checkList(
  list: ListType,
  value: unknown,
  place: Place | undefined,
  errors: TypeError[],
): void {
  if (!Array.isArray(value)) {
    errors.push({ place, message: `expected list, got &{${printPlain(value, YAML)}}` });
    return;
  }
  const seen = new Set<Step>();
  for (const [i, element] of value.entries()) {
    const step = list.kind === 'atomic' ? `i:${i}` : elementStep(list, element, i, place, errors);
    if (step === undefined) return;
    if (seen.has(step)) {
      errors.push({ place, message: `duplicate entries for key ${describeStep(step)}` });
    }
    seen.add(step);
    checkValue(list.element, element, { within: place, step }, errors);
  }
}

function elementStep(
  list: ListType,
  element: unknown,
  i: number,
  place: Place | undefined,
  errors: TypeError[],
): Step | undefined {
  try {
    return stepTo(list, element);
  } catch (error) {
    if (!(error instanceof TypedValueError)) throw error;
    errors.push({ place, message: `element ${i}: ${error.message}` });
    return undefined;
  }
}

function checkScalar(
  scalar: NonNullable<ApplyType['scalar']>,
  value: unknown,
  place: Place | undefined,
  errors: TypeError[],
): void {
  if (scalar === 'any' ? typeof value !== 'object' : typeof value === scalar) return;
  errors.push({ place, message: SCALAR_MESSAGES[scalar](value) });
}

const SCALAR_MESSAGES = {
  number: (value: unknown) => `expected numeric (int or float), got ${printType(value, YAML)}`,
  string: (value: unknown) =>
    `expected string, got &value.valueUnstructured{Value:${printSyntax(value, YAML)}}`,
  boolean: (value: unknown) => `expected boolean, got &{${printPlain(value, YAML)}}`,
  any: (value: unknown) => `expected any scalar, got &{${printPlain(value, YAML)}}`,
} as const;

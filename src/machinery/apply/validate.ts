import { quote } from '../quote.ts';
import { stepInto, stepTo } from './descend.ts';
import { isMap, kindOf } from './kind-of.ts';
import { describeStep, type Step, TypedValueError } from './step.ts';
import type { ApplyType, ListType, MapType } from './type.ts';

interface TypeError {
  readonly path: string;
  readonly message: string;
}

/**
 * All that keeps a configuration from fitting its type, as one text in the words of Kubernetes;
 * undefined when it fits. Whether its values are valid is another matter.
 */
export function typeErrors(type: ApplyType, configuration: unknown): string | undefined {
  const errors: TypeError[] = [];
  checkValue(type, configuration, '', errors);
  if (errors.length === 0) return undefined;
  const texts = errors.map(({ path, message }) => (path ? `${path}: ${message}` : message));
  return texts.length === 1
    ? texts[0]
    : ['errors:', ...texts.map((text) => `  ${text}`)].join('\n');
}

function checkValue(type: ApplyType, value: unknown, path: string, errors: TypeError[]): void {
  if (value === null || value === undefined) return;
  const kind = kindOf(type, value);
  if (kind === 'map') checkMap(type.map!, value, path, errors);
  else if (kind === 'list') checkList(type.list!, value, path, errors);
  else checkScalar(type.scalar!, value, path, errors);
}

function checkMap(map: MapType, value: unknown, path: string, errors: TypeError[]): void {
  if (!isMap(value)) {
    errors.push({ path, message: `expected map, got &{${plain(value)}}` });
    return;
  }
  for (const key in value) {
    const type = map.fields.get(key)?.type ?? map.element;
    const at = path + describeStep(stepInto(map, key));
    if (type === undefined) {
      errors.push({ path: at, message: 'field not declared in schema' });
      return;
    }
    checkValue(type, value[key], at, errors);
  }
}

function checkList(list: ListType, value: unknown, path: string, errors: TypeError[]): void {
  if (!Array.isArray(value)) {
    errors.push({ path, message: `expected list, got &{${plain(value)}}` });
    return;
  }
  const seen = new Set<Step>();
  for (const [i, element] of value.entries()) {
    const step = list.kind === 'atomic' ? `i:${i}` : elementStep(list, element, i, path, errors);
    if (step === undefined) return;
    if (seen.has(step)) {
      errors.push({ path, message: `duplicate entries for key ${describeStep(step)}` });
    }
    seen.add(step);
    checkValue(list.element, element, path + describeStep(step), errors);
  }
}

function elementStep(
  list: ListType,
  element: unknown,
  i: number,
  path: string,
  errors: TypeError[],
): Step | undefined {
  try {
    return stepTo(list, element);
  } catch (error) {
    if (!(error instanceof TypedValueError)) throw error;
    errors.push({ path, message: `element ${i}: ${error.message}` });
    return undefined;
  }
}

function checkScalar(
  scalar: NonNullable<ApplyType['scalar']>,
  value: unknown,
  path: string,
  errors: TypeError[],
): void {
  if (scalar === 'any' ? typeof value !== 'object' : typeof value === scalar) return;
  errors.push({ path, message: SCALAR_MESSAGES[scalar](value) });
}

const SCALAR_MESSAGES = {
  number: (value: unknown) => `expected numeric (int or float), got ${typeName(value)}`,
  string: (value: unknown) =>
    `expected string, got &value.valueUnstructured{Value:${syntax(value)}}`,
  boolean: (value: unknown) => `expected boolean, got &{${plain(value)}}`,
  any: (value: unknown) => `expected any scalar, got &{${plain(value)}}`,
} as const;

// Kubernetes shows wrong values as Go prints them, in three ways.

function typeName(value: unknown): string {
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return 'float64';
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
}

const entriesByKey = (value: object): [string, unknown][] =>
  Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));

/** `map[a:1 b:[x y]]` */
function plain(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (typeof value === 'number') return formatNumber(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map(plain).join(' ')}]`;
  return `map[${entriesByKey(value)
    .map(([key, each]) => `${key}:${plain(each)}`)
    .join(' ')}]`;
}

/** `map[string]interface {}{"a":1, "b":[]interface {}{"x", "y"}}` */
function syntax(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}(nil)';
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number') return formatNumber(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(syntax).join(', ')}}`;
  return `map[string]interface {}{${entriesByKey(value)
    .map(([key, each]) => `${quote(key)}:${syntax(each)}`)
    .join(', ')}}`;
}

/** A number as Go prints one: with an exponent below 0.0001 and from a million on. */
function formatNumber(value: number): string {
  const [digits, exponent] = value.toExponential().split('e') as [string, string];
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

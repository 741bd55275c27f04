import { quote } from './quote.ts';

/**
 * How some messages of the API show plain data: as Go prints its values. Whole numbers are integers
 * there when they come from JSON, and floating-point when they come from YAML.
 */
export interface PrintOptions {
  /** Whole numbers are printed as floating-point numbers are. */
  readonly floats?: boolean;
}

const entriesByKey = (value: object): [string, unknown][] =>
  Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));

const isNothing = (value: unknown): boolean => value === null || value === undefined;

/** The name of a value's type: `string`, `map[string]interface {}`. */
export function printType(value: unknown, { floats = false }: PrintOptions = {}): string {
  if (isNothing(value)) return '%!s(<nil>)';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) && !floats ? 'int64' : 'float64';
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
}

/** `map[a:1 b:[x y]]` */
export function printPlain(value: unknown, options: PrintOptions = {}): string {
  if (isNothing(value)) return '<nil>';
  if (typeof value === 'number') return printNumber(value, options);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map((each) => printPlain(each, options)).join(' ')}]`;
  const entries = entriesByKey(value!).map(([key, each]) => `${key}:${printPlain(each, options)}`);
  return `map[${entries.join(' ')}]`;
}

/** `map[string]interface {}{"a":1, "b":[]interface {}{"x", "y"}}` */
export function printSyntax(value: unknown, options: PrintOptions = {}): string {
  if (isNothing(value)) return 'interface {}(nil)';
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number') return printNumber(value, options);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) {
    return `[]interface {}{${value.map((each) => printSyntax(each, options)).join(', ')}}`;
  }
  const entries = entriesByKey(value!).map(
    ([key, each]) => `${quote(key)}:${printSyntax(each, options)}`,
  );
  return `map[string]interface {}{${entries.join(', ')}}`;
}

// A floating-point number has an exponent below 0.0001 and from a million on.
function printNumber(value: number, { floats = false }: PrintOptions): string {
  if (Number.isInteger(value) && !floats) return String(value);
  const [digits, exponent] = value.toExponential().split('e') as [string, string];
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

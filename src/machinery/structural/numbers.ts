import { formatOf } from './formats.ts';
import type { JsonSchema } from './schema.ts';

/** What is wrong with a number. */
interface NumberFault {
  readonly detail: string;
  /** It is told of the whole object and not of the number: the schema itself makes little sense. */
  readonly isGeneral: boolean;
}

/** In which ways a number breaks the limits of its schema. */
export function numberFaults(value: number, schema: JsonSchema, path: string): NumberFault[] {
  const { multipleOf, maximum, minimum } = schema;
  const faults = rangeFault('Checked', value, schema, path);
  if (multipleOf !== undefined) {
    faults.push(...rangeFault('MultipleOf', multipleOf, schema, path));
    const fault = multipleFault(value, multipleOf, path);
    if (fault) faults.push(own(fault));
  }
  if (minimum !== undefined) {
    faults.push(...rangeFault('Minimum boundary', minimum, schema, path));
    const { exclusiveMinimum: isExclusive } = schema;
    if (value < minimum || (isExclusive && value === minimum)) {
      const relation = isExclusive ? 'greater than' : 'greater than or equal to';
      faults.push(own(`${path} in body should be ${relation} ${shown(value, minimum)}`));
    }
  }
  if (maximum !== undefined) {
    faults.push(...rangeFault('Maximum boundary', maximum, schema, path));
    const { exclusiveMaximum: isExclusive } = schema;
    if (value > maximum || (isExclusive && value === maximum)) {
      const relation = isExclusive ? 'less than' : 'less than or equal to';
      faults.push(own(`${path} in body should be ${relation} ${shown(value, maximum)}`));
    }
  }
  return faults;
}

const own = (detail: string): NumberFault => ({ detail, isGeneral: false });

/** A number, or a limit of numbers, that isn't of the schema's type and format. */
function rangeFault(what: string, number: number, schema: JsonSchema, path: string): NumberFault[] {
  const { type } = schema;
  const format = formatOf(schema) ?? '';
  if (type === 'integer' ? isInteger(number, format) : isFloat(number, format)) return [];
  const kind = format === '' ? '(default format)' : `with format ${format}`;
  const detail = `${what} value must be of type ${type} ${kind} in ${path}`;
  return [{ detail, isGeneral: true }];
}

const INT32_MAX = 2 ** 31 - 1;
const FLOAT_MAX = 3.4028234663852886e38;

const isInteger = (number: number, format: string): boolean =>
  Number.isInteger(number) &&
  (format === 'int32'
    ? number >= -INT32_MAX - 1 && number <= INT32_MAX
    : number >= -(2 ** 63) && number <= 2 ** 63);

const isFloat = (number: number, format: string): boolean =>
  format !== 'float' || Math.abs(number) <= FLOAT_MAX;

function multipleFault(value: number, factor: number, path: string): string | undefined {
  const isWhole = Number.isInteger(value);
  const divisor = isWhole && factor >= 1 ? Math.trunc(factor) : factor;
  if (divisor <= 0) {
    return `factor MultipleOf declared for ${path} must be positive: ${goNumber(divisor)}`;
  }
  const quotient = divisor < 1 ? (1 / divisor) * value : value / divisor;
  if (isNearlyInteger(quotient)) return undefined;
  return `${path} in body should be a multiple of ${goNumber(divisor)}`;
}

/** Binary fractions of decimal ones are a little off. */
function isNearlyInteger(value: number): boolean {
  const nearest = Math.round(value);
  return Math.abs(value - nearest) <= 1e-9 * Math.max(1, Math.abs(value));
}

// Integers are compared with integers, and messages show what was compared.
const shown = (value: number, limit: number): string =>
  goNumber(Number.isInteger(value) ? Math.trunc(limit) : limit);

/** A number as Go prints it: exponents have two digits at least. */
export const goNumber = (value: number): string => String(value).replace(/e([+-])(\d)$/, 'e$10$2');

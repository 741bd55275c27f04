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
  const faults: NumberFault[] = [];
  if (multipleOf !== undefined) {
    faults.push(...boundFault('MultipleOf', multipleOf, schema, path));
    const fault = multipleFault(value, multipleOf, path);
    if (fault) faults.push(own(fault));
  }
  if (minimum !== undefined) {
    faults.push(...boundFault('Minimum boundary', minimum, schema, path));
    const { exclusiveMinimum: isExclusive } = schema;
    if (value < minimum || (isExclusive && value === minimum)) {
      const relation = isExclusive ? 'greater than' : 'greater than or equal to';
      faults.push(own(`${path} in body should be ${relation} ${shown(value, minimum)}`));
    }
  }
  if (maximum !== undefined) {
    faults.push(...boundFault('Maximum boundary', maximum, schema, path));
    const { exclusiveMaximum: isExclusive } = schema;
    if (value > maximum || (isExclusive && value === maximum)) {
      const relation = isExclusive ? 'less than' : 'less than or equal to';
      faults.push(own(`${path} in body should be ${relation} ${shown(value, maximum)}`));
    }
  }
  return faults;
}

const own = (detail: string): NumberFault => ({ detail, isGeneral: false });

/** A limit of integers that is none itself. */
function boundFault(
  what: string,
  limit: number,
  { type }: JsonSchema,
  path: string,
): NumberFault[] {
  if (type !== 'integer' || Number.isInteger(limit)) return [];
  const detail = `${what} value must be of type integer (default format) in ${path}`;
  return [{ detail, isGeneral: true }];
}

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

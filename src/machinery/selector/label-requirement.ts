import { aggregateMessage, type FieldError, invalid, notSupported } from '../field-error.ts';
import { FieldPath } from '../field-path.ts';
import { badRequest } from '../status.ts';
import { checkLabelValue, checkQualifiedName } from '../validation/labels.ts';

export type LabelOperator =
  | 'in'
  | 'notin'
  | '='
  | '=='
  | '!='
  | 'exists'
  | '!'
  | 'gt' // written `>`
  | 'lt'; // written `<`

/** Operators in the order in which messages list them. */
export const BINARY_OPERATORS: readonly LabelOperator[] = [
  'in',
  'notin',
  '=',
  '==',
  '!=',
  'gt',
  'lt',
];
const OPERATORS: readonly LabelOperator[] = [...BINARY_OPERATORS, 'exists', '!'];

/** One condition on one label. Values are sorted and distinct. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  readonly values: readonly string[];
}

const INT64_MAX = 2n ** 63n - 1n;

/** A decimal integer of 64 bits, or undefined. */
export function parseInt64(text: string): bigint | undefined {
  if (text.length > 64 || !/^[+-]?[0-9]+$/.test(text)) return undefined;
  const value = text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text.replace('+', ''));
  return value >= -INT64_MAX - 1n && value <= INT64_MAX ? value : undefined;
}

const VALUES = FieldPath.root.at('values');

function checkOperands(operator: LabelOperator, values: readonly string[]): FieldError[] {
  switch (operator) {
    case 'in':
    case 'notin':
      if (values.length > 0) return [];
      return [invalid(VALUES, values, "for 'in', 'notin' operators, values set can't be empty")];
    case '=':
    case '==':
    case '!=':
      if (values.length === 1) return [];
      return [invalid(VALUES, values, 'exact-match compatibility requires one single value')];
    case 'exists':
    case '!':
      if (values.length === 0) return [];
      return [invalid(VALUES, values, 'values set must be empty for exists and does not exist')];
    case 'gt':
    case 'lt':
      return checkBounds(values);
    default:
      return [notSupported(FieldPath.root.at('operator'), operator, OPERATORS)];
  }
}

function checkBounds(values: readonly string[]): FieldError[] {
  const one = "for 'Gt', 'Lt' operators, exactly one value is required";
  const integer = "for 'Gt', 'Lt' operators, the value must be an integer";
  const errors = values.length === 1 ? [] : [invalid(VALUES, values, one)];
  values.forEach((value, i) => {
    if (parseInt64(value) === undefined) errors.push(invalid(VALUES.index(i), value, integer));
  });
  return errors;
}

/** What is wrong with a label's key, in one error at the path. */
export function keyErrors(key: string, path: FieldPath): FieldError[] {
  const problems = checkQualifiedName(key);
  return problems.length === 0 ? [] : [invalid(path, key, problems.join('; '))];
}

/** Makes a requirement, or throws a BadRequest that says all that is wrong with it. */
export function labelRequirement(
  key: string,
  operator: LabelOperator,
  values: readonly string[],
): LabelRequirement {
  const errors = [...keyErrors(key, FieldPath.root.at('key')), ...checkOperands(operator, values)];
  values.forEach((value, i) => {
    const problems = checkLabelValue(value);
    if (problems.length === 0) return;
    errors.push(invalid(VALUES.index(i).key(key), value, problems.join('; ')));
  });
  if (errors.length > 0) {
    throw badRequest(aggregateMessage(errors.map(({ field, message }) => `${field}: ${message}`)));
  }
  return { key, operator, values: [...new Set(values)].sort() };
}

/** The text form of a requirement: `tier in (a,b)`. */
export function formatRequirement({ key, operator, values }: LabelRequirement): string {
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${values.join(',')})`;
    case 'gt':
      return `${key}>${values[0]}`;
    case 'lt':
      return `${key}<${values[0]}`;
    default:
      return `${key}${operator}${values[0]}`;
  }
}

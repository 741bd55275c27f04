import { type FieldError, forbiddenField, invalid, required } from '../field-error.ts';
import type { FieldPath } from '../field-path.ts';
import { checkSubdomainPrefix } from './names.ts';
import {
  isLongerThan,
  joinProblems,
  maxBytesProblem,
  NO_PROBLEMS,
  type Problems,
  patternCheck,
  patternProblem,
} from './text-format.ts';

const NAME = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const NAME_WORDS =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const NAME_EXAMPLES = ['MyName', 'my.name', '123-abc'];
const PART_MAX_BYTES = 63;

const checkNameForm = patternCheck(NAME, `name part ${NAME_WORDS}`, NAME_EXAMPLES);
const checkValueForm = patternCheck(
  `(${NAME})?`,
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  ['MyValue', 'my_value', '12345'],
);

const TOO_MANY_PARTS: Problems = [
  `a valid label key ${patternProblem(NAME_WORDS, NAME, NAME_EXAMPLES)} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
];

function checkPrefix(prefix: string): Problems {
  if (prefix === '') return ['prefix part must be non-empty'];
  const problems = checkSubdomainPrefix(prefix);
  return problems.length === 0 ? problems : problems.map((problem) => `prefix part ${problem}`);
}

function checkNameLength(name: string): Problems {
  if (name === '') return ['name part must be non-empty'];
  if (!isLongerThan(name, PART_MAX_BYTES)) return NO_PROBLEMS;
  return [`name part ${maxBytesProblem(PART_MAX_BYTES)}`];
}

/** `name` or `prefix/name`: a label's key, a finalizer, a condition's type and many others. */
export function checkQualifiedName(value: string): Problems {
  const slash = value.indexOf('/');
  if (slash >= 0 && value.indexOf('/', slash + 1) >= 0) return TOO_MANY_PARTS;
  const name = value.slice(slash + 1);
  return joinProblems(
    slash >= 0 ? checkPrefix(value.slice(0, slash)) : NO_PROBLEMS,
    checkNameLength(name),
    checkNameForm(name),
  );
}

/** The value of a label: empty, or at most 63 letters, digits, dashes, underscores and dots. */
export const checkLabelValue = (value: string): Problems =>
  joinProblems(
    isLongerThan(value, PART_MAX_BYTES) ? [maxBytesProblem(PART_MAX_BYTES)] : NO_PROBLEMS,
    checkValueForm(value),
  );

/** One error for each problem with a value that stands at a path. */
export const invalidFor = (problems: Problems, value: unknown, path: FieldPath): FieldError[] =>
  problems.map((problem) => invalid(path, value, problem));

/** A label's key. */
export const validateLabelName = (name: string, path: FieldPath): FieldError[] =>
  invalidFor(checkQualifiedName(name), name, path);

/** The labels of an object, or those it is selected by. */
export function validateLabels(
  labels: Readonly<Record<string, string>> | undefined,
  path: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  for (const key in labels) {
    errors.push(...validateLabelName(key, path));
    errors.push(...invalidFor(checkLabelValue(labels[key]!), labels[key], path));
  }
  return errors;
}

/** `metav1.LabelSelector` as it stands in objects. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly LabelSelectorRequirement[];
}

export interface LabelSelectorRequirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

export interface LabelSelectorOptions {
  /** For objects stored before values were checked. */
  readonly allowInvalidValues?: boolean;
  /** For access reviews, whose author may know more operators than we do. */
  readonly allowUnknownOperator?: boolean;
}

function validateOperands(
  { operator, values }: LabelSelectorRequirement,
  path: FieldPath,
  options: LabelSelectorOptions,
): FieldError[] {
  const given = values !== undefined && values.length > 0;
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (given) return [];
      return [required(path.at('values'), "must be specified when `operator` is 'In' or 'NotIn'")];
    case 'Exists':
    case 'DoesNotExist':
      if (!given) return [];
      return [
        forbiddenField(
          path.at('values'),
          "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        ),
      ];
    default:
      if (options.allowUnknownOperator) return [];
      return [invalid(path.at('operator'), operator ?? '', 'not a valid selector operator')];
  }
}

/** What is wrong with one expression of a label selector. */
export function validateLabelSelectorRequirement(
  requirement: LabelSelectorRequirement,
  path: FieldPath,
  options: LabelSelectorOptions = {},
): FieldError[] {
  const errors = validateOperands(requirement, path, options);
  errors.push(...validateLabelName(requirement.key ?? '', path.at('key')));
  if (options.allowInvalidValues) return errors;
  requirement.values?.forEach((value, i) => {
    errors.push(...invalidFor(checkLabelValue(value), value, path.at('values').index(i)));
  });
  return errors;
}

/** A label selector, if there is one. */
export function validateLabelSelector(
  selector: LabelSelector | undefined,
  path: FieldPath,
  options: LabelSelectorOptions = {},
): FieldError[] {
  const errors = validateLabels(selector?.matchLabels, path.at('matchLabels'));
  selector?.matchExpressions?.forEach((requirement, i) => {
    const at = path.at('matchExpressions').index(i);
    errors.push(...validateLabelSelectorRequirement(requirement, at, options));
  });
  return errors;
}

/** Whether a stored selector has values that today's rules refuse, so that updates may keep them. */
export const hasInvalidSelectorValue = (selector: LabelSelector | undefined): boolean =>
  selector?.matchExpressions?.some(({ values }) =>
    values?.some((value) => checkLabelValue(value).length > 0),
  ) ?? false;

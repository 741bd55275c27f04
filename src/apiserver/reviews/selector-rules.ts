import type { ResourceAttributes } from '../../api/generated/authorization/v1/types.ts';
import type {
  FieldSelectorRequirement,
  LabelSelectorRequirement,
} from '../../api/generated/meta/v1/types.ts';
import { type FieldError, forbiddenField, invalid, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { FieldSelector } from '../../machinery/selector/field-selector.ts';
import { parseLabelRequirements } from '../../machinery/selector/label-selector-parser.ts';
import { validateLabelSelectorRequirement } from '../../machinery/validation/labels.ts';

/** What is wrong with the selectors of a request that is asked about. */
export const validateSelectors = (
  { fieldSelector, labelSelector }: ResourceAttributes,
  path: FieldPath,
): FieldError[] => [
  ...validateEither(fieldSelector, path.at('fieldSelector'), validateFieldRequirement),
  ...validateEither(labelSelector, path.at('labelSelector'), validateLabelRequirement),
];

interface Selector<R> {
  readonly rawSelector?: string;
  readonly requirements?: readonly R[];
}

/** A selector is either a text or a list of what it requires. */
function validateEither<R>(
  selector: Selector<R> | undefined,
  path: FieldPath,
  validate: (requirement: R, path: FieldPath) => FieldError[],
): FieldError[] {
  if (selector === undefined) return [];
  const { rawSelector = '', requirements = [] } = selector;
  const errors: FieldError[] = [];
  if (rawSelector !== '' && requirements.length > 0) {
    const detail = 'may not specified at the same time as requirements';
    errors.push(invalid(path.at('rawSelector'), rawSelector, detail));
  }
  if (rawSelector === '' && requirements.length === 0) {
    const detail = `when ${path} is specified, requirements or rawSelector is required`;
    errors.push(required(path.at('requirements'), detail));
  }
  requirements.forEach((requirement, i) => {
    errors.push(...validate(requirement, path.at('requirements').index(i)));
  });
  return errors;
}

interface Requirement {
  readonly operator?: string;
  readonly values?: readonly string[];
}

const LABEL_OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'];
const isForLabels = ({ operator = '' }: Requirement) => LABEL_OPERATORS.includes(operator);

/** Of fields one can ask so far only for one value, or for any but one. */
const isForFields = ({ operator, values = [] }: Requirement) =>
  (operator === 'In' || operator === 'NotIn') && values.length <= 1;

/** What of the selectors can't be read, and so plays no part in the answer. */
export const ignoredSelectors = ({
  fieldSelector,
  labelSelector,
}: ResourceAttributes): string[] => [
  ...ignored('fieldSelector', fieldSelector, { parse: FieldSelector.parse, isKnown: isForFields }),
  ...ignored('labelSelector', labelSelector, {
    parse: parseLabelRequirements,
    isKnown: isForLabels,
  }),
];

interface Reader {
  readonly parse: (text: string) => unknown;
  readonly isKnown: (requirement: Requirement) => boolean;
}

function ignored(
  name: string,
  { rawSelector = '', requirements = [] }: Selector<Requirement> = {},
  { parse, isKnown }: Reader,
): string[] {
  const known = requirements.filter(isKnown).length;
  if (isReadable(rawSelector, parse) && known === requirements.length) return [];
  const much = known > 0 ? 'partially ignored' : 'ignored';
  return [`spec.resourceAttributes.${name} ${much} due to parse error`];
}

function isReadable(text: string, parse: (text: string) => unknown): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

// Operators that aren't known are let pass: newer clients may ask of older servers.
function validateFieldRequirement(
  { key, operator, values = [] }: FieldSelectorRequirement,
  path: FieldPath,
): FieldError[] {
  const errors = key ? [] : [required(path.at('key'), 'must be specified')];
  const isEmpty = values.length === 0;
  if ((operator === 'In' || operator === 'NotIn') && isEmpty) {
    const detail = "must be specified when `operator` is 'In' or 'NotIn'";
    errors.push(required(path.at('values'), detail));
  }
  if ((operator === 'Exists' || operator === 'DoesNotExist') && !isEmpty) {
    const detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
    errors.push(forbiddenField(path.at('values'), detail));
  }
  return errors;
}

const validateLabelRequirement = (
  requirement: LabelSelectorRequirement,
  path: FieldPath,
): FieldError[] =>
  validateLabelSelectorRequirement(requirement, path, { allowUnknownOperator: true });

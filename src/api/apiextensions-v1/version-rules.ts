import {
  duplicate,
  type FieldError,
  invalid,
  required,
  tooMany,
} from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { isPrintable } from '../../machinery/quote.ts';
import { followPath } from '../../machinery/structural/schema-path.ts';
import { validateEach } from '../checks.ts';
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinitionVersion,
  CustomResourceSubresourceScale,
  CustomResourceSubresources,
  JSONSchemaProps,
  SelectableField,
} from '../generated/apiextensions/v1/types.ts';

const WARNING_MAX = 256;
const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string'];
const COLUMN_FORMATS = [
  'byte',
  'date',
  'date-time',
  'double',
  'float',
  'int32',
  'int64',
  'password',
];
const SELECTABLE_MAX = 8;
const SELECTABLE_TYPES = ['string', 'boolean', 'integer'];

/** What a version says to who uses it though it is deprecated. */
export function validateDeprecation(
  { deprecated, deprecationWarning: text }: CustomResourceDefinitionVersion,
  path: FieldPath,
): FieldError[] {
  if (text === undefined) return [];
  const at = path.at('deprecationWarning');
  if (!deprecated) return [invalid(at, text, 'can only be set for deprecated versions')];
  const errors: FieldError[] = [];
  if (Buffer.byteLength(text) > WARNING_MAX) {
    errors.push(invalid(at, text, 'must be <= 256 characters long'));
  }
  if (text === '') errors.push(invalid(at, text, 'must not be an empty string'));
  if (!isPrintable(text)) {
    const place = [...text].findIndex((character) => !isPrintable(character));
    const index = Buffer.byteLength([...text].slice(0, place).join(''));
    const detail = `must only contain printable UTF-8 characters; non-printable character found at index ${index}`;
    errors.push(invalid(at, text, detail));
  }
  return errors;
}

/** The paths of a version's subresources. */
export const validateSubresources = (
  subresources: CustomResourceSubresources | undefined,
  path: FieldPath,
): FieldError[] => (subresources?.scale ? validateScale(subresources.scale, path) : []);

function validateScale(scale: CustomResourceSubresourceScale, path: FieldPath): FieldError[] {
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale;
  const spec = path.at('scale.specReplicasPath');
  const status = path.at('scale.statusReplicasPath');
  const selector = path.at('scale.labelSelectorPath');
  return [
    ...(specReplicasPath
      ? validatePathUnder(specReplicasPath, ['.spec.'], spec, '.spec')
      : [required(spec)]),
    ...(statusReplicasPath
      ? validatePathUnder(statusReplicasPath, ['.status.'], status, '.status')
      : [required(status)]),
    ...(labelSelectorPath
      ? validatePathUnder(
          labelSelectorPath,
          ['.spec.', '.status.'],
          selector,
          'either .spec or .status',
        )
      : []),
  ];
}

function validatePathUnder(
  text: string,
  prefixes: readonly string[],
  path: FieldPath,
  where: string,
): FieldError[] {
  const errors = validateSimplePath(text, path);
  if (errors.length > 0 || prefixes.some((prefix) => text.startsWith(prefix))) return errors;
  return [invalid(path, text, `should be a json path under ${where}`)];
}

const validateSimplePath = (text: string, path: FieldPath): FieldError[] =>
  text.startsWith('.') ? [] : [invalid(path, text, 'must be a simple json path starting with .')];

/** The columns of `kubectl get`. */
export const validateColumns = (
  columns: readonly CustomResourceColumnDefinition[] | undefined,
  path: FieldPath,
): FieldError[] => validateEach(columns, path, validateColumn);

function validateColumn(column: CustomResourceColumnDefinition, path: FieldPath): FieldError[] {
  const { name, type, format, jsonPath } = column;
  const errors: FieldError[] = [];
  if (!name) errors.push(required(path.at('name')));
  const types = `must be one of ${COLUMN_TYPES.join(',')}`;
  if (!type) errors.push(required(path.at('type'), types));
  else if (!COLUMN_TYPES.includes(type)) errors.push(invalid(path.at('type'), type, types));
  if (format && !COLUMN_FORMATS.includes(format)) {
    const formats = `must be one of ${COLUMN_FORMATS.join(',')}`;
    errors.push(invalid(path.at('format'), format, formats));
  }
  const at = path.at('JSONPath');
  return [...errors, ...(jsonPath ? validateSimplePath(jsonPath, at) : [required(at)])];
}

/** The fields that lists may select by. */
export function validateSelectableFields(
  fields: readonly SelectableField[] | undefined,
  schema: JSONSchemaProps,
  path: FieldPath,
): FieldError[] {
  const seen = new Set<string>();
  const errors = validateEach(fields, path, ({ jsonPath }, parent) => {
    const at = parent.at('jsonPath');
    if (!jsonPath) return [required(at)];
    try {
      const { steps, schema: found } = followPath(jsonPath, schema, { allowsBrackets: false });
      const name = steps.map((step) => step.name).join('.');
      const isRepeated = seen.has(name);
      seen.add(name);
      return [
        ...(steps[0]?.name === 'metadata'
          ? [invalid(at, jsonPath, 'must not point to fields in metadata')]
          : []),
        ...(SELECTABLE_TYPES.includes(found.type ?? '')
          ? []
          : [invalid(at, jsonPath, NOT_SELECTABLE)]),
        ...(isRepeated ? [duplicate(at, jsonPath)] : []),
      ];
    } catch (error) {
      return [invalid(at, jsonPath, `is an invalid path: ${(error as Error).message}`)];
    }
  });
  if (seen.size > SELECTABLE_MAX) errors.push(tooMany(path, seen.size, SELECTABLE_MAX));
  return errors;
}

const NOT_SELECTABLE =
  'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.';

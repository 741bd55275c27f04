import type { ValidationContext } from '../../api/definition.ts';
import type {
  CustomResourceSubresourceScale,
  JSONSchemaProps,
} from '../../api/generated/apiextensions/v1/types.ts';
import { type FieldError, invalid } from '../../machinery/field-error.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { quote } from '../../machinery/quote.ts';
import { Correlation } from '../../machinery/structural/correlation.ts';
import { validateEmbedded } from '../../machinery/structural/embedded.ts';
import { validateListTypes } from '../../machinery/structural/list-types.ts';
import { type JsonSchema, propertyOf } from '../../machinery/structural/schema.ts';
import { validateValue } from '../../machinery/structural/validate.ts';
import { checkQualifiedName } from '../../machinery/validation/labels.ts';
import type { RuleChecker } from './rules.ts';

type Context = ValidationContext<KubeObject>;

/** By what objects of a kind are checked. */
export interface Checks {
  readonly schema: JSONSchemaProps;
  readonly scale: CustomResourceSubresourceScale | undefined;
  /** Rules in CEL; made when first needed. */
  readonly rules: RuleChecker;
  readonly validateReplicas: (
    object: KubeObject,
    paths: CustomResourceSubresourceScale,
    options?: { readonly isStatus?: boolean },
  ) => FieldError[];
}

/** Everything wrong with an object; what didn't change may stay (KEP-4008). */
export function validateCustom(
  checks: Checks,
  object: KubeObject,
  { path, previous, warn }: Context,
): FieldError[] {
  const { schema, scale, validateReplicas } = checks;
  const correlation = previous && new Correlation(object, previous, schema as JsonSchema);
  const errors = [
    ...validateValue(object, schema, correlation && { correlation }),
    ...(scale ? validateReplicas(object, scale) : []),
    ...validateEmbedded(object, schema, path),
    ...validateLists(schema, object, previous, path),
  ];
  return [...errors, ...ruleErrors(checks, object, errors, { path, previous, warn })];
}

/** Everything wrong with a status. */
export function validateCustomStatus(
  checks: Checks,
  object: KubeObject,
  previous: KubeObject,
  { path, warn }: Context,
): FieldError[] {
  const { schema, scale, validateReplicas } = checks;
  const [next, before] = [object, previous].map(
    (each) => (each as unknown as { readonly status?: unknown }).status,
  );
  const statusSchema = propertyOf(schema, 'status');
  const errors: FieldError[] = [];
  if (next !== undefined && statusSchema) {
    const correlation =
      before === undefined ? undefined : new Correlation(next, before, statusSchema);
    const options = { path: path.at('status'), ...(correlation && { correlation }) };
    errors.push(...validateValue(next, statusSchema, options));
  }
  if (scale) errors.push(...validateReplicas(object, scale, { isStatus: true }));
  errors.push(...validateLists(schema, object, previous, path));
  return [...errors, ...ruleErrors(checks, object, errors, { path, previous, warn })];
}

/** Lists that were accepted as they are may stay so. */
function validateLists(
  schema: JsonSchema,
  object: KubeObject,
  previous: KubeObject | undefined,
  path: Context['path'],
): FieldError[] {
  const errors = validateListTypes(object, schema, path);
  if (errors.length === 0 || !previous) return errors;
  return validateListTypes(previous, schema, path).length === 0 ? errors : [];
}

/** With these, what rules would say of the object makes no sense. */
const BLOCKING: readonly FieldError['reason'][] = [
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
];

const NOT_CHECKED =
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';

function ruleErrors(
  { rules }: Checks,
  object: KubeObject,
  errors: readonly FieldError[],
  { path, previous, warn }: Pick<Context, 'path' | 'previous' | 'warn'>,
): FieldError[] {
  if (!rules.hasRules) return [];
  if (errors.some(({ reason }) => BLOCKING.includes(reason)))
    return [invalid(path, null, NOT_CHECKED)];
  return rules.check(object, previous, warn);
}

const STANDARD_FINALIZERS = ['kubernetes', 'orphan', 'foregroundDeletion'];

/** Finalizers that others may use too. */
export function finalizerWarnings(object: KubeObject, previous: KubeObject | undefined): string[] {
  const before = previous?.metadata.finalizers ?? [];
  const added = (object.metadata.finalizers ?? []).filter((name) => !before.includes(name));
  return [...new Set(added)].sort().flatMap((name) => {
    const found = [...checkQualifiedName(name)];
    if (!name.includes('/') && !STANDARD_FINALIZERS.includes(name)) {
      found.push(
        'prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers',
      );
    }
    return found.map((text) => `metadata.finalizers: ${quote(name)}: ${text}`);
  });
}

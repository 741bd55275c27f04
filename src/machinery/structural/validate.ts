import { isEqual, sortKeys } from '../equal.ts';
import {
  type FieldError,
  invalid,
  notSupported,
  required,
  tooLong,
  tooMany,
  typeInvalid,
} from '../field-error.ts';
import { FieldPath } from '../field-path.ts';
import { isMap } from '../member.ts';
import { toJson } from '../quote.ts';
import { regexOf } from '../regex/regex.ts';
import type { Correlation } from './correlation.ts';
import { formatCheck, formatOf } from './formats.ts';
import { numberFaults } from './numbers.ts';
import { additionalOf, type Fields, itemsOf, type JsonSchema, propertiesOf } from './schema.ts';

/**
 * Everything in which a value doesn't fit its schema, in the words and the order of Kubernetes.
 * With the older state of an object, what didn't change isn't told.
 *
 * @param path where the value stands; undefined for a whole object
 */
export function validateValue(
  value: unknown,
  schema: JsonSchema,
  { path, correlation }: { readonly path?: FieldPath; readonly correlation?: Correlation } = {},
): FieldError[] {
  return new SchemaValidation(path ?? FieldPath.root).of(value, schema, '', correlation).errors;
}

/** What was found; `matches` tells which of several alternatives a value comes closest to. */
class Findings {
  readonly errors: FieldError[] = [];
  /** Made for the first fault: most objects have none, and each of their parts is looked at. */
  #told: Set<string> | undefined;
  matches = 0;

  add(other: Findings): void {
    for (const error of other.errors) this.tell(error);
    this.matches += other.matches;
  }

  /** Alternatives find the same fault again and again: it is told once. */
  tell(error: FieldError): void {
    const text = `${error.field}: ${error.message}`;
    this.#told ??= new Set();
    if (this.#told.has(text)) return;
    this.#told.add(text);
    this.errors.push(error);
  }

  get isValid(): boolean {
    return this.errors.length === 0;
  }
}

class SchemaValidation {
  readonly #root: FieldPath;

  constructor(root: FieldPath) {
    this.#root = root;
  }

  of(
    value: unknown,
    schema: JsonSchema,
    path: string,
    correlation: Correlation | undefined,
  ): Findings {
    const found = this.#against(value, schema, path, correlation);
    return !found.isValid && correlation?.isUnchanged ? new Findings() : found;
  }

  /** As `of`, but faults count though nothing changed: for the parts of a composed schema. */
  #against(
    value: unknown,
    schema: JsonSchema,
    path: string,
    correlation: Correlation | undefined,
  ): Findings {
    const found = new Findings();
    if (value === undefined || value === null) {
      this.#checkNull(found, schema, path);
      this.#checkEnum(found, null, schema, path);
      return found;
    }
    if (this.#hasType(schema)) {
      this.#checkType(found, value, schema, path);
      found.matches++;
    }
    this.#checkComposition(found, value, schema, path, correlation);
    found.matches++;
    if (typeof value === 'string') this.#checkText(found, value, schema, path);
    else if (typeof value === 'number') this.#checkNumber(found, value, schema, path);
    else if (Array.isArray(value)) this.#checkList(found, value, schema, path, correlation);
    this.#checkEnum(found, value, schema, path);
    found.matches++;
    if (isMap(value)) this.#checkMap(found, value, schema, path, correlation);
    found.matches++;
    return found;
  }

  /** Where something is told; the whole object shows as such. */
  #at(path: string): FieldPath {
    return path === '' || path === '.' ? this.#root : this.#root.at(path.replace(/^\./, ''));
  }

  #hasType(schema: JsonSchema): boolean {
    return typesOf(schema).length > 0 || formatOf(schema) !== undefined;
  }

  #checkNull(found: Findings, schema: JsonSchema, path: string): void {
    const types = typesOf(schema);
    if (types.length === 0 || schema.nullable) found.matches++;
    else this.#mismatch(found, path, types.join(','), 'null');
  }

  #mismatch(found: Findings, path: string, wanted: string, actual: string): void {
    const detail = `${path} in body must be of type ${wanted}: "${actual}"`;
    found.tell(typeInvalid(this.#at(path), actual, detail));
  }

  #checkType(found: Findings, value: unknown, schema: JsonSchema, path: string): void {
    const types = typesOf(schema);
    const actual = typeOf(value);
    const isNumber = typeof value === 'number';
    const fits =
      types.includes(actual) ||
      (isNumber && Number.isInteger(value) && types.includes('integer')) ||
      (isNumber && types.includes('number'));
    const isText = actual === 'string' || actual === 'array';
    const format = formatOf(schema);
    if (!isText && format && !fits) {
      const kind = !isNumber ? '' : Number.isInteger(value) ? 'int64' : 'float64';
      return this.#mismatch(found, path, format, kind);
    }
    const isNumeric = types.includes('number') || types.includes('integer');
    if (!isNumeric && format && isText) found.matches++;
    else if (!fits) this.#mismatch(found, path, types.join(','), actual);
    else found.matches++;
  }

  #checkEnum(found: Findings, value: unknown, schema: JsonSchema, path: string): void {
    const { enum: allowed } = schema;
    if (!allowed || allowed.length === 0) return;
    if (value !== null && allowed.some((each) => isEqual(each, value))) return;
    const names = allowed.map((each) => (typeof each === 'string' ? each : toJson(each)));
    found.tell(notSupported(this.#at(path), sortKeys(value), names));
  }

  #checkText(found: Findings, value: string, schema: JsonSchema, path: string): void {
    this.#checkLength(found, value, schema, path);
    found.matches++;
    const format = formatOf(schema);
    const check = formatCheck(format);
    if (check === undefined) return;
    if (!check(value)) this.#mismatchedFormat(found, path, format ?? '', value);
    found.matches++;
  }

  #mismatchedFormat(found: Findings, path: string, format: string, value: string): void {
    const detail = `${path} in body must be of type ${format}: ${JSON.stringify(value)}`;
    found.tell(typeInvalid(this.#at(path), value, detail));
  }

  #checkLength(found: Findings, value: string, schema: JsonSchema, path: string): void {
    const { maxLength, minLength, pattern } = schema;
    const at = this.#at(path);
    const limits = maxLength !== undefined || minLength !== undefined;
    const length = limits ? characterCount(value) : 0;
    if (maxLength !== undefined && length > maxLength) found.tell(tooLong(at, maxLength));
    else if (minLength !== undefined && length < minLength) {
      const detail = `${path} in body should be at least ${minLength} chars long`;
      found.tell(invalid(at, value, detail));
    } else if (pattern) {
      const fault = patternFault(pattern, value);
      if (fault !== undefined) {
        found.tell(invalid(at, value, `${path} in body should match '${fault}'`));
      }
    }
  }

  #checkNumber(found: Findings, value: number, schema: JsonSchema, path: string): void {
    for (const { detail, isGeneral } of numberFaults(value, schema, path)) {
      const at = isGeneral ? this.#root : this.#at(path);
      found.tell(invalid(at, isGeneral ? '' : value, detail));
    }
    found.matches += 2;
  }

  #checkList(
    found: Findings,
    list: readonly unknown[],
    schema: JsonSchema,
    path: string,
    correlation: Correlation | undefined,
  ): void {
    const items = itemsOf(schema);
    if (items) {
      for (const [i, each] of list.entries()) {
        found.add(this.of(each, items, `${path}[${i}]`, correlation?.index(i)));
      }
    }
    const { minItems, maxItems } = schema;
    if (minItems !== undefined && list.length < minItems) {
      const detail = `${path} in body should have at least ${minItems} items`;
      found.tell(invalid(this.#at(path), list.length, detail));
    }
    if (maxItems !== undefined && list.length > maxItems) {
      found.tell(tooMany(this.#at(path), list.length, maxItems));
    }
    found.matches += 2;
  }

  #checkMap(
    found: Findings,
    map: Fields,
    schema: JsonSchema,
    path: string,
    correlation: Correlation | undefined,
  ): void {
    this.#checkSize(found, Object.keys(map).length, schema, path);
    const properties = propertiesOf(schema);
    const additional = additionalOf(schema);
    for (const key in map) {
      if (Object.hasOwn(properties, key)) continue;
      if (schema.additionalProperties === false) {
        const detail = `${path}.${key} in body is a forbidden property`;
        found.tell(invalid(this.#at(path), key, detail));
      } else if (additional) {
        found.add(this.of(map[key], additional, `${path}.${key}`, correlation?.key(key)));
      }
    }
    for (const name in properties) {
      if (!Object.hasOwn(map, name)) continue;
      const at = path === '' ? name : `${path}.${name}`;
      // What an object says it is was converted, so its older state says nothing of it.
      const isType = path === '' && (name === 'kind' || name === 'apiVersion');
      const inner = isType ? undefined : correlation?.key(name);
      found.add(this.of(map[name], properties[name]!, at, inner));
    }
    for (const name of schema.required ?? []) {
      if (!Object.hasOwn(map, name)) found.tell(required(this.#at(`${path}.${name}`)));
    }
    found.matches++;
  }

  #checkSize(found: Findings, size: number, schema: JsonSchema, path: string): void {
    const { minProperties, maxProperties } = schema;
    if (minProperties !== undefined && size < minProperties) {
      const detail = `${path} in body should have at least ${minProperties} properties`;
      found.tell(invalid(this.#at(path), size, detail));
    }
    if (maxProperties !== undefined && size > maxProperties) {
      found.tell(tooMany(this.#at(path), size, maxProperties));
    }
  }

  #checkComposition(
    found: Findings,
    value: unknown,
    schema: JsonSchema,
    path: string,
    correlation: Correlation | undefined,
  ): void {
    const { anyOf, oneOf, allOf, not } = schema;
    const against = (each: JsonSchema) => this.#against(value, each, path, correlation);
    if (anyOf?.length) this.#checkAny(found, anyOf, against, path);
    if (oneOf?.length) this.#checkOne(found, oneOf, against, path);
    if (allOf?.length) this.#checkAll(found, allOf, against, path);
    if (not && against(not).isValid) this.#tell(found, path, 'must not validate the schema (not)');
    found.matches++;
  }

  #tell(found: Findings, path: string, text: string): void {
    found.tell(invalid(this.#root, '', `${JSON.stringify(path)} ${text}`));
  }

  #checkAny(found: Findings, schemas: readonly JsonSchema[], against: Against, path: string) {
    let closest: Findings | undefined;
    for (const schema of schemas) {
      const result = against(schema);
      if (result.isValid) return found.add(result);
      if (closest === undefined || result.matches > closest.matches) closest = result;
    }
    this.#tell(found, path, 'must validate at least one schema (anyOf)');
    found.add(closest!);
  }

  #checkOne(found: Findings, schemas: readonly JsonSchema[], against: Against, path: string) {
    let closest: Findings | undefined;
    const valid: Findings[] = [];
    for (const schema of schemas) {
      const result = against(schema);
      if (result.isValid) valid.push(result);
      else if (closest === undefined || result.matches > closest.matches) closest = result;
    }
    if (valid.length === 1) return found.add(valid[0]!);
    const what =
      valid.length === 0 ? 'Found none valid' : `Found ${valid.length} valid alternatives`;
    this.#tell(found, path, `must validate one and only one schema (oneOf). ${what}`);
    if (valid.length === 0 && closest) found.add(closest);
  }

  #checkAll(found: Findings, schemas: readonly JsonSchema[], against: Against, path: string) {
    let valid = 0;
    for (const schema of schemas) {
      const result = against(schema);
      if (result.isValid) valid++;
      found.add(result);
    }
    if (valid === schemas.length) return;
    const none = valid === 0 ? '. None validated' : '';
    this.#tell(found, path, `must validate all the schemas (allOf)${none}`);
  }
}

type Against = (schema: JsonSchema) => Findings;

/** The types that a value may be of. */
function typesOf(schema: JsonSchema): readonly string[] {
  if (schema['x-kubernetes-int-or-string']) return ['integer', 'string'];
  return schema.type ? [schema.type] : [];
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

/** How many characters there are, not how many units of UTF-16. */
function characterCount(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length - 1; i++) {
    const isPair =
      (text.charCodeAt(i) & 0xfc00) === 0xd800 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00;
    if (isPair) count--;
  }
  return count;
}

/** What the text should match, if it doesn't. */
function patternFault(pattern: string, value: string): string | undefined {
  try {
    return regexOf(pattern).test(value) ? undefined : pattern;
  } catch (error) {
    return `${pattern}, but pattern is invalid: ${(error as Error).message}`;
  }
}

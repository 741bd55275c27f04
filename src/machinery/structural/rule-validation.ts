import type { Outcome, Program } from '../cel/program.ts';
import type { Type } from '../cel/types.ts';
import { CelError } from '../cel/values.ts';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  OMITTED,
  required,
} from '../field-error.ts';
import { FieldPath } from '../field-path.ts';
import { isMap, memberOf } from '../member.ts';
import { type Correlation, finderByKeys } from './correlation.ts';
import {
  compileRules,
  declaredType,
  isTransition,
  type RuleProgram,
  typeOfElement,
  typeOfProperty,
} from './rule-program.ts';
import { hasRules } from './rules.ts';
import { additionalOf, itemsOf, type JsonSchema, propertiesOf, type SchemaRule } from './schema.ts';

/** What all rules of an object may cost together (`RuntimeCELCostBudget`). */
const BUDGET = 10_000_000;
const MESSAGE_MAX_BYTES = 5 * 1024;

/** The rules of a schema and of those in it, understood. */
interface RuleNode {
  readonly schema: JsonSchema;
  readonly rules: readonly RuleProgram[];
  readonly items?: RuleNode | undefined;
  readonly additional?: RuleNode | undefined;
  readonly properties: ReadonlyMap<string, RuleNode>;
}

/** Checks objects by the rules in their schema. They are understood when they are first needed. */
export class RuleValidator {
  readonly #schema: JsonSchema;
  readonly #path: FieldPath;
  readonly #isResource: boolean;
  #root: RuleNode | undefined;

  /** The schema is of whole objects, unless said otherwise. */
  constructor(schema: JsonSchema, { path = FieldPath.root, isResource = true } = {}) {
    this.#schema = schema;
    this.#path = path;
    this.#isResource = isResource;
  }

  /**
   * The rules that an object breaks. What didn't change may go on breaking those it broke before,
   * of which `warn` is told.
   */
  validate(
    object: unknown,
    old: unknown,
    correlation: Correlation | undefined,
    warn?: (text: string) => void,
  ): FieldError[] {
    this.#root ??= nodeOf(this.#schema, declaredType(this.#schema, this.#isResource));
    if (this.#root === undefined) return [];
    const pass = new Pass(warn);
    pass.check(this.#root, this.#path, { value: object, old, correlation, parent: undefined });
    return pass.errors;
  }
}

function nodeOf(schema: JsonSchema, type: Type | undefined): RuleNode | undefined {
  if (type === undefined || !hasRules(schema)) return undefined;
  const items = itemsOf(schema);
  const additional = additionalOf(schema);
  const properties = new Map<string, RuleNode>();
  for (const [name, property] of Object.entries(propertiesOf(schema))) {
    const node = nodeOf(property, typeOfProperty(type, name, property));
    if (node) properties.set(name, node);
  }
  return {
    schema,
    rules: compileRules(schema, type),
    items: items && nodeOf(items, typeOfElement(type)),
    additional: additional && nodeOf(additional, typeOfElement(type)),
    properties,
  };
}

/** A value, what it was before, and whether it is the same. */
interface Subject {
  readonly value: unknown;
  readonly old: unknown;
  readonly correlation: Correlation | undefined;
  /** The nearest around it of which it is known what it was. */
  readonly parent: Correlation | undefined;
}

const isKept = ({ correlation, parent }: Subject): boolean =>
  (correlation ?? parent)?.isUnchanged === true;

const OUT_OF_BUDGET =
  'validation failed due to running out of cost budget, no further validation rules will be run';

/** One run over an object, with what it may still cost. */
class Pass {
  readonly errors: FieldError[] = [];
  #budget = BUDGET;
  #isOver = false;
  readonly #warn: ((text: string) => void) | undefined;

  constructor(warn: ((text: string) => void) | undefined) {
    this.#warn = warn;
  }

  check(node: RuleNode, path: FieldPath, subject: Subject): void {
    const { value, old } = subject;
    if (value === null || value === undefined || this.#isOver) return;
    for (const rule of node.rules) {
      if (this.#isOver) return;
      this.#checkRule(rule, node.schema, path, subject);
    }
    if (Array.isArray(value)) this.#checkList(node, path, value, subject);
    else if (isMap(value)) this.#checkMap(node, path, value, isMap(old) ? old : {}, subject);
  }

  #checkList(node: RuleNode, path: FieldPath, list: readonly unknown[], subject: Subject): void {
    const { items, schema } = node;
    if (!items) return;
    const { old, correlation, parent } = subject;
    const isKeyed = schema['x-kubernetes-list-type'] === 'map' && Array.isArray(old);
    const find = isKeyed ? finderByKeys(old, schema) : undefined;
    for (const [i, value] of list.entries()) {
      const before = find?.(value);
      const own = correlation?.index(i);
      const around = correlation ?? parent;
      this.check(items, path.index(i), { value, old: before, correlation: own, parent: around });
    }
  }

  #checkMap(
    { schema, properties, additional }: RuleNode,
    path: FieldPath,
    map: Readonly<Record<string, unknown>>,
    old: Readonly<Record<string, unknown>>,
    { correlation, parent }: Subject,
  ): void {
    const isWhole = schema['x-kubernetes-map-type'] === 'atomic';
    for (const key of Object.keys(map)) {
      const before = isWhole ? undefined : memberOf(old, key);
      const isRoot = parent === undefined && (key === 'apiVersion' || key === 'kind');
      const subject: Subject = {
        value: map[key],
        old: before,
        correlation: isRoot ? undefined : correlation?.key(key),
        parent: isRoot ? undefined : (correlation ?? parent),
      };
      if (additional) this.check(additional, path.key(key), subject);
      const property = properties.get(key);
      if (property) this.check(property, path.at(key), subject);
    }
  }

  #checkRule(compiled: RuleProgram, schema: JsonSchema, path: FieldPath, subject: Subject): void {
    const { rule, program, error } = compiled;
    const { value: self, old } = subject;
    const type = schema.type ?? '';
    if (program === undefined) {
      this.errors.push(invalid(path, type, `rule compile error: ${error}`));
      return;
    }
    if (isTransition(compiled) && (old ?? null) === null && !rule.optionalOldSelf) return;
    if (this.#budget <= 0) return this.#giveUp(path, type, OUT_OF_BUDGET);
    const bindings = { self, oldSelf: old ?? undefined };
    const outcome = this.#evaluate(program, bindings);
    if (this.#budget < 0) return this.#giveUp(path, type, OUT_OF_BUDGET);
    if (outcome.isExceeded) {
      const detail = `'${outcome.value.message}': no further validation rules will be run due to call cost exceeds limit for rule: ${shown(rule)}`;
      return this.#giveUp(path, type, detail);
    }
    if (outcome.value instanceof CelError) {
      this.errors.push(invalid(path, type, failure(outcome.value.message, rule)));
    } else if (outcome.value !== true) this.#tell(compiled, schema, path, subject);
  }

  #evaluate(program: Program, bindings: Readonly<Record<string, unknown>>): Outcome {
    const outcome = program.evaluate(bindings);
    this.#budget -= outcome.cost;
    return outcome;
  }

  #giveUp(path: FieldPath, value: string, detail: string): void {
    this.errors.push(invalid(path, value, detail));
    this.#isOver = true;
  }

  #tell(compiled: RuleProgram, schema: JsonSchema, path: FieldPath, subject: Subject): void {
    // A value that didn't change may go on breaking a rule that looks at nothing else.
    const isAccepted = !isTransition(compiled) && isKept(subject);
    if (isAccepted && this.#warn === undefined) return;
    const { rule, at } = compiled;
    const where = at === undefined ? path : path.at(at);
    const detail = this.#messageOf(compiled, subject) ?? messageOf(rule);
    const isBig = schema.type === 'object' || schema.type === 'array';
    const error = errorFor(where, isBig ? OMITTED : subject.value, detail, rule);
    if (isAccepted) this.#warn?.(`${error.field}: ${error.message}`);
    else this.errors.push(error);
  }

  /** What the rule's own expression says of the failure, if it says anything of use. */
  #messageOf({ message }: RuleProgram, { value, old }: Subject): string | undefined {
    if (message === undefined || this.#budget <= 0) return undefined;
    const outcome = this.#evaluate(message, { self: value, oldSelf: old ?? undefined });
    if (typeof outcome.value !== 'string') return undefined;
    const text = outcome.value.trim();
    const isUsable = text !== '' && !text.includes('\n');
    return isUsable && Buffer.byteLength(text) <= MESSAGE_MAX_BYTES ? text : undefined;
  }
}

const shown = ({ message, rule }: SchemaRule): string => (message || rule).trim();

const messageOf = (rule: SchemaRule): string =>
  rule.message ? rule.message.trim() : `failed rule: ${shown(rule)}`;

const failure = (message: string, rule: SchemaRule): string =>
  message.startsWith('no such overload')
    ? `'${message}': call arguments did not match a supported operator, function or macro signature for rule: ${shown(rule)}`
    : `${message} evaluating rule: ${shown(rule)}`;

function errorFor(
  path: FieldPath,
  value: unknown,
  detail: string,
  { reason }: SchemaRule,
): FieldError {
  switch (reason) {
    case 'FieldValueForbidden':
      return forbiddenField(path, detail);
    case 'FieldValueRequired':
      return required(path, detail);
    case 'FieldValueDuplicate':
      return duplicate(path, value);
    default:
      return invalid(path, value, detail);
  }
}

import type { Program } from '../../machinery/cel/program.ts';
import type { Type } from '../../machinery/cel/types.ts';
import {
  type FieldError,
  forbiddenField,
  internalFieldError,
  invalid,
} from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import {
  compileRules,
  declaredType,
  isTransition,
  type RuleProgram,
  typeOfElement,
  typeOfProperty,
} from '../../machinery/structural/rule-program.ts';
import { hasRules } from '../../machinery/structural/rules.ts';
import { additionalOf, itemsOf, type JsonSchema } from '../../machinery/structural/schema.ts';
import { innerRule } from './inner-schema.ts';

/** What one rule may cost at most, and all of a schema together. */
const RULE_COST_MAX = 10_000_000;
const SCHEMA_COST_MAX = 100_000_000;
const REQUEST_BYTES_MAX = 3 * 1024 * 1024;
/** Of the dearest rules so many are told, if they take such a share of what all may cost. */
const MOST_EXPENSIVE = 4;
const TELLING_SHARE = 0.01;

const UNTYPED =
  'internal error: failed to construct type information for x-kubernetes-validations rules: unable to convert structural schema to CEL declarations';

interface Place {
  readonly schema: JsonSchema;
  readonly path: FieldPath;
  readonly type: Type | undefined;
  /** How many values there can be of the schema in one object, if that is bounded. */
  readonly count: number | undefined;
  /** The schema around it whose old and new values can't be told apart. */
  readonly uncorrelated: FieldPath | undefined;
}

const NONE: ReadonlySet<object> = new Set();

/**
 * What the rules of a schema can't be: not understood, or too dear.
 *
 * @param faulty schemas within it of which rules aren't looked at
 */
export function validateRules(
  schema: JsonSchema,
  path: FieldPath,
  faulty: ReadonlySet<object> = NONE,
): FieldError[] {
  if (!hasRules(schema)) return [];
  const check = new RuleCheck(faulty);
  const type = declaredType(schema, true);
  check.visit({ schema, path, type, count: 1, uncorrelated: undefined });
  return [...check.errors, ...check.totalErrors(path)];
}

class RuleCheck {
  readonly errors: FieldError[] = [];
  readonly #costs: { readonly path: FieldPath; readonly cost: number }[] = [];
  readonly #faulty: ReadonlySet<object>;

  constructor(faulty: ReadonlySet<object>) {
    this.#faulty = faulty;
  }

  visit({ schema, path, type: told, count, uncorrelated }: Place): void {
    if (!hasRules(schema)) return;
    const isEmbedded = schema['x-kubernetes-embedded-resource'] === true;
    const type = told ?? declaredType(schema, isEmbedded);
    const inside = { type: typeOfElement(type), count: times(count, schema) };
    const additional = additionalOf(schema);
    if (additional) {
      const at = path.at('additionalProperties');
      this.visit({ ...inside, schema: additional, path: at, uncorrelated });
    }
    const isWhole = schema['x-kubernetes-map-type'] === 'atomic';
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      this.visit({
        schema: property,
        path: path.at('properties').key(name),
        type: typeOfProperty(type, name, property),
        count: schema.additionalProperties === undefined ? count : inside.count,
        uncorrelated: uncorrelated ?? (isWhole ? path : undefined),
      });
    }
    const items = itemsOf(schema);
    if (items) {
      const isKeyed = schema['x-kubernetes-list-type'] === 'map';
      const lost = uncorrelated ?? (isKeyed ? undefined : path);
      this.visit({ ...inside, schema: items, path: path.at('items'), uncorrelated: lost });
    }
    if (this.#faulty.has(schema) || !schema['x-kubernetes-validations']?.length) return;
    if (type === undefined) {
      this.errors.push(internalFieldError(path.at('x-kubernetes-validations'), UNTYPED));
      return;
    }
    for (const [i, compiled] of compileRules(schema, type).entries()) {
      const at = path.at('x-kubernetes-validations').index(i);
      this.#check(compiled, at, { count: count ?? mostOf(type), uncorrelated });
    }
  }

  #check(
    compiled: RuleProgram,
    path: FieldPath,
    { count, uncorrelated }: { count: number; uncorrelated: FieldPath | undefined },
  ): void {
    const { rule, program, error, message, messageError } = compiled;
    const at = path.at('rule');
    const messagePath = path.at('messageExpression');
    if (program) this.#weigh(program, count, at, 'estimated rule cost');
    if (error !== undefined) this.errors.push(invalid(at, innerRule(rule), error));
    if (messageError !== undefined) {
      this.errors.push(invalid(messagePath, innerRule(rule), messageError));
    } else if (message) this.#weigh(message, 1, messagePath, 'estimated messageExpression cost');
    if (isTransition(compiled)) {
      if (uncorrelated === undefined) return;
      const detail = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelated}`;
      this.errors.push(invalid(at, rule.rule, detail));
    } else if (rule.optionalOldSelf !== undefined) {
      const detail = 'may not be set if oldSelf is not used in rule';
      this.errors.push(invalid(path.at('optionalOldSelf'), rule.optionalOldSelf, detail));
    }
  }

  #weigh(program: Program, count: number, path: FieldPath, what: string): void {
    const cost = program.estimateCost().max * count;
    this.#costs.push({ path, cost });
    if (cost > RULE_COST_MAX) {
      this.errors.push(forbiddenField(path, tooDear(what, cost, RULE_COST_MAX)));
    }
  }

  totalErrors(path: FieldPath): FieldError[] {
    const total = this.#costs.reduce((sum, { cost }) => sum + cost, 0);
    if (total <= SCHEMA_COST_MAX) return [];
    const dearest = this.#costs
      .filter(({ cost }) => cost >= SCHEMA_COST_MAX * TELLING_SHARE)
      .sort((a, b) => b.cost - a.cost)
      .slice(0, MOST_EXPENSIVE);
    const detail =
      'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema';
    const what = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema';
    return [
      ...dearest.map((each) => forbiddenField(each.path, detail)),
      forbiddenField(path, tooDear(what, total, SCHEMA_COST_MAX)),
    ];
  }
}

/** How many values there can be inside of each of so many. */
function times(count: number | undefined, schema: JsonSchema): number | undefined {
  const { type, maxItems, maxProperties } = schema;
  const most = type === 'object' ? maxProperties : type === 'array' ? maxItems : 1;
  return count === undefined || most === undefined ? undefined : count * Math.max(0, most);
}

/** How many values of a type fit in a request. */
const mostOf = ({ minBytes = 0 }: Type): number => Math.floor(REQUEST_BYTES_MAX / (minBytes + 1));

function tooDear(what: string, cost: number, limit: number): string {
  const factor = cost / limit;
  const shownFactor =
    factor > 100
      ? 'more than 100x'
      : factor < 1.5
        ? `${factor.toFixed(6)}x`
        : `${factor.toFixed(1)}x`;
  return `${what} exceeds budget by factor of ${shownFactor} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`;
}

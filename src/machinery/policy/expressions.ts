import { type CompileFailure, compile } from '../cel/compile.ts';
import type { Program } from '../cel/program.ts';
import {
  AUTHORIZER,
  BOOL,
  DYN,
  declaredName,
  type Field,
  isSameType,
  listOf,
  mapOf,
  NULL,
  objectOf,
  RESOURCE_CHECK,
  STRING,
  type Type,
} from '../cel/types.ts';
import { NAMESPACE, REQUEST } from './declared.ts';
import { OBJECT, PATCH_EXTRAS, PATCHES } from './patch-types.ts';

/** What an expression may be about, beside the request and its objects. */
export interface Declarations {
  /** The policy has parameters. */
  readonly params: boolean;
  /** It may ask who may do what. */
  readonly authorizer: boolean;
  /** It may make values of the types that mutations are written in. */
  readonly patches?: boolean;
}

/** Why an expression is none. */
export interface ExpressionError {
  readonly detail: string;
  /** It isn't the text that is wrong, but that no program can be made of it. */
  readonly isInternal: boolean;
}

/** An expression that can be evaluated, or why not. */
export type Expression =
  | { readonly text: string; readonly program: Program; readonly error?: undefined }
  | { readonly text: string; readonly program?: undefined; readonly error: ExpressionError };

/** What an expression must give, by what it is for. */
export const RETURNS = {
  condition: [BOOL],
  message: [STRING],
  annotation: [STRING, NULL],
  variable: undefined,
  applyConfiguration: [OBJECT],
  jsonPatch: [PATCHES],
} as const satisfies Readonly<Record<string, readonly Type[] | undefined>>;

export type Purpose = keyof typeof RETURNS;

/**
 * Compiles the expressions of one policy or webhook. Variables are known to the expressions that
 * are compiled after them.
 */
export class ExpressionCompiler {
  readonly variables = new Map<string, Expression>();
  readonly #fields: Map<string, Field> | undefined;
  readonly #objects: Readonly<Record<string, Type>>;

  /**
   * Without composition there is no `variables`. Objects are of any type, unless it is said of
   * which (`object`, `oldObject`, `params`).
   */
  constructor(
    { isComposed }: { readonly isComposed: boolean },
    objects: Readonly<Record<string, Type>> = {},
  ) {
    if (isComposed) this.#fields = new Map();
    this.#objects = { object: DYN, oldObject: DYN, ...objects };
  }

  compile(text: string, declarations: Declarations, purpose: Purpose): Expression {
    const extras = declarations.patches ? PATCH_EXTRAS : {};
    const { program, failure } = compile(text, this.#declared(declarations), extras);
    if (failure) return { text, error: wordFailure(failure) };
    const returns: readonly Type[] | undefined = RETURNS[purpose];
    if (returns === undefined || returns.some((type) => isSameType(type, program.type))) {
      return { text, program };
    }
    const wanted = returns.map(declaredName);
    const kind = wanted.length === 1 ? wanted[0] : `one of [${wanted.join(' ')}]`;
    const detail = `must evaluate to ${kind} but got ${declaredName(program.type)}`;
    return { text, error: { detail, isInternal: false } };
  }

  /** Compiles a variable, and makes it known as `variables.NAME`, even if it can't be read. */
  addVariable(name: string, text: string, declarations: Declarations): Expression {
    const expression = this.compile(text, declarations, 'variable');
    const type = expression.program ? typeOfVariable(expression.program.type) : DYN;
    this.#fields?.set(name, { type, property: name });
    this.variables.set(name, expression);
    return expression;
  }

  #declared({ params, authorizer }: Declarations): Readonly<Record<string, Type>> {
    return {
      ...this.#objects,
      request: REQUEST,
      namespaceObject: NAMESPACE,
      ...(params && { params: this.#objects.params ?? DYN }),
      ...(authorizer && { authorizer: AUTHORIZER, 'authorizer.requestResource': RESOURCE_CHECK }),
      ...(this.#fields && { variables: objectOf('kubernetes.variables', this.#fields) }),
    };
  }
}

const wordFailure = ({ issues, message }: CompileFailure): ExpressionError =>
  issues.length === 0
    ? { detail: message, isInternal: true }
    : { detail: `compilation failed: ${message}`, isInternal: false };

const PLAIN: readonly Type['kind'][] = [
  ...([
    'bool',
    'bytes',
    'double',
    'duration',
    'int',
    'null',
    'string',
    'timestamp',
    'uint',
  ] as const),
];

/** What later expressions know of a variable: scalars, and lists and maps of them. */
function typeOfVariable(type: Type): Type {
  if (PLAIN.includes(type.kind)) return type;
  if (type.kind === 'list') return listOf(typeOfVariable(type.params[0]!));
  if (type.kind !== 'map') return DYN;
  return mapOf(typeOfVariable(type.params[0]!), typeOfVariable(type.params[1]!));
}

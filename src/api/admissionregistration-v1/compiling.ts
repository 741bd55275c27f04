// The compiler of expressions, which is loaded when the first expression is to be looked at: most
// servers never see one, and loading it takes longer than all else of these kinds.
import { assert } from '../../base/assert.ts';
import { type FieldError, internalFieldError, invalid } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import type {
  Declarations,
  Expression,
  ExpressionCompiler,
  Purpose,
} from '../../machinery/policy/expressions.ts';

type Compiling = typeof import('../../machinery/policy/expressions.ts');

let compiling: Compiling | undefined;

/** To be awaited before anything here is validated; undefined when it is there already. */
export function loadCompiler(): Promise<void> | undefined {
  if (compiling !== undefined) return undefined;
  return import('../../machinery/policy/expressions.ts').then((loaded) => {
    compiling = loaded;
  });
}

/** A compiler for one object; what isn't composed has no `variables`. */
export function createCompiler(options: { readonly isComposed: boolean }): ExpressionCompiler {
  assert(compiling, 'the compiler is loaded before expressions are validated');
  return new compiling.ExpressionCompiler(options);
}

/** What keeps a text from being an expression for its purpose; `shown` is what messages show. */
export function compileErrors(
  compiler: ExpressionCompiler,
  { text, shown = text, purpose, ...declarations }: ExpressionText,
  path: FieldPath,
): FieldError[] {
  return expressionErrors(compiler.compile(text, declarations, purpose), shown, path);
}

/** An expression, what it is for, and what it may be about. */
export interface ExpressionText extends Declarations {
  readonly text: string;
  readonly shown?: string;
  readonly purpose: Purpose;
}

/** What is wrong with an expression that was compiled. */
export function expressionErrors(
  { error }: Expression,
  shown: string,
  path: FieldPath,
): FieldError[] {
  if (error === undefined) return [];
  const { isInternal, detail } = error;
  return [isInternal ? internalFieldError(path, detail) : invalid(path, shown, detail)];
}

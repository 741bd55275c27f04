import { children, type Expr } from './ast.ts';
import { check, type Variables } from './checker.ts';
import { type Issue, Source } from './issues.ts';
import { checkLiterals } from './literals.ts';
import { parse } from './parser.ts';
import { PlanError } from './plan.ts';
import { Program } from './program.ts';
import type { Extras } from './structs.ts';

const ISSUES_MAX = 100;

/** What is wrong with an expression. Without issues it is a constant that makes no sense. */
export interface CompileFailure {
  readonly issues: readonly Issue[];
  /** The issues as one text, each with its place marked, as `ERROR: <input>:1:1: …`. */
  readonly message: string;
}

/** A compiled expression, or why it is none. */
export type Compiled =
  | { readonly program: Program; readonly failure?: undefined }
  | { readonly program?: undefined; readonly failure: CompileFailure };

/**
 * Compiles an expression with Kubernetes' function libraries. The variables are all the names it
 * can use beside those of types. Nothing is thrown, whatever the text.
 */
export function compile(text: string, variables: Variables, extras: Extras = {}): Compiled {
  const source = new Source(text);
  const parsed = parse(source, extras.bindings);
  if (!parsed.expr) return failed(source, parsed.issues);
  const { expr } = parsed;
  const issues = check(expr, source, variables, extras);
  if (issues.length > 0) return failed(source, issues);
  const misfits = checkLiterals(expr, source);
  if (misfits.length > 0) return failed(source, misfits);
  try {
    return { program: new Program(expr, variables, variablesIn(expr), extras.structs) };
  } catch (error) {
    if (!(error instanceof PlanError)) throw error;
    return { failure: { issues: [], message: `program instantiation failed: ${error.message}` } };
  }
}

function failed(source: Source, issues: readonly Issue[]): Compiled {
  const sorted = issues.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const lines = sorted.slice(0, ISSUES_MAX).map((issue) => source.print(issue));
  const rest = sorted.length - ISSUES_MAX;
  if (rest > 0) lines.push(`${rest} more errors were truncated`);
  return { failure: { issues: sorted, message: lines.join('\n') } };
}

/** The names that the expression reads. Those of folds are among them, which does no harm. */
function variablesIn(expr: Expr): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (each: Expr): void => {
    if (each.kind === 'ident') names.add(each.name.replace(/^\./, ''));
    if (each.kind === 'select' && each.variable !== undefined) names.add(each.variable);
    for (const child of children(each)) visit(child);
  };
  visit(expr);
  return names;
}

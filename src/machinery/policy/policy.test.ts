import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Evaluation } from './evaluation.ts';
import { ExpressionCompiler } from './expressions.ts';
import { plainOf } from './patch-types.ts';

// Goal: pin what expressions of policies may say, what they cost, and the values they make.

const DECLARED = { params: true, authorizer: true };

/** What an expression comes to about a small object: a value as JSON, or why there is none. */
function come(
  text: string,
  { variables = {}, budget }: { variables?: Record<string, string>; budget?: number } = {},
): unknown {
  const compiler = new ExpressionCompiler({ isComposed: true });
  for (const [name, each] of Object.entries(variables)) compiler.addVariable(name, each, DECLARED);
  const declared = { ...DECLARED, patches: true };
  const expression = compiler.compile(text, declared, 'variable');
  const subject = {
    object: { metadata: { name: 'a' }, list: ['x'] },
    oldObject: null,
    request: { name: 'a', userInfo: { groups: ['g'] } },
    namespaceObject: { metadata: { name: 'n', creationTimestamp: '2026-01-01T00:00:00Z' } },
  };
  try {
    const evaluated = new Evaluation(subject, compiler.variables, budget).evaluate(expression);
    return evaluated.error ?? plainOf(evaluated.value!);
  } catch (error) {
    return (error as Error).message;
  }
}

for (const { text, want, ...given } of [
  { text: 'object.metadata.name', want: 'a' },
  { text: 'oldObject == null', want: true },
  {
    text: 'oldObject.x == 100',
    want: "expression 'oldObject.x == 100' resulted in error: no such key: x",
  },
  { text: 'params == null', want: true },
  { text: "request.userInfo.groups == ['g']", want: true },
  { text: 'has(request.subResource)', want: false },
  { text: "'env' in namespaceObject.metadata.labels", want: /no such key: labels$/ },
  { text: 'type(namespaceObject.metadata.creationTimestamp) == string', want: true },
  { text: 'namespaceObject.metadata.managedFields', want: /undefined field 'managedFields'/ },
  {
    text: "authorizer.path('/').check('get').allowed()",
    want: /no such attribute\(s\): authorizer$/,
  },
  { text: 'variables.a + variables.a', variables: { a: 'size(object.list)' }, want: 2 },
  {
    text: 'variables.b',
    variables: { a: 'object.list[7]', b: 'variables.a' },
    want: `expression 'variables.b' resulted in error: composited variable "b" fails to evaluate: composited variable "a" fails to evaluate: index out of bounds: 7`,
  },
  {
    text: 'variables.a',
    variables: { a: "1 == '1'" },
    want: /composited variable "a" fails to compile: compilation failed: ERROR: <input>:1:3: found/,
  },
  { text: 'has(variables.a)', variables: { a: 'object.metadata.name' }, want: true },
  {
    text: "variables.name == 'a'",
    variables: { name: 'object.metadata.name' },
    budget: 4,
    want: /running out of cost budget/,
  },
  {
    text: "variables.name == 'a' && variables.name == 'a' ",
    variables: { name: 'object.metadata.name' },
    budget: 10,
    want: true,
  },
  {
    text: 'Object{a: 1, b: Object.b{c: ["x"]}, ?d: optional.none()}',
    want: { a: 1, b: { c: ['x'] } },
  },
  { text: 'Object{?d: object.?metadata.?name}', want: { d: 'a' } },
  { text: 'Object{a: 1}.a', want: /no such key: a$/ },
  { text: 'Object{}.?a.hasValue()', want: false },
  { text: 'Object{a: 1} == Object{a: 1}', want: true },
  { text: 'JSONPatch{op: "add"}.op', want: 'add' },
  { text: 'JSONPatch{}.path', want: '' },
  {
    text: '[has(JSONPatch{}.op), has(JSONPatch{op: "x"}.op), has(JSONPatch{}.value)]',
    want: [false, true, false],
  },
  { text: 'JSONPatch{op: "a", value: 1} == JSONPatch{op: "a", value: "1"}', want: false },
  { text: 'jsonpatch.escapeKey("k8s.io/x~y")', want: 'k8s.io~1x~0y' },
  {
    text: "[b'hi', duration('90s'), timestamp('2026-01-01T00:00:00Z'), {1: 2u}]",
    want: /expected type/,
  },
  {
    text: "{'b': dyn(b'hi'), 'd': dyn(duration('90s')), 'u': dyn(2u), 'n': dyn(null)}",
    want: { b: 'aGk=', d: '90s', u: 2, n: null },
  },
] as { text: string; want: unknown; variables?: Record<string, string>; budget?: number }[]) {
  test(text, () => {
    const found = come(text, given);
    if (want instanceof RegExp) assert.match(String(found), want);
    else assert.deepEqual(found, want);
  });
}

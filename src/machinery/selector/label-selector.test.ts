import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type LabelOperator, labelRequirement } from './label-requirement.ts';
import { LabelSelector } from './label-selector.ts';

const FORM =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

// Goal: each form selects what it selects in Kubernetes, and prints back as Kubernetes prints it.
const OBJECTS: Readonly<Record<string, Record<string, string>>> = {
  pear: { fruit: 'pear', size: '5' },
  plum: { fruit: 'plum', ripe: 'yes', size: '12' },
  bare: { fruit: '', size: 'x' },
  none: {},
};
for (const { text, want, printed = text } of [
  { text: '', want: ['pear', 'plum', 'bare', 'none'] },
  { text: 'fruit=pear', want: ['pear'] },
  { text: 'fruit==pear', want: ['pear'] },
  { text: 'fruit!=pear', want: ['plum', 'bare', 'none'] },
  { text: 'fruit=', want: ['bare'] },
  { text: ' fruit = plum , ripe=yes ', want: ['plum'], printed: 'fruit=plum,ripe=yes' },
  { text: 'fruit in (plum, pear)', want: ['pear', 'plum'], printed: 'fruit in (pear,plum)' },
  { text: 'fruit in ()', want: ['bare'] },
  { text: 'fruit in (,pear)', want: ['pear', 'bare'] },
  { text: 'fruit in (pear,)', want: ['pear', 'bare'], printed: 'fruit in (,pear)' },
  { text: 'fruit notin (pear)', want: ['plum', 'bare', 'none'] },
  { text: 'ripe,!in,fruit', want: ['plum'], printed: 'fruit,!in,ripe' },
  { text: '!fruit', want: ['none'] },
  { text: 'size>5', want: ['plum'] },
  { text: 'size<12', want: ['pear'] },
  { text: 'in in (in)', want: [] },
]) {
  test(`selects by ${JSON.stringify(text)}`, () => {
    const selector = LabelSelector.parse(text);
    const names = Object.keys(OBJECTS).filter((name) => selector.matches(OBJECTS[name]));
    assert.deepEqual(names, want);
    assert.equal(selector.toString(), printed);
  });
}

// Goal: what can't be read is refused in Kubernetes' words.
for (const { text, want } of [
  { text: ',', want: "found ',', expected: !, identifier, or 'end of string'" },
  { text: 'a,', want: "found '', expected: identifier after ','" },
  {
    text: 'a b',
    want: "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
  },
  { text: '!a=b', want: "found '=', expected: ',' or 'end of string'" },
  { text: '!', want: "unable to parse requirement: found '', expected: identifier" },
  { text: 'a=b=c', want: "found '=', expected: ',' or 'end of string'" },
  { text: 'a=(', want: "unable to parse requirement: found '(', expected: identifier" },
  { text: 'a in b', want: "unable to parse requirement: found 'b' expected: '('" },
  {
    text: 'a in (',
    want: "unable to parse requirement: found '', expected: ',', ')' or identifier",
  },
  { text: 'a in (b', want: "unable to parse requirement: found '', expected: ',' or ')'" },
  { text: 'a in (b,', want: "unable to parse requirement: found '', expected: ',', or identifier" },
  { text: 'a in (b c)', want: "unable to parse requirement: found 'c', expected: ',' or ')'" },
  { text: '_a', want: `unable to parse requirement: <nil>: Invalid value: "_a": ${FORM}` },
  { text: 'a=_', want: `unable to parse requirement: values[0][a]: Invalid value: "_": ${VALUE}` },
  {
    text: 'a>b',
    want: `unable to parse requirement: values[0]: Invalid value: "b": for 'Gt', 'Lt' operators, the value must be an integer`,
  },
  {
    text: 'a>_',
    want: `unable to parse requirement: [values[0]: Invalid value: "_": for 'Gt', 'Lt' operators, the value must be an integer, values[0][a]: Invalid value: "_": ${VALUE}]`,
  },
]) {
  test(`refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => LabelSelector.parse(text), { reason: 'BadRequest', message: want });
  });
}

test('objects: an absent selector matches nothing, an empty one everything', () => {
  assert.equal(LabelSelector.from(undefined).matches({}), false);
  assert.equal(LabelSelector.from({}).matches(undefined), true);
});

test('objects: labels and expressions', () => {
  const selector = LabelSelector.from({
    matchLabels: { tier: 'press', app: 'pears' },
    matchExpressions: [
      { key: 'b', operator: 'In', values: ['2', '1'] },
      { key: 'c', operator: 'DoesNotExist' },
    ],
  });
  assert.equal(selector.toString(), 'app=pears,b in (1,2),!c,tier=press');
  assert.equal(selector.matches({ app: 'pears', tier: 'press', b: '1' }), true);
  assert.equal(selector.matches({ app: 'pears', tier: 'press', b: '1', c: '' }), false);
});

test('objects: an unknown operator', () => {
  const selector = { matchExpressions: [{ key: 'a', operator: 'Odd' }] };
  const message = '"Odd" is not a valid label selector operator';
  assert.throws(() => LabelSelector.from(selector), { message });
});

test('labels named like members of objects are absent unless set', () => {
  assert.equal(LabelSelector.parse('constructor').matches({}), false);
  assert.equal(LabelSelector.parse('constructor').matches({ constructor: 'x' }), true);
});

test('what prints parses back to the same, and nothing crashes the parser', () => {
  const word = fc.stringMatching(/^[a-z][a-z0-9]{0,3}$/);
  const requirement = fc.oneof(
    fc
      .tuple(word, fc.constantFrom<LabelOperator>('=', '==', '!='), word)
      .map(([key, operator, value]) => labelRequirement(key, operator, [value])),
    fc
      .tuple(word, fc.constantFrom<LabelOperator>('in', 'notin'), fc.array(word, { minLength: 1 }))
      .map(([key, operator, values]) => labelRequirement(key, operator, values)),
    fc
      .tuple(word, fc.constantFrom<LabelOperator>('exists', '!'))
      .map(([key, operator]) => labelRequirement(key, operator, [])),
  );
  fc.assert(
    fc.property(fc.array(requirement), (requirements) => {
      const selector = LabelSelector.of(requirements);
      assert.deepEqual(LabelSelector.parse(selector.toString()), selector);
    }),
    { seed: 1 },
  );
  const noise = fc.string({ unit: fc.constantFrom(...'ab=!(), ><\\', 'in', 'notin') });
  fc.assert(
    fc.property(noise, (text) => {
      try {
        LabelSelector.parse(text);
      } catch (error) {
        assert.equal((error as Error).name, 'StatusError');
      }
    }),
    { seed: 2, numRuns: 500 },
  );
});

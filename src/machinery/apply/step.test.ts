import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalStep, compareSteps, describeStep, keyStep, valueStep } from './step.ts';

const name = { name: 'name', default: undefined };

// Goal: steps have the text that FieldsV1 has in Kubernetes.
for (const [step, want] of [
  [keyStep([name], { name: 'web' }), 'k:{"name":"web"}'],
  [keyStep([name], { name: 'a"<b>' }), 'k:{"name":"a\\"\\u003cb\\u003e"}'],
  [
    keyStep(
      [
        { name: 'protocol', default: 'TCP' },
        { name: 'port', default: 0 },
      ],
      { port: 80 },
    ),
    'k:{"port":80,"protocol":"TCP"}',
  ],
  [keyStep([name, { name: 'x', default: undefined }], { name: 'a' }), 'k:{"name":"a"}'],
  [keyStep([name], { name: null }), 'k:{"name":null}'],
  [valueStep('a'), 'v:"a"'],
  [valueStep(1.5), 'v:1.5'],
  [valueStep(true), 'v:true'],
] as const) {
  test(`step ${step}`, () => assert.equal(step, want));
}

for (const [what, make, message] of [
  ['an element that is null', () => keyStep([name], null), /may not have a null element/],
  ['an element that is a text', () => keyStep([name], 'x'), /may not have non-map elements/],
  [
    'an element without keys',
    () => keyStep([name, { name: 'x', default: undefined }], {}),
    /omits all key fields \["name" "x"\] \(and doesn't have default values for any key fields\)/,
  ],
  ['a list in a set', () => valueStep([]), /lists as elements/],
  ['a map in a set', () => valueStep({}), /element that's a map type/],
  ['null in a set', () => valueStep(null), /element that's an explicit null/],
] as const) {
  test(`no step to ${what}`, () => assert.throws(make, { name: 'TypedValueError', message }));
}

// Goal: the order of steps is that of Kubernetes: fields, keys, values, places; numbers by value.
const ORDERED = [
  '.',
  'f:a',
  'f:a-b',
  'f:b',
  'k:{"a":"z"}',
  'k:{"name":2}',
  'k:{"name":10}',
  'k:{"name":"a"}',
  'k:{"name":"a","x":1}',
  'k:{"name":"a!"}',
  'k:{"name":"a\\"b"}',
  'k:{"name":"ab"}',
  'k:{"name":true}',
  'v:2',
  'v:10',
  'v:""',
  'v:"a"',
  'v:"a b"',
  'v:false',
  'v:true',
  'i:2',
  'i:10',
];

test('steps are ordered', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(ORDERED), (steps) => {
      assert.deepEqual(
        steps.toSorted(compareSteps),
        ORDERED.filter((step) => steps.includes(step)),
      );
    }),
    { seed: 1 },
  );
});

for (const [step, want] of [
  ['f:spec', '.spec'],
  ['k:{"name":"web"}', '[name="web"]'],
  ['k:{"port":80,"protocol":"TCP"}', '[port=80,protocol="TCP"]'],
  ['v:"a"', '[="a"]'],
  ['v:1', '[=1]'],
  ['i:3', '[3]'],
] as const) {
  test(`describes ${step}`, () => assert.equal(describeStep(step), want));
}

// Goal: steps of clients are taken in any spelling, and refused when they mean nothing.
for (const [given, want] of [
  ['f:', 'f:'],
  ['k:{ "b": 1, "a": "x" }', 'k:{"a":"x","b":1}'],
  ['v: "a"', 'v:"a"'],
  ['i:03', 'i:3'],
  ['z:later', undefined],
] as const) {
  test(`reads ${given}`, () => assert.equal(canonicalStep(given), want));
}
const DEEP = `v:${'['.repeat(100_000)}${']'.repeat(100_000)}`;
for (const given of ['', 'f', 'fx', 'k:[]', 'k:{', 'k:null', 'v:', 'v:"a" x', 'i:', 'i:x', DEEP]) {
  test(`refuses ${JSON.stringify(given.slice(0, 20))}`, () =>
    assert.throws(() => canonicalStep(given), { name: 'TypedValueError' }));
}

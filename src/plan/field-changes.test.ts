import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../machinery/object.ts';
import { type FieldChange, fieldChanges } from './field-changes.ts';

// Goal: what differs is named as people would name it, and nothing of a Secret is given away.

const object = (rest: object, kind = 'Thing'): KubeObject =>
  ({ apiVersion: 'v1', kind, metadata: { name: 'a' }, ...rest }) as unknown as KubeObject;

const image = (name: string, value: string) => ({ name, image: value });

for (const { name, before, after, want } of [
  { name: 'a value', before: { spec: { a: 1 } }, after: { spec: { a: 2 } }, want: ['spec.a 1 2'] },
  {
    name: 'an item of a list by its name, wherever it stands',
    before: { spec: { c: [image('x', 'x:1'), image('y', 'y:1')] } },
    after: { spec: { c: [image('y', 'y:2'), image('x', 'x:1')] } },
    want: ['spec.c[y].image "y:1" "y:2"'],
  },
  {
    name: 'an item that comes and one that goes',
    before: { spec: { c: [image('x', 'x:1')] } },
    after: { spec: { c: [image('y', 'y:1')] } },
    want: [
      'spec.c[x].name "x" -',
      'spec.c[x].image "x:1" -',
      'spec.c[y].name - "y"',
      'spec.c[y].image - "y:1"',
    ],
  },
  {
    name: 'lists without names as a whole',
    before: { spec: { args: ['a'] } },
    after: { spec: { args: ['a', 'b'] } },
    want: ['spec.args ["a"] ["a","b"]'],
  },
  {
    name: 'a map that comes, by its members',
    before: { metadata: { name: 'a' } },
    after: { metadata: { name: 'a', annotations: { 'a.b/c': 'd' } } },
    want: ['metadata.annotations."a.b/c" - "d"'],
  },
  {
    name: 'not what the server writes',
    before: { metadata: { name: 'a', resourceVersion: '1', generation: 1 }, status: { a: 1 } },
    after: { metadata: { name: 'a', resourceVersion: '2', generation: 2 }, status: { a: 2 } },
    want: [],
  },
]) {
  test(name, () => {
    assert.deepEqual(fieldChanges(object(before), object(after)).map(shown), want);
  });
}

test('values of Secrets are told apart and not told', () => {
  const secret = (data: object) => object({ data }, 'Secret');
  const found = fieldChanges(
    secret({ kept: 'YQ==', changed: 'Yg==', gone: 'Yw==' }),
    secret({ kept: 'YQ==', changed: 'ZA==', came: 'YQ==' }),
  );
  assert.deepEqual(found.map(shown), [
    'data.changed "(hidden 2)" "(hidden 4)"',
    'data.gone "(hidden 3)" -',
    'data.came - "(hidden 1)"',
  ]);
});

function shown({ path, ...sides }: FieldChange): string {
  const text = (value: unknown) => (value === undefined ? '-' : JSON.stringify(value));
  return `${path} ${text(sides.before)} ${text(sides.after)}`;
}

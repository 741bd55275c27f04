import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ShapeSet } from '../../../src/machinery/shape-set.ts';
import type { ApiField, ApiMessage, ApiPackage } from '../model/types.ts';
import { writeShapes } from './shapes.ts';

const field = (facts: Partial<ApiField> & Pick<ApiField, 'name' | 'type'>): ApiField => ({
  number: 1,
  container: 'none',
  pointer: false,
  omitTag: false,
  omitEmpty: false,
  required: false,
  listMapKeys: [],
  atomic: false,
  patchStrategies: [],
  ...facts,
});

const message = (name: string, members: ApiMessage['members']): [string, ApiMessage] => [
  name,
  { name, members, atomic: false, union: false },
];

// Goal: what the generator writes into a line, the loader reads out of it.
test('facts survive being packed', () => {
  const source: ApiPackage = {
    folder: 'things/v1',
    group: 'things',
    version: 'v1',
    prefix: 'io.things.v1',
    enums: new Map([['Mode', ['Fast', 'Slow']]]),
    kinds: new Map([['Thing', { name: 'Thing', lifecycle: {} }]]),
    messages: new Map([
      message('Thing', [
        { embedded: 7, type: { folder: 'things/v1', message: 'Base' } },
        field({
          name: 'parts',
          number: 2,
          container: 'list',
          type: { folder: 'things/v1', message: 'Part' },
          listType: 'map',
          listMapKeys: ['name', 'port'],
          patchStrategies: ['merge', 'retainKeys'],
          patchMergeKey: 'name',
          omitEmpty: true,
        }),
        field({
          name: 'limits',
          number: 3,
          container: 'map',
          type: { scalar: 'quantity' },
          namedContainer: 'Limits',
          atomic: true,
        }),
      ]),
      message('Base', [
        field({
          name: 'mode',
          type: { scalar: 'string' },
          named: 'Mode',
          pointer: true,
          required: true,
          default: '"Fast or slow"',
        }),
      ]),
      message('Part', [field({ name: 'name', type: { scalar: 'string' } })]),
    ]),
  };
  const shapes = new ShapeSet([JSON.parse(writeShapes(source))]);
  const thing = shapes.ofKind({ group: 'things', version: 'v1', kind: 'Thing' })!;
  assert.equal(thing, shapes.named('io.things.v1.Thing'));
  assert.deepEqual(
    thing.fields.map(({ name, number }) => [name, number]),
    [
      ['mode', 0],
      ['parts', 2],
      ['limits', 3],
    ],
  );
  assert.equal(thing.embedded[0]!.number, 7);
  const mode = thing.fieldsByName.get('mode')!;
  assert.deepEqual(mode.embeddedIn, ['Base']);
  assert.deepEqual(mode.enum, ['Fast', 'Slow']);
  assert.equal(mode.default, 'Fast or slow');
  assert.equal(mode.typeName, 'v1.Mode');
  assert.ok(mode.pointer && mode.required && !mode.omitEmpty);
  const parts = thing.fields.find(({ number }) => number === 2)!;
  assert.equal(parts.type, shapes.named('io.things.v1.Part'));
  assert.deepEqual(parts.listMapKeys, ['name', 'port']);
  assert.deepEqual(parts.patchStrategies, ['merge', 'retainKeys']);
  assert.equal(parts.patchMergeKey, 'name');
  assert.equal(parts.typeName, '[]v1.Part');
  const limits = thing.fieldsByName.get('limits')!;
  assert.ok(limits.atomic);
  assert.equal(limits.typeName, 'v1.Limits');
  assert.equal(limits.elementTypeName, 'resource.Quantity');
});

test('a message is granular where its field says so', () => {
  const part = { type: { folder: 'things/v1', message: 'Part' } } as const;
  const source: ApiPackage = {
    folder: 'things/v1',
    group: 'things',
    version: 'v1',
    prefix: 'io.things.v1',
    enums: new Map(),
    kinds: new Map(),
    messages: new Map([
      message('Thing', [
        field({ name: 'a', ...part, granular: true }),
        field({ name: 'b', ...part }),
      ]),
      message('Part', []),
    ]),
  };
  const shapes = new ShapeSet([JSON.parse(writeShapes(source))]);
  const { fields } = shapes.named('io.things.v1.Thing')!;
  assert.deepEqual(
    fields.map(({ granular }) => granular),
    [true, false],
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { deepFreeze } from '../object.ts';
import { ShapeSet } from '../shape-set.ts';
import { StatusError } from '../status.ts';
import { applyStrategicPatch } from './strategic-patch.ts';

const shape = new ShapeSet([
  {
    folder: 'v1',
    group: '',
    version: 'v1',
    prefix: 'v1',
    kinds: ['Pod'],
    enums: {},
    messages: {
      Pod: ['metadata 1 Meta .', 'spec 2 PodSpec .'],
      Meta: ['labels 1 {}string -', 'finalizers 2 []string - patch=merge'],
      PodSpec: [
        'size 1 int32 *-',
        'containers 2 []Container ! patch=merge:name',
        'volumes 3 []Volume - patch=merge,retainKeys:name',
        'args 4 []string -',
        'strategy 5 Strategy - patch=retainKeys',
        'fixed 6 Strategy - patch=replace',
        'broken 7 []Container - patch=merge',
        'raw 8 rawExtension *-',
      ],
      Container: ['name 1 string !', 'image 2 string -', 'ports 3 []Port - patch=merge:port'],
      Port: ['port 1 int32 !', 'name 2 string -'],
      Volume: ['name 1 string !', 'emptyDir 2 Strategy *-', 'hostPath 3 Strategy *-'],
      Strategy: ['type 1 string -', 'more 2 {}string -'],
    },
  },
]).ofKind({ group: '', version: 'v1', kind: 'Pod' })!;

const patch = (document: object, body: unknown): unknown =>
  applyStrategicPatch(shape, deepFreeze(document), deepFreeze(body));

const c = (...names: string[]) => names.map((name) => ({ name }));

// Goal: strategic merge patches do what they do in Kubernetes.
for (const { name, before, body, want, part = 'spec' } of [
  {
    name: 'maps merge',
    before: { labels: { a: '1', b: '2' } },
    body: { labels: { b: null, c: '3' } },
    want: { labels: { a: '1', c: '3' } },
    part: 'metadata',
  },
  {
    name: 'null removes',
    before: { size: 1, args: ['a'] },
    body: { size: null, args: null, fixed: null },
    want: {},
  },
  {
    name: 'nulls in what is new remove nothing',
    before: {},
    body: { strategy: { type: null, more: { a: null } } },
    want: { strategy: { more: {} } },
  },
  {
    name: 'lists without strategy are replaced',
    before: { args: ['a', 'b'] },
    body: { args: ['c'] },
    want: { args: ['c'] },
  },
  {
    name: 'lists merge by key, named ones first',
    before: { containers: [{ name: 'a', image: '1' }, { name: 'b' }] },
    body: { containers: [{ name: 'n' }, { name: 'b', image: '2' }] },
    want: { containers: [{ name: 'n' }, { name: 'a', image: '1' }, { name: 'b', image: '2' }] },
  },
  {
    name: 'elements merge at depth',
    before: { containers: [{ name: 'a', ports: [{ port: 1, name: 'x' }, { port: 2 }] }] },
    body: { containers: [{ name: 'a', ports: [{ port: 1, name: 'y' }, { port: 3 }] }] },
    want: {
      containers: [{ name: 'a', ports: [{ port: 1, name: 'y' }, { port: 3 }, { port: 2 }] }],
    },
  },
  {
    name: '$patch: delete in a list',
    before: { containers: c('a', 'b') },
    body: {
      containers: [
        { name: 'a', $patch: 'delete' },
        { name: 'ghost', $patch: 'delete' },
      ],
    },
    want: { containers: c('b') },
  },
  {
    name: '$patch: replace in a list',
    before: { containers: c('a', 'b') },
    body: { containers: [{ $patch: 'replace' }, { name: 'n' }] },
    want: { containers: c('n') },
  },
  {
    name: '$patch: replace in a map',
    before: { strategy: { type: 'x', more: { a: '1' } } },
    body: { strategy: { $patch: 'replace', type: 'y' } },
    want: { strategy: { type: 'y' } },
  },
  {
    name: '$patch: delete in a map',
    before: { strategy: { type: 'x' } },
    body: { strategy: { $patch: 'delete' } },
    want: { strategy: {} },
  },
  {
    name: '$patch: delete of what is not there',
    before: {},
    body: { strategy: { $patch: 'delete' } },
    want: {},
  },
  {
    name: '$patch: replace in a map of an item, where the list is new: the map is left out',
    before: {},
    body: { containers: [{ name: 'a', more: { $patch: 'replace', x: '1' } }] },
    want: { containers: c('a') },
  },
  {
    name: '$patch: replace in a map of an item that is new: taken as it is',
    before: { containers: c('b') },
    body: { containers: [{ name: 'a', more: { $patch: 'replace', x: '1' } }] },
    want: { containers: [{ name: 'a', more: { $patch: 'replace', x: '1' } }, ...c('b')] },
  },
  {
    name: '$patch: delete in a list that is new',
    before: {},
    body: { containers: [{ name: 'a', $patch: 'delete' }, { name: 'b' }] },
    want: { containers: c('b') },
  },
  {
    name: 'fields with strategy replace',
    before: { fixed: { type: 'x', more: { a: '1' } } },
    body: { fixed: { type: 'y' } },
    want: { fixed: { type: 'y' } },
  },
  {
    name: '$retainKeys',
    before: { strategy: { type: 'x', more: { a: '1' } } },
    body: { strategy: { $retainKeys: ['type'], type: 'y' } },
    want: { strategy: { type: 'y' } },
  },
  {
    name: '$retainKeys in an element',
    before: { volumes: [{ name: 'v', emptyDir: {} }] },
    body: { volumes: [{ $retainKeys: ['name', 'hostPath'], name: 'v', hostPath: { type: 't' } }] },
    want: { volumes: [{ name: 'v', hostPath: { type: 't' } }] },
  },
  {
    name: '$setElementOrder',
    before: { containers: c('a', 'b', 'c') },
    body: {
      '$setElementOrder/containers': c('c', 'a', 'b'),
      containers: [{ name: 'c', image: '2' }],
    },
    want: { containers: [{ name: 'c', image: '2' }, ...c('a', 'b')] },
  },
  {
    name: '$setElementOrder of a part',
    before: { containers: c('a', 'x', 'b') },
    body: { '$setElementOrder/containers': c('b', 'a') },
    want: { containers: c('x', 'b', 'a') },
  },
  {
    name: '$setElementOrder with a deletion',
    before: { containers: c('a', 'b') },
    body: { '$setElementOrder/containers': c('b'), containers: [{ name: 'a', $patch: 'delete' }] },
    want: { containers: c('b') },
  },
  {
    name: '$setElementOrder of what is not there',
    before: {},
    body: { '$setElementOrder/containers': c('b') },
    want: {},
  },
  {
    name: 'finalizers add',
    before: { finalizers: ['a', 'b'] },
    body: { finalizers: ['c', 'a'] },
    want: { finalizers: ['c', 'a', 'b'] },
    part: 'metadata',
  },
  {
    name: '$deleteFromPrimitiveList',
    before: { finalizers: ['c', 'a', 'b'] },
    body: { '$deleteFromPrimitiveList/finalizers': ['a', 'zz'] },
    want: { finalizers: ['c', 'b'] },
    part: 'metadata',
  },
  {
    name: 'both list directives',
    before: { finalizers: ['c', 'b'] },
    body: { '$setElementOrder/finalizers': ['b', 'c'], '$deleteFromPrimitiveList/finalizers': [] },
    want: { finalizers: ['b', 'c'] },
    part: 'metadata',
  },
  {
    name: 'another type replaces',
    before: { strategy: { type: 'x' } },
    body: { strategy: 'text' },
    want: { strategy: 'text' },
  },
] as { name: string; before: object; body: object; want: object; part?: string }[]) {
  test(`${name}`, () => {
    assert.deepEqual(patch({ [part]: before }, { [part]: body }), { [part]: want });
  });
}

// Goal: what can't be patched is refused in Kubernetes' words, with its codes.
for (const { body, code, want } of [
  {
    body: { $setElementOrder: 1, containers: [] },
    code: 500,
    want: 'expected a []interface {}, but received a int64',
  },
  {
    body: { $setElementOrder: [] },
    code: 400,
    want: 'invalid patch format of setElementOrder list',
  },
  {
    body: { '$setElementOrder/size': [] },
    code: 500,
    want: 'expected a []interface {}, but received a int64',
  },
  {
    body: {
      '$setElementOrder/containers': [{ name: 'a' }],
      containers: [{ name: 'b', image: 'b:3' }],
    },
    code: 500,
    want: "The order in patch list:\n[map[image:b:3 name:b]]\n doesn't match $setElementOrder list:\n[map[name:a]]\n",
  },
  {
    body: { '$setElementOrder/ghosts': [] },
    code: 500,
    want: 'unable to find api field in struct PodSpec for the json field "ghosts"',
  },
  {
    body: { $deleteFromPrimitiveList: [] },
    code: 400,
    want: 'invalid patch format of primitive list',
  },
  {
    body: { containers: [{ image: 'x', n: 1.5 }] },
    code: 500,
    want: 'map: map[image:x n:1.5] does not contain declared merge key: name',
  },
  {
    body: { containers: ['x'] },
    code: 500,
    want: 'list element types are not identical: [[map[name:a]] [x]]',
  },
  {
    body: { containers: [['x']] },
    code: 500,
    want: 'list element types are not identical: [[map[name:a]] [[x]]]',
  },
  {
    body: { containers: [{ name: 'a', $patch: 'merge' }] },
    code: 500,
    want: 'merging lists cannot yet be specified in the patch',
  },
  {
    body: { containers: [{ name: 'a', $patch: 'odd' }] },
    code: 500,
    want: 'unknown patch type: odd in map: map[$patch:odd name:a]',
  },
  {
    body: { strategy: { $patch: 'odd' } },
    code: 500,
    want: 'unknown patch type: odd in map: map[$patch:odd]',
  },
  {
    body: { strategy: { $retainKeys: 'x' } },
    code: 400,
    want: 'invalid patch format of retainKeys',
  },
  {
    body: { strategy: { $retainKeys: ['more'], type: 'x' } },
    code: 400,
    want: 'invalid patch format of retainKeys',
  },
  {
    body: { broken: [{ name: 'x' }] },
    code: 500,
    want: 'cannot merge lists without merge key for struct',
  },
  {
    body: { raw: { a: { b: 1 } } },
    code: 500,
    want: 'unable to find api field in struct RawExtension for the json field "a"',
  },
]) {
  test(`refuses ${JSON.stringify(body)}`, () => {
    const spec = {
      size: 1,
      containers: c('a'),
      strategy: { type: 'x' },
      broken: c('x'),
      raw: { a: {} },
    };
    assert.throws(() => patch({ spec }, { spec: body }), { code, message: want });
  });
}

test('long lists merge in no time', () => {
  const names = Array.from({ length: 50_000 }, (_, i) => ({ name: `c${i}` }));
  const body = { containers: names.toReversed(), '$setElementOrder/containers': names };
  assert.throws(() => patch({ spec: { containers: names } }, { spec: body }), { code: 500 });
  const merged = patch(
    { spec: { containers: names } },
    { spec: { containers: names.toReversed() } },
  );
  assert.deepEqual((merged as { spec: { containers: object[] } }).spec.containers[0], {
    name: 'c49999',
  });
});

test('whatever the patch, it applies or is refused', () => {
  const key = fc.constantFrom(
    'containers',
    'volumes',
    'args',
    'strategy',
    'name',
    'ports',
    'raw',
    '$patch',
    '$retainKeys',
    '$setElementOrder/containers',
    '$setElementOrder/args',
    '$deleteFromPrimitiveList/args',
    '__proto__',
  );
  const { body } = fc.letrec<{ body: unknown; map: object }>((tie) => ({
    map: fc.dictionary(key, tie('body')),
    body: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom('a', 'replace', 'delete', 'merge', null, 1),
      tie('map'),
      fc.array(tie('body'), { maxLength: 3 }),
    ),
  }));
  const spec = {
    containers: [{ name: 'a', ports: [{ port: 1 }] }, { name: 'b' }],
    volumes: [{ name: 'a', emptyDir: {} }],
    args: ['a'],
    strategy: { type: 'x', more: {} },
    raw: { a: { b: 1 } },
  };
  fc.assert(
    fc.property(fc.dictionary(key, body), (map) => {
      try {
        patch({ spec }, { spec: map });
      } catch (error) {
        assert.ok(error instanceof StatusError, `${error}`);
      }
    }),
    { seed: 4, numRuns: 1000 },
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ManagedFieldsEntry } from '../object.ts';
import { applyConfiguration } from './apply.ts';
import { type Basket, basket, basketShape, baskets, Desk } from './fixture.ts';
import { managerNameOf } from './manager-name.ts';
import { type ManagedResource, managedResourceOf } from './resource.ts';
import { managedFieldsAfterScale, scaleManagedFields } from './scale.ts';
import { applyTypeOf } from './type.ts';
import { managedFieldsAfterUpdate } from './update.ts';

const specOf = (object: Basket): unknown => object.spec;

test('an applier owns what it sets, and nothing of what names the object', () => {
  const desk = new Desk();
  desk.apply('one', basket({ size: 1 }, { labels: { a: '1' }, namespace: 'n' }));
  assert.deepEqual(desk.live!.metadata.managedFields, [
    {
      manager: 'one',
      operation: 'Apply',
      apiVersion: 'orchard/v1',
      time: '2026-01-01T00:00:00Z',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:metadata': { 'f:labels': { 'f:a': {} } }, 'f:spec': { 'f:size': {} } },
    },
  ]);
});

test('a configuration that sets nothing owns nothing', () => {
  const desk = new Desk();
  desk.apply('one', { apiVersion: 'orchard/v1', kind: 'Basket', metadata: { name: 'b' } });
  assert.equal('managedFields' in desk.live!.metadata, false);
});

test('another value conflicts, the same value is shared, force takes', () => {
  const desk = new Desk();
  desk.apply('one', basket({ size: 1, tags: ['a'], fruits: [{ name: 'x', weight: 1 }] }));
  assert.throws(() => desk.apply('two', basket({ size: 2, fruits: [{ name: 'x', weight: 2 }] })), {
    reason: 'Conflict',
    code: 409,
    message:
      'Apply failed with 2 conflicts: conflicts with "one":\n- .spec.size\n- .spec.fruits[name="x"].weight',
    details: {
      causes: [
        { reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.spec.size' },
        {
          reason: 'FieldManagerConflict',
          message: 'conflict with "one"',
          field: '.spec.fruits[name="x"].weight',
        },
      ],
    },
  });
  desk.apply('two', basket({ size: 1 }));
  assert.deepEqual(desk.owners['two Apply'], { 'f:spec': { 'f:size': {} } });
  desk.apply('two', basket({ size: 2 }), { force: true });
  assert.deepEqual(desk.owners, {
    'one Apply': {
      'f:spec': {
        'f:fruits': { 'k:{"name":"x"}': { '.': {}, 'f:name': {}, 'f:weight': {} } },
        'f:tags': { 'v:"a"': {} },
      },
    },
    'two Apply': { 'f:spec': { 'f:size': {} } },
  });
});

test('conflicts with several managers are grouped, updaters with their version', () => {
  const desk = new Desk();
  desk.apply('b', basket({ size: 1 }), { subresource: 'status' });
  desk.update('a', (draft) => {
    draft.spec.note = 'x';
  });
  assert.throws(() => desk.apply('two', basket({ size: 2, note: 'y' })), {
    message:
      'Apply failed with 2 conflicts: conflicts with "a" using orchard/v1:\n- .spec.note\nconflicts with "b" with subresource "status":\n- .spec.size',
  });
});

test('what an applier drops goes, unless somebody else owns it', () => {
  const desk = new Desk();
  desk.apply('one', basket({ size: 1, note: 'n', labels: { a: '1', b: '2' } }));
  desk.apply('two', basket({ note: 'n', labels: { b: '2' } }));
  desk.apply('one', basket({ labels: { a: '1' } }));
  assert.deepEqual(specOf(desk.live!), { note: 'n', labels: { a: '1', b: '2' } });
  desk.apply('two', basket({ note: 'n' }));
  assert.deepEqual(specOf(desk.live!), { note: 'n', labels: { a: '1' } });
});

test('a dropped element goes with all that updaters set in it', () => {
  const desk = new Desk();
  desk.apply('one', basket({ fruits: [{ name: 'x' }, { name: 'y' }] }));
  desk.update('server', (draft) => {
    draft.spec.fruits[0]!.weight = 5;
  });
  desk.apply('one', basket({ fruits: [{ name: 'y' }] }));
  assert.deepEqual(specOf(desk.live!), { fruits: [{ name: 'y' }] });
  assert.deepEqual(Object.keys(desk.owners), ['one Apply']);
});

test('a dropped element stays for another applier, with what that one set in it', () => {
  const desk = new Desk();
  desk.apply('one', basket({ fruits: [{ name: 'x', weight: 1 }, { name: 'y' }] }));
  desk.apply('two', basket({ fruits: [{ name: 'x', parts: [{ name: 'p' }] }] }));
  desk.apply('one', basket({ fruits: [{ name: 'y' }] }));
  assert.deepEqual(specOf(desk.live!), {
    fruits: [{ name: 'x', parts: [{ name: 'p' }] }, { name: 'y' }],
  });
});

test('unowned parts go with the element that held them', () => {
  const desk = new Desk();
  desk.apply('one', basket({ fruits: [{ name: 'x' }, { name: 'y' }] }));
  const { metadata } = desk.live!;
  desk.live = { ...basket({ fruits: [{ name: 'x', weight: 5 }, { name: 'y' }] }), metadata };
  desk.apply('one', basket({ fruits: [{ name: 'y' }] }));
  assert.deepEqual(specOf(desk.live), { fruits: [{ name: 'y' }] });
});

test('an update takes what it changes and keeps what it doesn’t', () => {
  const desk = new Desk();
  desk.apply('one', basket({ size: 1, note: 'n' }));
  desk.update('hand', (draft) => {
    draft.spec.size = 2;
  });
  assert.deepEqual(desk.owners, {
    'one Apply': { 'f:spec': { 'f:note': {} } },
    'hand Update': { 'f:spec': { 'f:size': {} } },
  });
  desk.update('hand', (draft) => {
    delete draft.spec.note;
  });
  assert.deepEqual(desk.owners, { 'hand Update': { 'f:spec': { 'f:size': {} } } });
});

test('the empty object of a kind is nobody’s: only what was set has an owner', () => {
  const desk = new Desk();
  desk.update('maker', (draft) => {
    Object.assign(draft.spec, { size: 1, inner: {}, tags: ['a'] });
    draft.status = { box: {} };
  });
  assert.deepEqual(desk.owners, {
    'maker Update': {
      'f:spec': { 'f:inner': {}, 'f:size': {}, 'f:tags': { '.': {}, 'v:"a"': {} } },
    },
  });
});

test('times change only with what is owned or written', () => {
  const desk = new Desk();
  desk.apply('one', basket({ size: 1 })); // 00
  desk.apply('two', basket({ size: 1 })); // 01: nothing of the object changes
  assert.deepEqual(desk.times, { 'one Apply': '2026-01-01T00:00:00Z', 'two Apply': undefined });
  desk.apply('one', basket({ size: 1 })); // 02
  assert.equal(desk.times['one Apply'], '2026-01-01T00:00:00Z');
  desk.update('hand', () => {}); // 03
  assert.equal('hand Update' in desk.times, false);
  desk.apply('one', basket({ size: 1, note: 'n' })); // 04
  assert.equal(desk.times['one Apply'], '2026-01-01T00:00:04Z');
});

test('entries are ordered: appliers first, then by time, then by name', () => {
  const desk = new Desk();
  desk.update('z', (draft) => {
    draft.spec.note = 'n';
  });
  desk.apply('c', basket({ size: 1 }));
  desk.apply('a', basket({ size: 1 }));
  desk.apply('b', basket({ size: 1 }));
  assert.deepEqual(Object.keys(desk.owners), ['a Apply', 'b Apply', 'c Apply', 'z Update']);
});

test('what was there before the first apply gets an owner then', () => {
  const desk = new Desk();
  desk.update('maker', (draft) => {
    draft.spec.note = 'n';
  });
  desk.update('maker', (draft) => {
    draft.metadata.managedFields = [{}];
  });
  assert.deepEqual(desk.owners, {});
  desk.update('maker', (draft) => {
    draft.spec.size = 1;
  });
  assert.deepEqual(desk.owners, {});
  assert.throws(() => desk.apply('one', basket({ note: 'x' })), {
    message:
      'Apply failed with 1 conflict: conflict with "before-first-apply" using orchard/v1: .spec.note',
  });
  desk.apply('one', basket({ limit: '1' }));
  assert.deepEqual(Object.keys(desk.owners), ['one Apply', 'before-first-apply Update']);
});

test('a client may rewrite the list, but not with nonsense, nor through a subresource', () => {
  const desk = new Desk();
  desk.apply('one', basket({ size: 1 }));
  const [entry] = desk.live!.metadata.managedFields!;
  desk.update('hand', (draft) => {
    draft.metadata.managedFields = [{ ...entry, manager: 'other' }];
  });
  assert.deepEqual(Object.keys(desk.owners), ['other Apply']);
  for (const nonsense of [
    [{ ...entry, operation: 'Guess' }],
    [{ ...entry, apiVersion: '' }],
    [{ ...entry, fieldsType: 'V2' }],
    [{ ...entry, fieldsV1: { x: {} } }],
    [{ ...entry }, {}],
  ]) {
    desk.update('hand', (draft) => {
      draft.metadata.managedFields = nonsense;
    });
    assert.deepEqual(Object.keys(desk.owners), ['other Apply']);
  }
  const next = { ...desk.live!, metadata: { ...desk.live!.metadata, managedFields: [{}] } };
  const update = { live: desk.live!, next, manager: 'x', time: '2026-01-01T00:00:00Z' };
  const fields = managedFieldsAfterUpdate({ ...baskets, subresource: 'status' }, update);
  assert.equal(fields?.length, 1);
});

test('an object whose lists have two meanings has no owners, and is written all the same', () => {
  const desk = new Desk();
  desk.update('maker', (draft) => {
    draft.spec.fruits = [{ name: 'a' }];
  });
  desk.update('maker', (draft) => {
    draft.spec.fruits.push(null);
  });
  assert.deepEqual(desk.owners, {});
});

test('beyond ten updaters the oldest are put together', () => {
  const desk = new Desk();
  for (let i = 0; i < 12; i++) {
    desk.update(`updater-${i}`, (draft) => {
      draft.spec.labels = { ...draft.spec.labels, [`l${i}`]: '' };
    });
  }
  const owners = Object.keys(desk.owners);
  assert.equal(owners.length, 10);
  assert.deepEqual(desk.owners['ancient-changes Update'], {
    'f:spec': { 'f:labels': { '.': {}, 'f:l0': {}, 'f:l1': {}, 'f:l2': {} } },
  });
  assert.equal(desk.times['ancient-changes Update'], '2026-01-01T00:00:02Z');
});

test('kubectl takes over what its client-side apply set, and keeps the annotation', () => {
  const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
  const desk = new Desk();
  const applied = basket({ size: 1, note: 'n' });
  desk.update('kubectl-client-side-apply', (draft) => {
    Object.assign(draft, basket({ size: 1, note: 'n' }));
    draft.metadata.annotations = { [annotation]: JSON.stringify(applied) };
  });
  desk.update('hand', (draft) => {
    draft.spec.note = 'other';
  });
  assert.throws(() => desk.apply('kubectl', basket({ size: 2, note: 'x' })), {
    message: 'Apply failed with 1 conflict: conflict with "hand" using orchard/v1: .spec.note',
  });
  assert.throws(() => desk.apply('someone', basket({ size: 2 })), { reason: 'Conflict' });
  desk.apply('kubectl', basket({ size: 2 }));
  assert.equal(
    desk.live!.metadata.annotations![annotation],
    '{"apiVersion":"orchard/v1","kind":"Basket","metadata":{"name":"b"},"spec":{"size":2}}\n',
  );
  assert.deepEqual(desk.owners['kubectl Apply'], { 'f:spec': { 'f:size': {} } });
});

// Goal: what can't be applied is refused in Kubernetes' words.
for (const { name, configuration, want } of [
  {
    name: 'another kind',
    configuration: { ...basket({}), kind: 'Box' },
    want: { code: 400, message: 'invalid object type: orchard/v1, Kind=Box' },
  },
  {
    name: 'no kind at all',
    configuration: { metadata: { name: 'b' } },
    want: { code: 400, message: 'invalid object type: /, Kind=' },
  },
  {
    name: 'managedFields',
    configuration: basket({}, { managedFields: [] }),
    want: { code: 400, message: 'metadata.managedFields must be nil' },
  },
  {
    name: 'an unknown field',
    configuration: basket({ ghost: 1 }, { namespace: 'n' }),
    want: {
      code: 500,
      reason: '',
      message:
        'failed to create typed patch object (n/b; orchard/v1, Kind=Basket): .spec.ghost: field not declared in schema',
    },
  },
]) {
  test(`refuses ${name}`, () => assert.throws(() => new Desk().apply('one', configuration), want));
}

test('fields that a resource can’t write are owned by nobody through it', () => {
  const desk = new Desk({ ...baskets, ignored: () => ({ 'f:status': {} }) });
  desk.apply('one', { ...basket({ size: 1 }), status: { phase: 'x' } });
  assert.deepEqual(desk.owners['one Apply'], { 'f:spec': { 'f:size': {} } });
});

// A second version of baskets, in which `size` is called `volume`.
const rename = (object: object, from: string, to: string, apiVersion: string) => {
  const { [from]: value, ...spec } = (object as { spec?: Record<string, unknown> }).spec ?? {};
  return { ...object, apiVersion, spec: value === undefined ? spec : { ...spec, [to]: value } };
};
const volumeType = (() => {
  const { map } = applyTypeOf(basketShape);
  const spec = map!.fields.get('spec')!;
  const fields = new Map(spec.type.map!.fields);
  fields.set('volume', { name: 'volume', step: 'f:volume', type: { scalar: 'number' } });
  const specType = { map: { ...spec.type.map!, element: undefined, fields, atomic: false } };
  const all = new Map(map!.fields);
  all.set('spec', { ...spec, type: specType });
  return { map: { atomic: false, element: undefined, fields: all } };
})();
const versions = {
  typeOf: (apiVersion: string) =>
    ({ 'orchard/v1': applyTypeOf(basketShape), 'orchard/v2': volumeType })[apiVersion],
  convert(object: object, apiVersion: string) {
    if ((object as Basket).apiVersion === apiVersion) return object;
    if (apiVersion === 'orchard/v2') return rename(object, 'size', 'volume', apiVersion);
    return apiVersion === 'orchard/v1' ? rename(object, 'volume', 'size', apiVersion) : undefined;
  },
};
const inV1: ManagedResource = managedResourceOf(
  { apiVersion: 'orchard/v1', kind: 'Basket', shape: basketShape },
  { versions },
);
const inV2: ManagedResource = { ...inV1, apiVersion: 'orchard/v2', type: volumeType };

test('managers of other versions are seen in their own', () => {
  const time = '2026-01-01T00:00:00Z';
  const first = applyConfiguration(inV1, {
    live: undefined,
    configuration: basket({ size: 1, note: 'n' }),
    manager: 'one',
    force: false,
    time,
  });
  const { metadata, ...rest } = first.object as Basket;
  const live = versions.convert(
    { ...rest, metadata: { ...metadata, uid: 'u', managedFields: first.managedFields } },
    'orchard/v2',
  );
  const request = { live, force: false, time };
  const configuration = { ...basket({ volume: 2 }), apiVersion: 'orchard/v2' };
  assert.throws(() => applyConfiguration(inV2, { ...request, configuration, manager: 'two' }), {
    message: 'Apply failed with 1 conflict: conflict with "one": .spec.size',
  });
  // The same applier goes on in the other version, and drops what it set in the first.
  const next = applyConfiguration(inV2, { ...request, configuration, manager: 'one' });
  assert.deepEqual((next.object as Basket).spec, { volume: 2 });
  assert.deepEqual(next.managedFields, [
    {
      manager: 'one',
      operation: 'Apply',
      apiVersion: 'orchard/v2',
      time,
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:spec': { 'f:volume': {} } },
    },
  ]);
});

test('managers of versions that are gone are forgotten', () => {
  const desk = new Desk();
  desk.apply('one', basket({ size: 1 }));
  const [entry] = desk.live!.metadata.managedFields!;
  const old = { ...entry!, manager: 'old', apiVersion: 'orchard/v0' };
  const { metadata } = desk.live!;
  desk.live = { ...desk.live!, metadata: { ...metadata, managedFields: [entry!, old] } };
  desk.apply('two', basket({ note: 'n' }));
  assert.deepEqual(Object.keys(desk.owners), ['one Apply', 'two Apply']);
});

test('who owned a part of what is atomic now owns the whole', () => {
  const desk = new Desk();
  desk.apply('one', basket({ exact: { a: '1' } }));
  const { metadata } = desk.live!;
  const [entry] = metadata.managedFields!;
  const fieldsV1 = { 'f:spec': { 'f:exact': { 'f:a': {} } } };
  desk.live = {
    ...desk.live!,
    metadata: { ...metadata, managedFields: [{ ...entry!, fieldsV1 }] },
  };
  assert.throws(() => desk.apply('two', basket({ exact: { b: '1' } })), {
    message: 'Apply failed with 1 conflict: conflict with "one": .spec.exact',
  });
});

test('names of managers', () => {
  assert.equal(managerNameOf('given', 'kubectl/v1'), 'given');
  assert.equal(managerNameOf('', 'kube\u0007ctl/v1.36 (linux)'), 'kubectl');
  assert.equal(managerNameOf(undefined, 'ä'.repeat(100)), 'ä'.repeat(64));
  assert.equal(managerNameOf(undefined), '');
});

test('the owners of a Scale, there and back', () => {
  const paths = { 'orchard/v1': ['spec', 'size'] };
  const desk = new Desk();
  desk.apply('one', basket({ size: 1, note: 'n' }));
  const entries = desk.live!.metadata.managedFields;
  const inScale = scaleManagedFields(entries, paths)!;
  assert.deepEqual(
    inScale.map(({ apiVersion, fieldsV1 }) => [apiVersion, fieldsV1]),
    [['autoscaling/v1', { 'f:spec': { 'f:replicas': {} } }]],
  );
  const scaler: ManagedFieldsEntry = {
    ...inScale[0],
    manager: 'scaler',
    operation: 'Update',
    subresource: 'scale',
  };
  const after = managedFieldsAfterScale(entries, [scaler], { paths, apiVersion: 'orchard/v1' })!;
  assert.deepEqual(
    after.map(({ manager, apiVersion, subresource, fieldsV1 }) => [
      manager,
      apiVersion,
      subresource,
      fieldsV1,
    ]),
    [
      ['one', 'orchard/v1', undefined, { 'f:spec': { 'f:note': {} } }],
      ['scaler', 'orchard/v1', 'scale', { 'f:spec': { 'f:size': {} } }],
    ],
  );
});

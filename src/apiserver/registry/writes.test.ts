import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { Deployment } from '../../api/generated/apps/v1/types.ts';
import type { Random } from '../../base/random.ts';
import type { ApiRequest } from '../../machinery/api-request.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { isStatusError } from '../../machinery/status.ts';
import { createTestHeart, refusal, type TestHeart } from '../testing.ts';

// Goal: updates, patches and deletes do what Kubernetes' registry does, whatever the kind.

const maps = { plural: 'configmaps', namespace: 'default' };
const UID = '11111111-2222-4333-8444-555555555555';
const LOCKED =
  'the object has been modified; please apply your changes to the latest version and try again';

let heart: TestHeart;
beforeEach(async () => {
  heart = await createTestHeart();
});

type Rest = Partial<ApiRequest>;
const create = (metadata: object, rest: object = {}, more: Rest = {}) =>
  heart.send({ ...maps, verb: 'create', body: { metadata, ...rest }, ...more });
const put = (metadata: object, rest: object = {}, more: Rest = {}) =>
  heart.send({ ...maps, verb: 'update', name: 'a', body: { metadata, ...rest }, ...more });
const patch = (body: object, more: Rest = {}) =>
  heart.send({ ...maps, verb: 'patch', patchType: 'merge', name: 'a', body, ...more });
const get = (more: Rest = {}) => heart.send({ ...maps, verb: 'get', name: 'a', ...more });
const remove = (body: object = {}, more: Rest = {}) =>
  heart.send({ ...maps, verb: 'delete', name: 'a', body, ...more });
const isGone = async (more: Rest = {}) =>
  assert.rejects(get(more), (error) => isStatusError(error, 'NotFound'));

describe('an object without a name', () => {
  const nameless = (message: string) => new RegExp(`^\\S+ "" is invalid: .*${message}`);
  for (const { plural, group = '', namespace = 'default', spec, message } of [
    { plural: 'configmaps' },
    { plural: 'services', spec: { ports: [{ port: 80 }] } },
    { plural: 'jobs', group: 'batch', spec: { template: { spec: {} } } },
    { plural: 'cronjobs', group: 'batch', spec: { schedule: '* * * * *' } },
    { plural: 'ipaddresses', group: 'networking.k8s.io', namespace: '' },
    { plural: 'apiservices', group: 'apiregistration.k8s.io', namespace: '', spec: {} },
    {
      plural: 'services',
      spec: { ports: [{ port: 80 }], clusterIP: '10.96.0.0' },
      message: 'failed to allocate IP',
    },
  ] as const as readonly {
    plural: string;
    group?: string;
    namespace?: string;
    spec?: object;
    message?: string;
  }[]) {
    test(`is refused among ${plural}${message ? ` that ${message}` : ''}`, () =>
      assert.rejects(
        create({}, spec && { spec }, { plural, group, namespace: namespace || undefined }),
        refusal(422, nameless(message ?? 'metadata.name: Required value')),
      ));
  }
});

describe('a PUT to a name that is not there', () => {
  test('is told so', () =>
    assert.rejects(put({ name: 'a' }), refusal(404, 'configmaps "a" not found')));

  test('is first told what is wrong with itself', async () => {
    const url = 'the name of the object (b) does not match the name on the URL (a)';
    await assert.rejects(put({ name: 'b' }), refusal(400, url));
    const absent = put({ name: 'a', resourceVersion: 'x' });
    await assert.rejects(absent, refusal(404, 'configmaps "a" not found'));
  });

  test('is told so whichever object it means, unless it would make one', async () => {
    const write = put({ name: 'a', uid: UID });
    await assert.rejects(write, refusal(404, 'configmaps "a" not found'));
    const lease = put(
      { name: 'a', uid: UID },
      {},
      { group: 'coordination.k8s.io', plural: 'leases' },
    );
    await assert.rejects(lease, refusal(409, /^Operation cannot be fulfilled on leases\./));
  });

  test('makes the object where the kind allows it', async () => {
    const leases = { group: 'coordination.k8s.io', plural: 'leases' };
    const made = await put({ name: 'a' }, {}, leases);
    assert.match(made.metadata.uid, /^[0-9a-f-]{36}$/);
  });
});

test('a PUT of another object is told by the key that clients know', async () => {
  const ports = [{ port: 80 }];
  for (const [plural, key, rest] of [
    ['configmaps', 'configmaps/default/a', {}],
    ['services', 'services/specs/default/a', { spec: { ports } }],
  ] as const) {
    const { metadata } = await create({ name: 'a' }, rest, { plural });
    const tail = `ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${UID}, UID in object meta: ${metadata.uid}`;
    const told = `Operation cannot be fulfilled on ${plural} "a": StorageError: invalid object, Code: 4, Key: /registry/${key}, ${tail}`;
    const write = put({ name: 'a', uid: UID }, rest, { plural });
    await assert.rejects(write, refusal(409, told));
  }
});

test('nobody owns metadata by the status of a definition, which changes it all the same', async () => {
  const schema = { openAPIV3Schema: { type: 'object' } };
  const versions = [{ name: 'v1', served: true, storage: true, schema }];
  const names = { plural: 'toys', kind: 'Toy' };
  const spec = { group: 'ex.io', scope: 'Cluster', names, versions };
  const toys = {
    group: 'apiextensions.k8s.io',
    plural: 'customresourcedefinitions',
    namespace: undefined,
  };
  await create({ name: 'toys.ex.io' }, { spec }, toys);
  const status = { name: 'toys.ex.io', subresource: 'status', options: { fieldManager: 'st' } };
  const more = { ...toys, ...status };
  const { metadata } = await patch({ metadata: { labels: { a: 'b' } } }, more);
  assert.deepEqual(metadata.labels, { a: 'b' });
  assert.equal(
    metadata.managedFields?.find(({ manager }) => manager === 'st'),
    undefined,
  );
});

test('a finalizer is a known one or has a domain, but for kinds with rules of their own', async () => {
  const told =
    'ConfigMap "a" is invalid: metadata.finalizers[0]: Invalid value: "x": name is neither a standard finalizer name nor is it fully qualified';
  await assert.rejects(create({ name: 'a', finalizers: ['x'] }), refusal(422, told));
  await create({ name: 'a', finalizers: ['orphan', 'a.example/x'] });
  await assert.rejects(patch({ metadata: { finalizers: ['x'] } }, {}), refusal(422, told));
  const leases = { group: 'coordination.k8s.io', plural: 'leases' };
  await create({ name: 'a', finalizers: ['x'] }, {}, leases);
});

test('what is wrong with the labels of a pod is told four times over', async () => {
  const pods = { plural: 'pods' };
  await create({ name: 'default' }, {}, { plural: 'serviceaccounts' });
  await create({ name: 'p' }, { spec: { containers: [{ name: 'a', image: 'x' }] } }, pods);
  const write = patch({ metadata: { labels: { 'a b': 'c' } } }, { ...pods, name: 'p' });
  const isTold = (error: unknown) => isStatusError(error) && error.details?.causes?.length === 4;
  await assert.rejects(write, isTold);
});

test('owners that are named again are dropped with a warning, which a create words its way', async () => {
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid: UID };
  const metadata = { name: 'a', ownerReferences: [owner, owner, owner] };
  const tail = `; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${UID}, ${UID}`;
  const late = ' after mutating admission happens';
  for (const { verb, when, patchType } of [
    { verb: 'create', when: '' },
    { verb: 'update', when: late },
    { verb: 'patch', when: late, patchType: 'merge' },
  ] as const) {
    const name = verb === 'create' ? undefined : 'a';
    const request = { ...maps, verb, name, patchType, body: { metadata } };
    const { warnings, object } = await heart.answer(request);
    assert.deepEqual(warnings, [
      `.metadata.ownerReferences contains duplicate entries${when}${tail}`,
    ]);
    assert.equal((object as KubeObject).metadata.ownerReferences?.length, 1);
  }
});

for (const { plural, group, told } of [
  {
    plural: 'configmaps',
    group: '',
    told: 'ConfigMap: converting (v1.Secret) to (core.ConfigMap)',
  },
  {
    plural: 'roles',
    group: 'rbac.authorization.k8s.io',
    told: 'Role: converting (v1.Secret) to (rbac.Role)',
  },
  {
    plural: 'events',
    group: 'events.k8s.io',
    told: 'Event: converting (v1.Secret) to (core.Event)',
  },
]) {
  test(`a secret is none of the ${plural} of ${group || 'core'}`, () => {
    const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } };
    const write = heart.send({ ...maps, plural, group, verb: 'create', body });
    const message = `Secret in version "v1" cannot be handled as a ${told}: unknown conversion`;
    return assert.rejects(write, refusal(400, message));
  });
}

describe('names that are generated', () => {
  /** Letters as if by chance, but always the same ones. */
  const stuck: Random = {
    float: () => 0.5,
    bytes: (count: number) => new Uint8Array(count),
  } as never;

  test('are given up when all that were tried are taken', async () => {
    heart = await createTestHeart({ random: stuck });
    const { metadata } = await create({ generateName: 'x-' });
    await assert.rejects(create({ generateName: 'x-' }), (error) => {
      const text = `configmaps "${metadata.name}" already exists, the server was not able to generate a unique name for the object`;
      refusal(409, text)(error);
      assert.ok(isStatusError(error, 'AlreadyExists'));
      assert.equal(error.details?.retryAfterSeconds, 1);
      return true;
    });
  });

  test('leave room for their end', async () => {
    const { metadata } = await create({ generateName: 'x'.repeat(70) });
    assert.match(metadata.name, /^x{58}[a-z0-9]{5}$/);
  });
});

describe('resourceVersions', () => {
  const dryRun = { options: { dryRun: ['All'] } };

  for (const [given, fault] of [
    ['x', 'invalid syntax'],
    ['-1', 'invalid syntax'],
    ['18446744073709551616', 'value out of range'],
  ] as const) {
    test(`are numbers, and ${given} is none`, async () => {
      await create({ name: 'a' });
      const text = `strconv.ParseUint: parsing "${given}": ${fault}`;
      await assert.rejects(put({ name: 'a', resourceVersion: given }), refusal(500, text));
    });
  }

  test('are nothing that a new object has', async () => {
    const text = 'resourceVersion should not be set on objects to be created';
    await assert.rejects(create({ name: 'a', resourceVersion: '5' }), refusal(500, text));
    await create({ name: 'a', resourceVersion: '0' });
    await create({ name: 'b', resourceVersion: 'x' });
    const bad = create({ name: '!', resourceVersion: '5' });
    await assert.rejects(bad, (error) => isStatusError(error, 'Invalid'));
    const tried = await create({ name: 'c', resourceVersion: '5' }, {}, dryRun);
    assert.equal(tried.metadata.resourceVersion, '5');
    const leases = { plural: 'leases', group: 'coordination.k8s.io' };
    await put({ name: 'a', resourceVersion: '5' }, {}, leases);
  });

  for (const [name, write] of [
    ['a PUT', () => put({ name: 'a', resourceVersion: '1' })],
    ['a patch', () => patch({ metadata: { resourceVersion: '1' } })],
    ['an empty patch but for it', () => patch({ metadata: { resourceVersion: '1' } })],
  ] as const) {
    test(`${name} of an older one is a conflict`, async () => {
      await create({ name: 'a' });
      const told = `Operation cannot be fulfilled on configmaps "a": ${LOCKED}`;
      await assert.rejects(write(), refusal(409, told));
    });
  }

  test('stay when nothing changes, by PUT, patch and apply', async () => {
    const { metadata } = await create({ name: 'a', labels: { l: '1' } }, { data: { k: 'v' } });
    const { resourceVersion } = metadata;
    const apply = { verb: 'patch', patchType: 'apply', options: { fieldManager: 'x' } } as const;
    const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };
    await put({ name: 'a', labels: { l: '1' } }, { data: { k: 'v' } });
    await patch({ data: { k: 'v' } });
    assert.equal((await get()).metadata.resourceVersion, resourceVersion);
    const applied = await patch(config, apply);
    await heart.clock.advance(5000);
    assert.equal(
      (await patch(config, apply)).metadata.resourceVersion,
      applied.metadata.resourceVersion,
    );
  });
});

describe('what nobody changes in metadata', () => {
  test('comes back as it was', async () => {
    const made = await create({ name: 'a' });
    const { uid, creationTimestamp } = made.metadata;
    const next = await put({
      name: 'a',
      uid: '',
      creationTimestamp: '2001-01-01T00:00:00Z',
      selfLink: '/x',
      generation: 7,
    });
    assert.equal(next.metadata.uid, uid);
    assert.equal(next.metadata.creationTimestamp, creationTimestamp);
    assert.equal(next.metadata.generation, undefined);
    assert.equal(next.metadata.selfLink, undefined);
    assert.equal(next.metadata.resourceVersion, made.metadata.resourceVersion);
  });

  test('is refused where somebody may rely on it', async () => {
    await create({ name: 'a' });
    const text = `ConfigMap "a" is invalid: metadata.uid: Invalid value: "${UID}": field is immutable`;
    await assert.rejects(patch({ metadata: { uid: UID } }), refusal(422, text));
    const time = '2001-01-01T00:00:00Z';
    const marked = `ConfigMap "a" is invalid: metadata.deletionTimestamp: Invalid value: "${time}": field is immutable`;
    await assert.rejects(patch({ metadata: { deletionTimestamp: time } }), refusal(422, marked));
  });

  test('is not its type either', async () => {
    await create({ name: 'a' }, { data: { k: 'v' } });
    await assert.rejects(patch({ kind: 'Secret' }), refusal(422, /illegal base64 data/));
    await assert.rejects(
      patch({ apiVersion: 'v2' }),
      refusal(422, /no kind "ConfigMap" is registered for version "v2"/),
    );
  });
});

describe('a deletion', () => {
  test('waits for finalizers, lets nobody add one, and ends with the last', async () => {
    await create({ name: 'a', finalizers: ['x/1', 'x/2'] });
    const marked = await remove();
    assert.equal(marked.metadata.deletionGracePeriodSeconds, 0);
    await assert.rejects(
      patch({ metadata: { finalizers: ['x/1', 'x/2', 'x/3'] } }),
      refusal(422, /no new finalizers can be added if the object is being deleted/),
    );
    await patch({ metadata: { finalizers: ['x/2'] } });
    await patch({ data: { still: 'here' } });
    const last = await patch({ metadata: { finalizers: null } });
    assert.deepEqual(last.metadata.finalizers, undefined);
    await isGone();
  });

  test('that is only tried removes and marks nothing', async () => {
    const { metadata } = await create({ name: 'a', finalizers: ['x/1'] });
    const answer = await remove({}, { options: { dryRun: ['All'] } });
    assert.ok(answer.metadata.deletionTimestamp);
    assert.equal((await get()).metadata.resourceVersion, metadata.resourceVersion);
    await remove({ dryRun: ['All'] });
    assert.equal((await get()).metadata.deletionTimestamp, undefined);
  });

  test('is of the object that was meant', async () => {
    const { metadata } = await create({ name: 'a' });
    await assert.rejects(
      remove({ preconditions: { uid: UID } }),
      refusal(409, new RegExp(`the UID in the precondition \\(${UID}\\) does not match`)),
    );
    await patch({ data: { k: 'v' } });
    const { uid, resourceVersion } = metadata;
    await assert.rejects(
      remove({ preconditions: { resourceVersion } }),
      refusal(409, /the ResourceVersion in the precondition/),
    );
    await remove({ preconditions: { uid } });
    await isGone();
  });

  test('tells preconditions of namespaces in words of their own', async () => {
    const name = 'kube-node-lease';
    const namespace = (preconditions: object) =>
      heart.send({ plural: 'namespaces', verb: 'delete', name, body: { preconditions } });
    for (const [field, what] of [
      ['uid', 'UID'],
      ['resourceVersion', 'ResourceVersion'],
    ] as const) {
      const found = `Precondition failed: ${what} in precondition: 1, ${what} in object meta: `;
      const text = `^Operation cannot be fulfilled on namespaces "${name}": ${found}`;
      await assert.rejects(namespace({ [field]: '1' }), refusal(409, new RegExp(text)));
    }
  });

  test('may leave dependents to others, or wait for them', async () => {
    for (const [propagationPolicy, finalizer] of [
      ['Orphan', 'orphan'],
      ['Foreground', 'foregroundDeletion'],
    ]) {
      const { metadata } = await create({ generateName: 'x-' });
      const { name } = metadata;
      const marked = await remove({ propagationPolicy }, { name });
      assert.deepEqual(marked.metadata.finalizers, [finalizer]);
      await remove({ propagationPolicy: 'Background' }, { name });
      await isGone({ name });
    }
  });

  test('of jobs warns who leaves their pods unawares, one or all', async () => {
    const jobs = { plural: 'jobs', group: 'batch', namespace: 'default' };
    const pod = { restartPolicy: 'Never', containers: [{ name: 'm', image: 'i' }] };
    const make = (name: string) => create({ name }, { spec: { template: { spec: pod } } }, jobs);
    const answer = (request: Rest) =>
      heart.answer({ ...jobs, ...request, verb: request.verb ?? 'delete' });
    for (const name of ['a', 'b', 'c']) await make(name);
    const one = await answer({ name: 'a' });
    assert.deepEqual([one.object?.kind, one.warnings?.length], ['Job', 1]);
    const told = await answer({ name: 'b', body: { propagationPolicy: 'Background' } });
    assert.deepEqual([told.object?.kind, told.warnings?.length], ['Status', 0]);
    const all = await answer({ verb: 'deletecollection' });
    assert.deepEqual([all.object?.kind, all.warnings?.length], ['JobList', 1]);
  });

  test('of what is not understood is refused', async () => {
    await create({ name: 'a' });
    for (const [body, message] of [
      [{ gracePeriodSeconds: 'x' }, /unmarshal string .* DeleteOptions.gracePeriodSeconds of type/],
      [{ preconditions: 3 }, /cannot unmarshal number into Go struct field/],
      [{ dryRun: 'All' }, /cannot unmarshal string into Go struct field/],
      [{ kind: 'Status' }, 'decoded object cannot be converted to DeleteOptions'],
      [
        { kind: 'Pod', apiVersion: 'v1' },
        'no kind "Pod" is registered for version "v1" in scheme "pkg/apis/meta/internalversion/scheme/register.go:27"',
      ],
    ] as const) {
      await assert.rejects(remove(body), refusal(500, message));
    }
    await get();
  });

  test('takes preconditions from a query, too', async () => {
    await create({ name: 'a' });
    const asked = {
      verb: 'delete',
      plural: 'configmaps',
      namespace: 'default',
      name: 'a',
    } as const;
    for (const options of [{ uid: 'other' }, { resourceVersion: '1' }]) {
      await assert.rejects(
        heart.answer({ ...asked, options }),
        refusal(409, /in the precondition/),
      );
    }
  });

  test('that is meant for another object is told that before that it may not be', async () => {
    const asked = { verb: 'delete', plural: 'namespaces', name: 'default' } as const;
    const other = { ...asked, body: { preconditions: { uid: 'other' } } };
    await assert.rejects(heart.answer(other), refusal(409, /Precondition failed: UID/));
    await assert.rejects(heart.answer(asked), refusal(403, /this namespace may not be deleted/));
  });

  test('that is asked for again changes nothing', async () => {
    await create({ name: 'a', finalizers: ['x.y/z'] });
    const asked = {
      verb: 'delete',
      plural: 'configmaps',
      namespace: 'default',
      name: 'a',
    } as const;
    const first = await heart.answer({ ...asked, options: { orphanDependents: false } });
    assert.equal(first.accepted, true);
    const second = await heart.answer(asked);
    assert.equal(second.accepted, undefined);
    assert.deepEqual(second.object, first.object);
  });

  test('of a collection takes what is selected, and answers it as it was', async () => {
    await create({ name: 'a', labels: { go: 'yes' } });
    await create({ name: 'b', labels: { go: 'yes' }, finalizers: ['x/1'] });
    await create({ name: 'c' });
    const options = { labelSelector: 'go=yes' };
    const { items } = await heart.send({ ...maps, verb: 'deletecollection', options });
    assert.deepEqual(
      (items as KubeObject[]).map(({ metadata }) => metadata.name),
      ['a', 'b'],
    );
    await isGone();
    assert.ok((await get({ name: 'b' })).metadata.deletionTimestamp);
    assert.equal((await get({ name: 'c' })).metadata.deletionTimestamp, undefined);
  });
});

describe('generations and the status', () => {
  const deployments = { group: 'apps', plural: 'deployments' };
  const spec = {
    replicas: 2,
    selector: { matchLabels: { a: 'b' } },
    template: {
      metadata: { labels: { a: 'b' } },
      spec: { containers: [{ name: 'main', image: 'x' }] },
    },
  };
  const make = () =>
    create({ name: 'a', generation: 9 }, { spec, status: { replicas: 7 } }, deployments);
  const of = (object: KubeObject) => object as unknown as Deployment;

  test('a new object is of the first generation and has no status', async () => {
    const made = of(await make());
    assert.equal(made.metadata.generation, 1);
    assert.deepEqual(made.status, {});
  });

  test('a generation is what is wanted, not what is known', async () => {
    await make();
    const labelled = await patch({ metadata: { labels: { x: 'y' } } }, deployments);
    assert.equal(labelled.metadata.generation, 1);
    const scaled = await patch({ spec: { replicas: 3 } }, deployments);
    assert.equal(scaled.metadata.generation, 2);
    const told = await patch(
      { status: { replicas: 3 } },
      { ...deployments, subresource: 'status' },
    );
    assert.equal(told.metadata.generation, 2);
    assert.equal(of(told).status.replicas, 3);
  });

  test('neither changes through the path of the other', async () => {
    await make();
    const body = { spec: { replicas: 3 }, status: { replicas: 1 } };
    const wanted = of(await patch(body, deployments));
    assert.deepEqual([wanted.spec.replicas, wanted.status.replicas], [3, undefined]);
    const known = of(
      await patch(
        { spec: { replicas: 5 }, status: { replicas: 1 } },
        { ...deployments, subresource: 'status' },
      ),
    );
    assert.deepEqual([known.spec.replicas, known.status.replicas], [3, 1]);
  });

  test('who reports the status of some kinds changes no metadata by it', async () => {
    const schemas = {
      group: 'flowcontrol.apiserver.k8s.io',
      plural: 'flowschemas',
      namespace: undefined,
    };
    const level = { priorityLevelConfiguration: { name: 'x' } };
    await create({ name: 'a', labels: { l: '1' } }, { spec: level }, schemas);
    const body = {
      metadata: { labels: { l: '2' }, annotations: { a: 'b' } },
      status: { conditions: [{ type: 'Dangling', status: 'True' }] },
    };
    const { metadata } = await patch(body, { ...schemas, subresource: 'status' });
    assert.deepEqual(metadata.labels, { l: '1' });
    assert.equal(metadata.annotations, undefined);
    const status = metadata.managedFields?.find(({ subresource }) => subresource === 'status');
    assert.deepEqual(Object.keys(status?.fieldsV1 ?? {}), ['f:status']);
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../../../base/logger.ts';
import { seededRandom } from '../../../base/random.ts';
import type { KubeObject } from '../../../machinery/object.ts';
import { parseApiVersion } from '../../../machinery/resource.ts';
import { createTestHeart } from '../../testing.ts';
import { builtinPolicy, type PolicyObject } from './builtin-policy.ts';
import { installPolicy, repairPolicy } from './install-policy.ts';

// Goal: every cluster has the roles of Kubernetes from its first moment, and gets back what is taken
// from them, but for what users have made theirs.

const addressOf = ({ kind, apiVersion, metadata: { name = '', namespace } }: PolicyObject) => ({
  ...parseApiVersion(apiVersion),
  plural: `${kind.toLowerCase()}s`,
  name,
  ...(namespace && { namespace }),
});

const SYSTEM = { name: 'system:apiserver', groups: ['system:masters'] };

test('what is written at once is what the registry would have made of it', async () => {
  const [written, made] = [await createTestHeart(), await createTestHeart()];
  await installPolicy(written.store, written.clock, seededRandom(1));
  const plain = ({ metadata: { uid: _, resourceVersion: __, ...metadata }, ...rest }: KubeObject) =>
    JSON.stringify({ ...rest, metadata });
  for (const object of builtinPolicy()) {
    const { name, ...at } = addressOf(object);
    const options = { fieldManager: 'kube-apiserver' };
    const want = await made.send({ ...at, verb: 'create', body: object, options }, SYSTEM);
    const found = await written.send({ ...at, name, verb: 'get' });
    assert.equal(plain(found), plain(want), name);
  }
});

test('names are there once, and words stand in order', () => {
  const keys = builtinPolicy().map((object) => Object.values(addressOf(object)).join(' '));
  assert.equal(new Set(keys).size, keys.length);
  for (const object of builtinPolicy()) {
    const { rules } = object as unknown as { rules?: readonly Record<string, string[]>[] };
    for (const list of (rules ?? []).flatMap((rule) => Object.values(rule))) {
      assert.deepEqual(list, [...list].sort(), object.metadata.name ?? '');
    }
  }
});

const group = 'rbac.authorization.k8s.io';
const discovery = { group, plural: 'clusterroles', name: 'system:discovery' } as const;
const viewers = { group, plural: 'clusterrolebindings', name: 'system:discovery' } as const;

async function older() {
  const heart = await createTestHeart();
  await installPolicy(heart.store, heart.clock, seededRandom(1));
  const change = (at: object, body: object) =>
    heart.send({ ...at, verb: 'patch', patchType: 'merge', body } as never);
  const repair = () => repairPolicy({ ...heart, logger: silentLogger });
  return { ...heart, change, repair };
}

test('a repair of what is whole writes nothing', async () => {
  const { repair, store } = await older();
  const { revision } = store;
  await repair();
  assert.equal(store.revision, revision);
});

test('what is missing comes back, what was added stays', async () => {
  const { change, repair, send } = await older();
  const own = { verbs: ['get'], nonResourceURLs: ['/own'] };
  await change(discovery, { rules: [own], metadata: { labels: { mine: 'yes' } } });
  await change(viewers, { subjects: [{ kind: 'User', apiGroup: group, name: 'pia' }] });
  await send({ ...discovery, name: 'system:basic-user', verb: 'delete' });
  await repair();
  const role = await send({ ...discovery, verb: 'get' });
  const urls = (role.rules as { nonResourceURLs: string[] }[]).flatMap((r) => r.nonResourceURLs);
  assert.deepEqual([urls.length, urls[0], urls.includes('/openapi/*')], [12, '/own', true]);
  assert.equal(role.metadata.labels?.mine, 'yes');
  const { subjects } = await send({ ...viewers, verb: 'get' });
  assert.deepEqual(
    (subjects as { name: string }[]).map(({ name }) => name),
    ['pia', 'system:authenticated'],
  );
  await send({ ...discovery, name: 'system:basic-user', verb: 'get' });
});

test('what says that it shall not be updated is left alone', async () => {
  const { change, repair, send } = await older();
  const annotations = { 'rbac.authorization.kubernetes.io/autoupdate': 'false' };
  await change(discovery, { rules: [], metadata: { annotations } });
  await repair();
  assert.equal((await send({ ...discovery, verb: 'get' })).rules, null);
});

test('a binding of another role is made anew', async () => {
  const { repair, send } = await older();
  await send({ ...viewers, verb: 'delete' });
  const roleRef = { apiGroup: group, kind: 'ClusterRole', name: 'view' };
  const { name, ...at } = viewers;
  await send({ ...at, verb: 'create', body: { metadata: { name }, roleRef } });
  await repair();
  const binding = await send({ ...viewers, verb: 'get' });
  assert.equal((binding.roleRef as { name: string }).name, 'system:discovery');
});

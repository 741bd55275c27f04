import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { WatchEvent } from '../../machinery/api-request.ts';
import type { StatusError } from '../../machinery/status.ts';
import { ADMIN, createTestHeart, type TestHeart } from '../testing.ts';

// Goal: whoever watches is told all that concerns them, once and in order, whatever they select.

const at = { group: '', version: 'v1', plural: 'configmaps' };

type Options = Record<string, unknown>;

/** What a watch was told, as `ADDED a/p=1`; and how it ended. */
function follow({ heart }: TestHeart, namespace: string | undefined, options: Options) {
  const told: string[] = [];
  const objects: WatchEvent['object'][] = [];
  const end: { error?: StatusError | undefined } = {};
  const request = { ...at, verb: 'watch', namespace, options } as const;
  const cancel = heart.watch(request, ADMIN, {
    next({ type, object }) {
      const { namespace: place, name, labels } = object.metadata;
      told.push(type === 'BOOKMARK' ? type : `${type} ${place}/${name}=${labels?.v}`);
      objects.push(object);
    },
    end(error) {
      end.error = error;
    },
  });
  return { told, objects, end, cancel };
}

async function start(): Promise<TestHeart> {
  const heart = await createTestHeart();
  for (const name of ['a', 'b']) {
    await heart.send({ plural: 'namespaces', verb: 'create', body: { metadata: { name } } });
  }
  return heart;
}

const create = (heart: TestHeart, namespace: string, name: string, v: number) =>
  heart.send({
    ...at,
    namespace,
    verb: 'create',
    body: { metadata: { name, labels: { v: `${v}` } } },
  });

const relabel = (heart: TestHeart, namespace: string, name: string, v: number) => {
  const body = { metadata: { labels: { v: `${v}` } } };
  return heart.send({ ...at, namespace, name, verb: 'patch', patchType: 'merge', body });
};

const remove = (heart: TestHeart, namespace: string, name: string) =>
  heart.send({ ...at, namespace, name, verb: 'delete' });

const NAMES = ['p', 'q', 'r'];
const step = fc.record({
  namespace: fc.constantFrom('a', 'b'),
  name: fc.constantFrom(...NAMES),
  v: fc.integer({ min: 1, max: 3 }),
  isRemoved: fc.boolean(),
});

const SELECTIONS: readonly { readonly namespace?: string; readonly options: Options }[] = [
  { options: {} },
  { namespace: 'a', options: {} },
  { namespace: 'b', options: { labelSelector: 'v=2' } },
  { options: { labelSelector: 'v in (1,3)' } },
  { options: { fieldSelector: 'metadata.name=q' } },
  { options: { fieldSelector: 'metadata.namespace=b,metadata.name!=r' } },
  { namespace: 'a', options: { fieldSelector: 'metadata.name=p', labelSelector: 'v!=1' } },
];

/** Whether a selection above matches, said anew. */
const MATCHES: readonly ((namespace: string, name: string, v: number) => boolean)[] = [
  () => true,
  (namespace) => namespace === 'a',
  (namespace, _, v) => namespace === 'b' && v === 2,
  (_, __, v) => v !== 2,
  (_, name) => name === 'q',
  (namespace, name) => namespace === 'b' && name !== 'r',
  (namespace, name, v) => namespace === 'a' && name === 'p' && v !== 1,
];

test('each watch is told what a plain look at every change would find', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const heart = await start();
      const watches = SELECTIONS.map(({ namespace, options }) =>
        follow(heart, namespace, { ...options, resourceVersion: `${heart.store.revision}` }),
      );
      const expected: string[][] = SELECTIONS.map(() => []);
      const there = new Map<string, number>();
      for (const { namespace, name, v, isRemoved } of steps) {
        const key = `${namespace}/${name}`;
        const before = there.get(key);
        const after = isRemoved ? undefined : v;
        if (before === after) continue;
        if (after === undefined) await remove(heart, namespace, name);
        else if (before === undefined) await create(heart, namespace, name, after);
        else await relabel(heart, namespace, name, after);
        if (after === undefined) there.delete(key);
        else there.set(key, after);
        for (const [i, matches] of MATCHES.entries()) {
          const was = before !== undefined && matches(namespace, name, before);
          const is = after !== undefined && matches(namespace, name, after);
          if (!was && !is) continue;
          const type = was ? (is ? 'MODIFIED' : 'DELETED') : 'ADDED';
          expected[i]!.push(`${type} ${key}=${is ? after : before}`);
        }
      }
      await heart.clock.advance(1);
      assert.deepEqual(
        watches.map(({ told }) => told),
        expected,
      );
    }),
    { seed: 5, numRuns: 30 },
  );
});

test('a watch from nowhere begins with what is there', async () => {
  const heart = await start();
  await create(heart, 'a', 'p', 1);
  const watch = follow(heart, 'a', {});
  await create(heart, 'a', 'q', 2);
  await heart.clock.advance(1);
  assert.deepEqual(watch.told, ['ADDED a/p=1', 'ADDED a/q=2']);
});

test('who asks for it learns where the beginning ends', async () => {
  const heart = await start();
  await create(heart, 'a', 'p', 1);
  const watch = follow(heart, 'a', {
    allowWatchBookmarks: true,
    resourceVersionMatch: 'NotOlderThan',
    sendInitialEvents: true,
  });
  await heart.clock.advance(1);
  assert.deepEqual(watch.told, ['ADDED a/p=1', 'BOOKMARK']);
  const { annotations, resourceVersion } = watch.objects[1]!.metadata;
  assert.deepEqual(annotations, { 'k8s.io/initial-events-end': 'true' });
  assert.equal(resourceVersion, String(heart.store.revision));
});

test('who asks for a state that is not there yet gets it, or is told that it never came', async () => {
  const heart = await start();
  const from = (revision: number) =>
    follow(heart, 'a', {
      resourceVersion: String(revision),
      resourceVersionMatch: 'NotOlderThan',
      sendInitialEvents: true,
    });
  const [soon, never] = [from(heart.store.revision + 1), from(99_999)];
  await create(heart, 'a', 'p', 1);
  await heart.clock.advance(5000);
  assert.deepEqual(soon.told, ['ADDED a/p=1']);
  assert.deepEqual(never.told, []);
  assert.match(never.end.error?.message ?? '', /^Too large resource version: 99999, current: \d+$/);
});

test('bookmarks tell a silent watch how far it is', async () => {
  const heart = await start();
  const watch = follow(heart, 'a', {
    allowWatchBookmarks: true,
    resourceVersion: `${heart.store.revision}`,
  });
  await create(heart, 'b', 'p', 1);
  await heart.clock.advance(90_000);
  assert.deepEqual([...new Set(watch.told)], ['BOOKMARK']);
  assert.equal(watch.objects[0]?.metadata.resourceVersion, String(heart.store.revision));
});

test('who comes back goes on where they were, and too late is told so', async () => {
  const heart = await start();
  const from = { resourceVersion: `${heart.store.revision}` };
  await create(heart, 'a', 'p', 1);
  await relabel(heart, 'a', 'p', 2);
  const back = follow(heart, 'a', from);
  await heart.clock.advance(1);
  assert.deepEqual(back.told, ['ADDED a/p=1', 'MODIFIED a/p=2']);

  const fresh = await createTestHeart({ store: heart.store });
  await heart.store.compact(heart.store.revision);
  const late = follow(fresh, 'a', from);
  await fresh.clock.advance(1);
  assert.equal(late.end.error?.code, 410);
  assert.match(late.end.error?.message ?? '', /^too old resource version: \d+ \(\d+\)$/);
});

test('a watch that is cancelled is told nothing more', async () => {
  const heart = await start();
  const watch = follow(heart, 'a', {});
  watch.cancel();
  await create(heart, 'a', 'p', 1);
  await heart.clock.advance(100_000);
  assert.deepEqual(watch.told, []);
});

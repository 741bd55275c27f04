import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import {
  COMMIT_WRITES_MAX,
  RevisionError,
  type Store,
  StoreError,
  type Write,
} from '../../src/store/store.ts';
import { HistoryRun, histories } from './store-history.ts';
import { outcomeOf, Recorder, showEntry, type Value } from './store-model.ts';

/** A way to have an empty store. */
export interface StoreDriver {
  readonly name: string;
  /** How many random histories to try; a store that starts slowly gets fewer. */
  readonly runs: number;
  open(options: { historyLimit?: number }): Promise<OpenedStore>;
}

export interface OpenedStore {
  readonly store: Store<Value>;
  /** Closes the store and opens it again, when it outlives its process. */
  readonly reopen?: () => Promise<Store<Value>>;
  /** Closes it and removes what it leaves behind. */
  readonly dispose: () => Promise<void>;
}

const SEED = 20_260_131;

const put = (key: string, text: string, expect?: number): Write<Value> => ({
  type: 'put',
  key,
  draft: { text, revision: 0 },
  expect,
});

/** Registers the tests that every driver of the Store contract must pass. */
export function storeContract(driver: StoreDriver): void {
  const withStore = (name: string, body: (store: Store<Value>) => Promise<void>, limit?: number) =>
    test(name, async () => {
      const opened = await driver.open({ historyLimit: limit });
      try {
        await body(opened.store);
      } finally {
        await opened.dispose();
      }
    });

  describe(`store contract: ${driver.name}`, () => {
    test('does what the model does, whatever happens', () => tryHistories(driver));

    withStore('seals a value with its revision, and shares it', async (store) => {
      const { revision, entries } = await store.commit([put('a', 'x')]);
      assert.equal(entries[0]?.value.revision, revision);
      assert.ok(Object.isFrozen(entries[0]?.value));
      assert.equal(store.snapshot().get('a'), entries[0]);
      assert.equal(store.latest('a'), entries[0]);
    });

    withStore('takes writes that build on what is not durable yet', async (store) => {
      const commits = Array.from({ length: 50 }, () => {
        const current = store.latest('a');
        const text = `${(current?.value.text ?? '').length < 9 ? (current?.value.text ?? '') : ''}+`;
        return store.commit([put('a', text, current?.revision ?? 0)]);
      });
      const revisions = (await Promise.all(commits)).map(({ revision }) => revision);
      assert.deepEqual(
        revisions,
        Array.from({ length: 50 }, (_, i) => i + 1),
      );
    });

    withStore('answers commits in the order they were made', async (store) => {
      const order: string[] = [];
      await Promise.all([
        store.commit([put('a', '1')]).then(() => order.push('put')),
        store.commit([put('a', '2', 0)]).catch(() => order.push('conflict')),
        store.commit([{ type: 'delete', key: 'b' }]).then(() => order.push('nothing')),
        store.commit([put('b', '3')]).then(() => order.push('put')),
      ]);
      assert.deepEqual(order, ['put', 'conflict', 'nothing', 'put']);
    });

    withStore('shows whoever is told of a conflict what it was about', async (store) => {
      const first = store.commit([put('a', '1')]);
      await assert.rejects(store.commit([put('a', '2', 0)]), { name: 'ConflictError', actual: 1 });
      assert.equal(store.snapshot().get('a')?.value.text, '1');
      await first;
    });

    withStore('leaves a draft alone when the commit conflicts', async (store) => {
      const write = put('a', 'x');
      await assert.rejects(store.commit([write, put('b', 'y', 7)]), { key: 'b', actual: 0 });
      assert.ok(write.type === 'put' && !Object.isFrozen(write.draft));
      assert.equal(store.latest('a'), undefined);
    });

    for (const { name, writes } of [
      { name: 'no key', writes: [put('', 'x')] },
      { name: 'a key that is not Unicode', writes: [put('a/\ud800', 'x')] },
      { name: 'a key twice', writes: [put('a', 'x'), put('a', 'y')] },
      {
        name: 'too many writes',
        writes: Array.from({ length: COMMIT_WRITES_MAX + 1 }, (_, i) => put(`k${i}`, '')),
      },
    ]) {
      withStore(`refuses ${name}`, async (store) => {
        await assert.rejects(store.commit(writes), { name: 'AssertionError' });
        assert.equal(store.revision, 0);
      });
    }

    withStore('takes as many writes as it says', async (store) => {
      const writes = Array.from({ length: COMMIT_WRITES_MAX }, (_, i) => put(`k${i}`, 'x'));
      assert.equal((await store.commit(writes)).revision, 1);
      assert.equal(store.snapshot().count('k'), COMMIT_WRITES_MAX);
    });

    withStore('tells a watch nothing after it was cancelled, even from within', async (store) => {
      const told: number[] = [];
      const cancel = store.watch('', 0, {
        next: (_events, revision) => {
          told.push(revision);
          if (revision === 2) cancel();
        },
        end: () => told.push(-1),
      });
      await Promise.all(['1', '2', '3'].map((text) => store.commit([put('a', text)])));
      await turn();
      cancel();
      assert.deepEqual(told, [1, 2]);
    });

    withStore('shows all that one turn commits, or nothing of it', async (store) => {
      const commits = [store.commit([put('a', 'x')]), store.commit([put('b', 'y')])];
      const seen: number[] = [];
      const cancel = store.watch('', 0, {
        next: () => seen.push(store.revision),
        end: () => {},
      });
      const [first, second] = await Promise.all(commits);
      await turn();
      cancel();
      assert.equal(second?.revision, (first?.revision ?? 0) + 1);
      assert.deepEqual(new Set(seen), new Set([second?.revision]));
    });

    withStore('tells a watch nothing that is cancelled in the same turn', async (store) => {
      await store.commit([put('a', '1')]);
      const recorder = new Recorder(store);
      store.watch('', 0, recorder)();
      await turn();
      await store.commit([put('a', '2')]);
      await turn();
      assert.deepEqual(recorder.lines, []);
    });

    withStore('tells a watch once of what is committed in the same turn', async (store) => {
      const recorders = [1, 2, 3].map(() => new Recorder(store));
      store.watch('', 0, recorders[0]!);
      await turn();
      const commit = store.commit([put('a', '1')]);
      store.watch('', 0, recorders[1]!);
      const { revision } = store; // Already 1 where a commit is durable at once.
      store.watch('', revision, recorders[2]!);
      await commit;
      await turn();
      assert.deepEqual(
        recorders.map(({ lines }) => lines.length),
        [1, 1, revision === 0 ? 1 : 0],
      );
    });

    withStore('lets a watch begin from within another', async (store) => {
      const inner = new Recorder(store);
      const cancel = store.watch('', 0, {
        next: (_events, revision) => {
          if (revision === 1) store.watch('', 0, inner);
        },
        end: () => {},
      });
      await Promise.all(['1', '2', '3'].map((text) => store.commit([put('a', text)])));
      await turn();
      cancel();
      const revisions = inner.lines.map((line) => line.split(':')[0]);
      assert.deepEqual(revisions, ['1', '2', '3']);
    });

    withStore('ends a watch that what it needs is compacted away from', async (store) => {
      await store.commit([put('a', '1')]);
      await store.commit([put('a', '2')]);
      const recorder = new Recorder(store);
      store.watch('', 0, recorder);
      const compacting = store.compact(2);
      await compacting;
      await turn();
      assert.deepEqual([recorder.ended, recorder.lines], ['RevisionError', []]);
      assert.throws(() => store.snapshot(1), RevisionError);
      assert.equal(store.snapshot(2).get('a')?.value.text, '2');
    });

    withStore('keeps a snapshot readable, whatever is forgotten', async (store) => {
      await store.commit([put('a', '1')]);
      const held = [store.snapshot(), store.snapshot(0)];
      await store.commit([{ type: 'delete', key: 'a' }]);
      await store.compact(2);
      assert.deepEqual(
        held.map((snapshot) => showEntry(snapshot.get('a'))),
        ['a@1(1)=1', 'nothing'],
      );
    });

    withStore(
      'bounds what it remembers without being told',
      async (store) => {
        for (let i = 0; i < 100; i++) await store.commit([put('a', String(i))]);
        const remembered = store.revision - store.compactedRevision;
        assert.ok(remembered <= 16 && remembered >= 14, `remembers ${remembered}`);
      },
      16,
    );

    withStore('finishes what it accepted before it closes', async (store) => {
      const recorder = new Recorder(store);
      store.watch('', 0, recorder);
      const commit = outcomeOf(store, [put('a', '1')]);
      await Promise.all([store.close(), store.close()]);
      assert.equal(await commit, '1: a@1(1)=1');
      await turn();
      assert.equal(recorder.lines.length, 1);
      assert.equal(recorder.ended, 'StoreError');
      assert.equal(store.snapshot().get('a')?.value.text, '1');
      await assert.rejects(store.commit([put('a', '2')]), { name: 'StoreError', written: 'no' });
      assert.throws(() => store.watch('', 0, recorder), StoreError);
    });
  });
}

async function tryHistories(driver: StoreDriver): Promise<void> {
  await fc.assert(
    fc.asyncProperty(histories, async ({ historyLimit, steps }) => {
      const { store, reopen, dispose } = await driver.open({ historyLimit });
      try {
        await new HistoryRun(store, reopen).run(steps);
      } finally {
        await dispose();
      }
    }),
    { seed: SEED, numRuns: driver.runs },
  );
}

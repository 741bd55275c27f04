import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomInt, seededRandom } from '../base/random.ts';
import { EntryMap } from './entry-map.ts';
import { type Change, History, redo } from './history.ts';
import { RevisionError } from './store.ts';

// Goal: every state that is remembered can be made again, checkpoints and gaps or not, and no more
// is remembered than was asked for.

interface Past {
  readonly history: History<number>;
  readonly entries: EntryMap<number>;
  /** The keys and revisions at each revision that was used. */
  readonly states: Map<number, string>;
}

const show = (entries: EntryMap<number>): string =>
  entries
    .list('')
    .map(({ key, revision }) => `${key}@${revision}`)
    .join(' ');

/** Makes changes to 12 keys, in batches, leaving out some revisions. */
function past(changeCount: number, limit: number): Past {
  const random = seededRandom(changeCount);
  const [history, entries] = [new History<number>(0, limit), new EntryMap<number>()];
  const states = new Map([[0, '']]);
  let revision = 0;
  for (let made = 0; made < changeCount; ) {
    const batch: Change<number>[] = [];
    for (let i = 1 + randomInt(random, 5); i > 0; i--, made++) {
      revision += random.float() < 0.05 ? 4 : 1;
      const change = { revision, events: [someEvent(entries, revision, randomInt(random, 12))] };
      redo(entries, change);
      batch.push(change);
      states.set(revision, show(entries));
    }
    history.append(batch, entries);
  }
  return { history, entries, states };
}

function someEvent(entries: EntryMap<number>, revision: number, n: number) {
  const previous = entries.get(`k${n}`);
  const createRevision = previous?.createRevision ?? revision;
  const entry = { key: `k${n}`, value: revision, revision, createRevision };
  const type = previous && revision % 3 === 0 ? ('delete' as const) : ('put' as const);
  return { type, entry, previous };
}

test('every remembered state can be made again', () => {
  const { history, entries, states } = past(1500, 10_000);
  const newest = show(entries);
  for (const [revision, want] of states) {
    assert.equal(show(history.entriesAt(revision, entries)), want, `revision ${revision}`);
  }
  assert.equal(show(entries), newest, 'making past states leaves the newest alone');
});

test('a revision that was left out has the state of the one before', () => {
  const { history, entries, states } = past(300, 10_000);
  const gap = [...states.keys()].find((revision) => !states.has(revision + 1))! + 1;
  assert.equal(show(history.entriesAt(gap, entries)), states.get(gap - 1));
});

test('compacting keeps the state at the revision and what came after', () => {
  const { history, entries, states } = past(900, 10_000);
  const revisions = [...states.keys()];
  const at = revisions[500]!;
  assert.equal(history.compact(at).length, 500);
  assert.equal(history.compactedRevision, at);
  assert.equal(show(history.entriesAt(at, entries)), states.get(at));
  assert.deepEqual(
    history.after(at).map(({ revision }) => revision),
    revisions.slice(501),
  );
  assert.deepEqual(history.compact(at - 1), [], 'it does not go back');
  for (const call of [() => history.after(at - 1), () => history.entriesAt(at - 1, entries)]) {
    assert.throws(call, RevisionError);
  }
});

for (const { limit, kept } of [
  { limit: 0, kept: 0 },
  { limit: 1, kept: 0 },
  { limit: 100, kept: 87 },
  { limit: 800, kept: 700 },
]) {
  test(`of a limit of ${limit} it keeps at least ${kept}`, () => {
    const { history, entries, states } = past(1000, limit);
    const { compactedRevision } = history;
    const { length } = history.after(compactedRevision);
    assert.ok(length <= limit && length >= kept, `keeps ${length}`);
    const oldest = show(history.entriesAt(compactedRevision, entries));
    assert.equal(oldest, states.get(compactedRevision));
  });
}

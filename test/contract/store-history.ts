import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { RevisionError, type Store, type Write } from '../../src/store/store.ts';
import { outcomeOf, Recorder, StoreModel, showEntry, type Value } from './store-model.ts';

// Prefixes of each other, neighbours of `/`, the last code unit, and a pair of surrogates.
const KEYS = ['a', 'a/', 'a/b', 'a/b/c', 'a/bc', 'a0', 'b/\uffff', 'b/\uffff\uffff/x', 'b/😀', 'c'];
const PREFIXES = [
  '',
  'a',
  'a/',
  'a/b',
  'a/b/',
  'a/b/c',
  'b/',
  'b/\uffff',
  'b/\ud83d',
  'd',
  'a/bcd',
];
const EXPECTATIONS = ['none', 'none', 'absent', 'current', 'stale'] as const;

const place = fc.double({ min: 0, max: 1, noNaN: true });
const prefix = fc.constantFrom(...PREFIXES);
const write = fc.record({
  type: fc.constantFrom('put' as const, 'put' as const, 'delete' as const),
  key: fc.constantFrom(...KEYS),
  text: fc.string({ maxLength: 4, unit: 'grapheme' }),
  expect: fc.constantFrom(...EXPECTATIONS),
});
const writes = fc.uniqueArray(write, { maxLength: 4, selector: ({ key }) => key });
const read = fc.record({
  type: fc.constant('read' as const),
  place,
  prefix,
  after: fc.option(fc.constantFrom(...KEYS), { nil: undefined }),
  limit: fc.option(fc.nat(5), { nil: undefined }),
});

// One thing that happens to a store. `place` is a share of the revisions there are.
const step = fc.oneof(
  { weight: 12, arbitrary: fc.record({ type: fc.constant('commit' as const), writes }) },
  { weight: 4, arbitrary: read },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('watch' as const), place, prefix }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('cancel' as const), place }) },
  { weight: 2, arbitrary: fc.constant({ type: 'settle' as const }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('compact' as const), place }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('fork' as const), writes }) },
  { weight: 1, arbitrary: fc.constant({ type: 'reopen' as const }) },
);

type DrawnBy<T> = T extends fc.Arbitrary<infer Drawn> ? Drawn : never;
type Step = DrawnBy<typeof step>;
type DrawnWrite = DrawnBy<typeof write>;

/** Random lives of a store, with how many changes it may remember. */
export const histories = fc.record({
  historyLimit: fc.constantFrom(1, 8, 20, 10_000),
  steps: fc.array(step, { maxLength: 80, size: 'max' }),
});

/** Leads a store and the model through a history, and compares whatever can be seen. */
export class HistoryRun {
  readonly #model = new StoreModel();
  readonly #reopen: (() => Promise<Store<Value>>) | undefined;
  readonly #answers: Promise<void>[] = [];
  #watches: { recorder: Recorder; prefix: string; from: number; cancel: () => void }[] = [];
  #store: Store<Value>;
  #compactedRevision = 0;
  #isCompactedByCall = false;

  constructor(store: Store<Value>, reopen: (() => Promise<Store<Value>>) | undefined) {
    this.#store = store;
    this.#reopen = reopen;
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const next of steps) {
      await this.#take(next);
      this.#checkRevisions();
    }
    await this.#settle();
  }

  async #take(next: Step): Promise<void> {
    switch (next.type) {
      case 'commit':
        return this.#commit(next.writes);
      case 'read':
        return this.#read(next);
      case 'watch':
        return this.#watch(next.prefix, this.#at(next.place));
      case 'cancel':
        return this.#cancel(Math.floor(next.place * this.#watches.length));
      case 'settle':
        return this.#settle();
      case 'compact':
        return this.#compact(this.#at(next.place));
      case 'fork':
        return this.#fork(next.writes);
      case 'reopen':
        return this.#restart();
    }
  }

  #at(share: number): number {
    return Math.round(share * (this.#store.revision + 1));
  }

  #commit(drawn: readonly DrawnWrite[]): void {
    const planned = this.#plan(drawn);
    const want = this.#model.commit(planned);
    const answer = outcomeOf(this.#store, planned).then((got) => assert.equal(got, want));
    answer.catch(() => {}); // Looked at when settling.
    this.#answers.push(answer);
    for (const { key } of planned) {
      const wanted = this.#model.latest(key);
      assert.equal(this.#store.latest(key)?.revision, wanted?.revision, `latest ${key}`);
    }
  }

  #plan(drawn: readonly DrawnWrite[]): Write<Value>[] {
    return drawn.map(({ type, key, text, expect: expectation }) => {
      const actual = this.#model.latest(key)?.revision ?? 0;
      const expected = { none: undefined, absent: 0, current: actual, stale: actual + 1 };
      const expect = expected[expectation];
      return type === 'put'
        ? { type, key, draft: { text, revision: 0 }, expect }
        : { type, key, expect };
    });
  }

  #read({ place, prefix, after, limit }: Extract<Step, { type: 'read' }>): void {
    const revision = this.#at(place);
    const refusal = this.#refusal(revision);
    if (refusal) return assertRefused(() => this.#store.snapshot(revision), refusal);
    const snapshot = this.#store.snapshot(revision);
    assert.equal(snapshot.revision, revision);
    const range = { ...(after !== undefined && { after }), ...(limit !== undefined && { limit }) };
    const want = this.#model.list(revision, prefix, after, limit);
    assert.deepEqual(snapshot.list(prefix, range).map(showEntry), want);
    const all = this.#model.list(revision, prefix, after);
    assert.equal(snapshot.count(prefix, range), all.length);
    for (const entry of snapshot.list('')) {
      assert.equal(showEntry(snapshot.get(entry.key)), showEntry(entry));
    }
    for (const key of KEYS) {
      const isThere = this.#model.list(revision, '').some((shown) => shown.startsWith(`${key}@`));
      assert.equal(snapshot.get(key) !== undefined, isThere);
    }
  }

  #watch(prefix: string, from: number): void {
    const recorder = new Recorder(this.#store);
    const refusal = this.#refusal(from);
    if (refusal) return assertRefused(() => this.#store.watch(prefix, from, recorder), refusal);
    const cancel = this.#store.watch(prefix, from, recorder);
    assert.deepEqual(recorder.lines, [], 'a watch must not be called back at once');
    this.#watches.push({ recorder, prefix, from, cancel });
  }

  #cancel(index: number): void {
    const [watch] = this.#watches.splice(index, 1);
    if (!watch) return;
    watch.cancel();
    const { recorder, prefix, from } = watch;
    const told = [...recorder.lines];
    const due = this.#model.events(prefix, from, this.#store.revision);
    assert.deepEqual(told, due.slice(0, told.length));
    this.#answers.push(turn().then(() => assert.deepEqual(recorder.lines, told)));
  }

  async #settle(): Promise<void> {
    await Promise.all(this.#answers.splice(0));
    await turn();
    assert.equal(this.#store.revision, this.#model.revision);
    for (const { recorder, prefix, from } of this.#watches) {
      if (this.#isCompactedByCall && recorder.ended === 'RevisionError') continue;
      assert.equal(recorder.ended, undefined);
      assert.deepEqual(recorder.lines, this.#model.events(prefix, from, this.#store.revision));
    }
  }

  async #compact(revision: number): Promise<void> {
    const compacting = this.#store.compact(revision);
    if (revision > this.#store.revision) return assert.rejects(compacting, { kind: 'future' });
    this.#isCompactedByCall = true;
    await compacting;
    assert.ok(this.#store.compactedRevision >= revision);
  }

  async #fork(drawn: readonly DrawnWrite[]): Promise<void> {
    const at = this.#store.revision;
    const fork = this.#store.fork();
    assert.deepEqual([fork.revision, fork.compactedRevision], [at, at]);
    const keys = drawn.map(({ key }) => key);
    const before = this.#store.snapshot();
    await fork.commit(keys.map((key) => ({ type: 'delete', key })));
    await fork.commit([{ type: 'put', key: 'forked', draft: { text: 'x', revision: 0 } }]);
    const left = fork.snapshot().list('').map(showEntry);
    const want = this.#model.list(at, '').filter((shown) => !keys.includes(shown.split('@')[0]!));
    assert.deepEqual(
      left.filter((shown) => !shown.startsWith('forked@')),
      want,
    );
    assert.deepEqual(before.list('').map(showEntry), this.#model.list(at, ''));
    await fork.close();
  }

  async #restart(): Promise<void> {
    if (!this.#reopen) return;
    await this.#settle();
    this.#store = await this.#reopen();
    for (const { recorder } of this.#watches) assert.ok(recorder.ended, 'closing ends watches');
    this.#watches = [];
    assert.equal(this.#store.revision, this.#model.revision);
    assert.ok(this.#store.compactedRevision >= this.#compactedRevision);
  }

  #checkRevisions(): void {
    const { revision, compactedRevision } = this.#store;
    assert.ok(compactedRevision >= this.#compactedRevision, 'the compacted revision went back');
    assert.ok(compactedRevision <= revision);
    assert.ok(revision <= this.#model.revision);
    this.#compactedRevision = compactedRevision;
    const now = this.#store.snapshot().list('').map(showEntry);
    assert.deepEqual(now, this.#model.list(revision, ''));
  }

  #refusal(revision: number): 'compacted' | 'future' | undefined {
    if (revision < this.#store.compactedRevision) return 'compacted';
    return revision > this.#store.revision ? 'future' : undefined;
  }
}

function assertRefused(call: () => unknown, kind: 'compacted' | 'future'): void {
  assert.throws(call, (error) => error instanceof RevisionError && error.kind === kind);
}

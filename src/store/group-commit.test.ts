import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { AHEAD_ROWS, GroupCommit } from './group-commit.ts';
import { rowId } from './sqlite-rows.ts';
import { ConflictError, StoreError } from './store.ts';

// Goal: few commits at a time make a batch, many are handed over ahead, answers come in the order of
// acceptance, and a batch that fails takes with it what was built on it, but nothing else.

/** A disk that finishes its oldest write when it is told to, and a record of all that happens. */
class Disk {
  readonly log: string[] = [];
  readonly #writing: PromiseWithResolvers<void>[] = [];
  #accepted = 0;
  readonly group = new GroupCommit<number, number>({
    mark: () => this.#accepted,
    write: (rows) => {
      this.log.push(`write ${rows.map(({ key }) => key).join(' ')}`);
      const writing = Promise.withResolvers<void>();
      this.#writing.push(writing);
      return writing.promise;
    },
    onDurable: (changes, mark) =>
      this.log.push(`durable ${changes.map(({ revision }) => revision).join(' ')}, mark ${mark}`),
    onFailed: () => this.log.push('failed'),
  });

  accept(revision: number): void {
    this.#accepted = revision;
    const rows = [
      { id: rowId(revision, 0), key: `k${revision}`, createRevision: 1, value: Buffer.alloc(1) },
    ];
    const answer = this.group.accept({ revision, entries: [] }, { revision, events: [] }, rows);
    this.#note(`${revision}`, answer);
  }

  /** A commit that changes nothing, or conflicts. */
  acceptEmpty(name: string, conflict: boolean): void {
    const outcome = conflict ? new ConflictError('k', 0) : { revision: 0, entries: [] };
    this.#note(name, this.group.accept(outcome));
  }

  async finish(error?: StoreError): Promise<void> {
    await turn();
    const writing = this.#writing.shift()!;
    if (error) writing.reject(error);
    else writing.resolve();
    await turn();
  }

  #note(name: string, answer: Promise<unknown>): void {
    answer.then(
      () => this.log.push(`answered ${name}`),
      (error: Error) => {
        const how = error instanceof StoreError ? `written ${error.written}` : error.name;
        this.log.push(`rejected ${name}: ${how}`);
      },
    );
  }
}

test('what comes while a batch is written is the next batch', async () => {
  const disk = new Disk();
  disk.accept(1);
  disk.accept(2);
  await turn();
  disk.accept(3);
  disk.accept(4);
  await disk.finish();
  await disk.finish();
  assert.deepEqual(disk.log, [
    'write k1 k2',
    'durable 1 2, mark 2',
    'write k3 k4',
    'answered 1',
    'answered 2',
    'durable 3 4, mark 4',
    'answered 3',
    'answered 4',
  ]);
});

test('what changes nothing waits for what it was checked against', async () => {
  const disk = new Disk();
  disk.accept(1);
  await turn();
  disk.acceptEmpty('conflict', true);
  disk.acceptEmpty('nothing', false);
  await turn();
  assert.deepEqual(disk.log, ['write k1']);
  await disk.finish();
  assert.deepEqual(disk.log.slice(2), [
    'answered 1',
    'rejected conflict: ConflictError',
    'answered nothing',
  ]);
  disk.acceptEmpty('at once', false);
  await turn();
  assert.equal(disk.log.at(-1), 'answered at once');
});

test('a failed batch takes with it what was built on it', async () => {
  const disk = new Disk();
  disk.accept(1);
  await turn();
  disk.accept(2);
  disk.acceptEmpty('conflict', true);
  await disk.finish(new StoreError('disk on fire', { written: 'unknown' }));
  assert.deepEqual(disk.log, [
    'write k1',
    'failed',
    'rejected 1: written unknown',
    'rejected 2: written no',
    'rejected conflict: written no',
  ]);
  disk.accept(3);
  await disk.finish();
  assert.deepEqual(disk.log.slice(5), ['write k3', 'durable 3, mark 3', 'answered 3']);
});

/** Accepts so many in one turn. */
function acceptMany(disk: Disk, from: number, count: number): void {
  for (let revision = from; revision < from + count; revision++) disk.accept(revision);
}

const writesOf = ({ log }: Disk): string[] => log.filter((line) => line.startsWith('write'));

test('many that wait are handed over before what is written is done, but not without end', async () => {
  const disk = new Disk();
  disk.accept(1);
  await turn();
  acceptMany(disk, 2, AHEAD_ROWS - 1);
  await turn();
  assert.deepEqual(writesOf(disk), ['write k1']);
  let next = AHEAD_ROWS + 1;
  disk.accept(next++);
  await turn();
  const handedOver = Array.from({ length: AHEAD_ROWS }, (_, i) => `k${i + 2}`);
  assert.equal(writesOf(disk)[1], `write ${handedOver.join(' ')}`);
  for (let batch = 0; batch < 2; batch++, next += AHEAD_ROWS) {
    acceptMany(disk, next, AHEAD_ROWS);
    await turn();
  }
  disk.acceptEmpty('conflict', true);
  await turn();
  assert.equal(writesOf(disk).length, 3);
  await disk.finish();
  assert.equal(writesOf(disk).length, 4);
  for (let i = 0; i < 3; i++) await disk.finish();
  const answers = disk.log.filter((line) => /^(answered|rejected)/.test(line));
  const inOrder = Array.from({ length: next - 1 }, (_, i) => `answered ${i + 1}`);
  assert.deepEqual(answers, [...inOrder, 'rejected conflict: ConflictError']);
});

test('what was handed over after a batch that fails shares its fate, and fails nothing later', async () => {
  const disk = new Disk();
  const last = AHEAD_ROWS + 2;
  disk.accept(1);
  await turn();
  acceptMany(disk, 2, AHEAD_ROWS);
  await turn();
  disk.accept(last);
  await disk.finish(new StoreError('disk on fire', { written: 'unknown' }));
  assert.deepEqual(disk.log.slice(2), [
    'failed',
    ...Array.from({ length: last - 1 }, (_, i) => `rejected ${i + 1}: written unknown`),
    `rejected ${last}: written no`,
  ]);
  disk.accept(last + 1);
  await turn();
  await disk.finish(new StoreError('what it was built on failed', { written: 'no' }));
  assert.equal(disk.log.filter((line) => line === 'failed').length, 1);
  await disk.finish();
  const later = [`durable ${last + 1}, mark ${last + 1}`, `answered ${last + 1}`];
  assert.deepEqual(disk.log.slice(-2), later);
});

test('it is idle when everything was answered', async () => {
  const disk = new Disk();
  await disk.group.idle();
  disk.accept(1);
  await turn();
  disk.accept(2);
  const idle = disk.group.idle().then(() => disk.log.push('idle'));
  await disk.finish();
  await disk.finish();
  await idle;
  assert.deepEqual(disk.log.slice(-2), ['answered 2', 'idle']);
});

test('it refuses more when far too much is waiting', async () => {
  const disk = new Disk();
  const value = Buffer.alloc(65 << 20);
  disk.accept(1);
  await turn();
  disk.group.assertRoom();
  const rows = [{ id: rowId(2, 0), key: 'large', createRevision: 1, value }];
  void disk.group.accept({ revision: 2, entries: [] }, { revision: 2, events: [] }, rows);
  assert.throws(() => disk.group.assertRoom(), { name: 'StoreError', written: 'no' });
  await disk.finish();
  disk.group.assertRoom();
  await disk.finish();
});

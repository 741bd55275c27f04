import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Repeater } from './repeater.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('what is asked for while it is under way is done once more, however often it was asked', async () => {
  const works: PromiseWithResolvers<void>[] = [];
  const repeater = new Repeater(
    () => {
      works.push(Promise.withResolvers<void>());
      return works.at(-1)!.promise;
    },
    () => assert.fail('nothing goes wrong'),
  );
  repeater.ask();
  repeater.ask();
  repeater.ask();
  await turn();
  assert.equal(works.length, 1);
  works[0]!.resolve();
  await turn();
  assert.equal(works.length, 2);
  works[1]!.resolve();
  await turn();
  assert.equal(works.length, 2);
});

test('it goes on after a failure, of which is told, and not after it was stopped', async () => {
  const told: unknown[] = [];
  let count = 0;
  const repeater = new Repeater(
    () => Promise.reject(`failure ${++count}`),
    (error) => told.push(error),
  );
  repeater.ask();
  await turn();
  repeater.ask();
  await turn();
  assert.deepEqual(told, ['failure 1', 'failure 2']);
  repeater.ask();
  repeater.stop();
  await turn();
  repeater.ask();
  await turn();
  assert.deepEqual(told, ['failure 1', 'failure 2']);
  assert.equal(count, 3);
});

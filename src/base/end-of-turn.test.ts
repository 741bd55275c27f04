import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { EndOfTurn } from './end-of-turn.ts';

// Goal: nothing is done before the turn ends, and all of it in order then.

test('what is added in a turn is done at its end, in order', async () => {
  const done: string[] = [];
  const end = new EndOfTurn();
  end.add(() => done.push('first'));
  await Promise.resolve();
  end.add(() => done.push('second'));
  assert.deepEqual(done, []);
  await turn();
  assert.deepEqual(done, ['first', 'second']);
});

test('what is added to be last comes after what is added later', async () => {
  const done: string[] = [];
  const end = new EndOfTurn();
  end.addLast(() => done.push('last'));
  end.add(() => done.push('first'));
  await turn();
  assert.deepEqual(done, ['first', 'last']);
});

test('what work adds is done in the next turn', async () => {
  const done: string[] = [];
  const end = new EndOfTurn();
  end.add(() => {
    done.push('outer');
    end.add(() => done.push('inner'));
    assert.deepEqual(done, ['outer']);
  });
  await turn();
  await turn();
  assert.deepEqual(done, ['outer', 'inner']);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatusError, type StatusReason } from '../machinery/status.ts';
import { repeatAll, type Unanswered } from './carry-out.ts';

// Goal: pin for how long a write that nobody answered is repeated. Who gives one up that lands later
// has another one made in its place.

const rows: readonly { name: string; answers: readonly StatusReason[]; repeats: number }[] = [
  { name: 'a refusal is an answer', answers: ['Conflict'], repeats: 1 },
  {
    name: 'a server that fails time and again is believed',
    answers: Array.from({ length: 9 }, () => 'InternalError' as const),
    repeats: 5,
  },
  {
    name: 'one that got lost between failures may land yet',
    answers: ['InternalError', 'Timeout', 'Timeout', 'Timeout', 'InternalError', 'Conflict'],
    repeats: 6,
  },
  {
    name: 'who is turned away unheard has learned nothing',
    answers: [...Array.from({ length: 7 }, () => 'TooManyRequests' as const), 'Conflict'],
    repeats: 8,
  },
];

for (const { name, answers, repeats } of rows) {
  test(name, async () => {
    let count = 0;
    const execute = async () => {
      throw new StatusError(answers[count++]!, 'no');
    };
    let open: readonly Unanswered<{ readonly type: 'write' }>[] = [
      { action: { type: 'write' }, failures: 0 },
    ];
    while (open.length > 0) open = (await repeatAll({ execute }, open)).unanswered;
    assert.equal(count, repeats);
  });
}

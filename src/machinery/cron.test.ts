import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CronError, parseCron } from './cron.ts';

// Goal: schedules mean what they mean to cron, and are refused in the words of Kubernetes.

const fields = (text: string) => {
  const schedule = parseCron(text);
  assert.ok(schedule.type === 'calendar');
  return schedule.fields;
};

for (const { text, part, want } of [
  { text: '*/15 * * * *', part: 'minutes', want: [0, 15, 30, 45] },
  { text: '5/20 * * * *', part: 'minutes', want: [5, 25, 45] },
  { text: '1,2,40-42 * * * *', part: 'minutes', want: [1, 2, 40, 41, 42] },
  { text: '0 8-17/3 * * *', part: 'hours', want: [8, 11, 14, 17] },
  { text: '0 0 1 JAN,jul *', part: 'months', want: [1, 7] },
  { text: '0 0 * * sun,Wed', part: 'daysOfWeek', want: [0, 3] },
  { text: '@weekly', part: 'daysOfWeek', want: [0] },
  { text: '@monthly', part: 'daysOfMonth', want: [1] },
  { text: '0 0 ? * 1', part: 'daysOfWeek', want: [1] },
  { text: 'CRON_TZ=UTC 3 * * * *', part: 'minutes', want: [3] },
] as const) {
  test(`${text}: ${part}`, () => assert.deepEqual([...fields(text)[part]], want));
}

test('a star says that the other kind of day counts', () => {
  const of = (text: string) => {
    const { anyDayOfMonth, anyDayOfWeek } = fields(text);
    return { anyDayOfMonth, anyDayOfWeek };
  };
  assert.deepEqual(of('0 0 13 * 5'), { anyDayOfMonth: false, anyDayOfWeek: false });
  assert.deepEqual(of('0 0 * * 5'), { anyDayOfMonth: true, anyDayOfWeek: false });
  assert.deepEqual(of('0 0 */2 * *'), { anyDayOfMonth: false, anyDayOfWeek: true });
});

for (const [text, everyMs] of [
  ['@every 1h30m', 5_400_000],
  ['@every 90s', 90_000],
  ['@every 10ms', 1000],
] as const) {
  test(text, () => assert.deepEqual(parseCron(text), { type: 'interval', everyMs }));
}

for (const [text, message] of [
  ['', 'empty spec string'],
  ['* * *', 'expected exactly 5 fields, found 3: [* * *]'],
  ['* * * * * *', 'expected exactly 5 fields, found 6: [* * * * * *]'],
  ['61 * * * *', 'end of range (61) above maximum (59): 61'],
  ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
  ['* * * * 7', 'end of range (7) above maximum (6): 7'],
  ['5-2 * * * *', 'beginning of range (5) beyond end of range (2): 5-2'],
  ['*/0 * * * *', 'step of range should be a positive number: */0'],
  ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
  ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
  ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
  ['@often', 'unrecognized descriptor: @often'],
  ['@every soon', 'failed to parse duration @every soon: time: invalid duration "soon"'],
]) {
  test(`refuses "${text}"`, () => assert.throws(() => parseCron(text!), new CronError(message)));
}

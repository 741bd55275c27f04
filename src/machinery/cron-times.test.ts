import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toTime } from '../base/clock.ts';
import { timeZoneNamed, UTC } from '../base/zoned-time.ts';
import { parseCron } from './cron.ts';
import { nextCronTime } from './cron-times.ts';

// Goal: pin when schedules fall due, where clocks are changed as well. From robfig/cron's examples.

for (const { name, schedule, zone, after, want } of [
  {
    name: 'each quarter',
    schedule: '*/15 * * * *',
    after: '2026-07-09T14:45:01Z',
    want: ['2026-07-09T15:00:00Z', '2026-07-09T15:15:00Z'],
  },
  {
    name: 'the same minute is over',
    schedule: '45 14 * * *',
    after: '2026-07-09T14:45:00Z',
    want: ['2026-07-10T14:45:00Z'],
  },
  {
    name: 'over the end of a year',
    schedule: '30 8 2 feb *',
    after: '2026-07-09T00:00:00Z',
    want: ['2027-02-02T08:30:00Z'],
  },
  {
    name: 'a day that few years have',
    schedule: '0 0 29 2 *',
    after: '2026-01-01T00:00:00Z',
    want: ['2028-02-29T00:00:00Z'],
  },
  {
    name: 'a day that no year has',
    schedule: '0 0 31 2 *',
    after: '2026-01-01T00:00:00Z',
    want: [undefined],
  },
  {
    name: 'either day of the month or of the week',
    schedule: '0 0 13 * fri',
    after: '2026-03-11T00:00:00Z',
    want: ['2026-03-13T00:00:00Z', '2026-03-20T00:00:00Z'],
  },
  {
    name: 'a day of the week alone',
    schedule: '0 9 * * 1',
    after: '2026-07-09T00:00:00Z',
    want: ['2026-07-13T09:00:00Z'],
  },
  {
    name: 'a shorthand',
    schedule: '@monthly',
    after: '2026-07-09T00:00:00Z',
    want: ['2026-08-01T00:00:00Z'],
  },
  {
    name: 'an interval',
    schedule: '@every 90s',
    after: '2026-07-09T00:00:10Z',
    want: ['2026-07-09T00:01:40Z'],
  },
  {
    name: 'another zone',
    schedule: '0 9 * * *',
    zone: 'Asia/Tokyo',
    after: '2026-07-09T00:00:01Z',
    want: ['2026-07-10T00:00:00Z'],
  },
  {
    name: 'half an hour off',
    schedule: '0 9 * * *',
    zone: 'Asia/Kolkata',
    after: '2026-07-09T00:00:00Z',
    want: ['2026-07-09T03:30:00Z'],
  },
  {
    name: 'an hour that is left out',
    schedule: '30 2 * * *',
    zone: 'America/New_York',
    after: '2026-03-07T12:00:00Z',
    want: ['2026-03-09T06:30:00Z'],
  },
  {
    name: 'an hour that comes twice',
    schedule: '0 1 * * *',
    zone: 'America/New_York',
    after: '2026-11-01T04:00:00Z',
    want: ['2026-11-01T05:00:00Z', '2026-11-01T06:00:00Z'],
  },
  {
    name: 'a midnight that is left out',
    schedule: '0 0 * * *',
    zone: 'America/Asuncion',
    after: '2023-09-30T12:00:00Z',
    want: ['2023-10-02T03:00:00Z'],
  },
  {
    name: 'each hour of a day on which clocks are changed',
    schedule: '0 * * * *',
    zone: 'America/New_York',
    after: '2026-03-08T06:00:00Z',
    want: ['2026-03-08T07:00:00Z'],
  },
]) {
  test(name, () => {
    const parsed = parseCron(schedule);
    const at = zone === undefined ? UTC : timeZoneNamed(zone);
    assert.ok(at);
    let ms: number | undefined = Date.parse(after);
    for (const each of want) {
      ms = nextCronTime(parsed, ms ?? 0, at);
      assert.equal(ms === undefined ? undefined : toTime(ms), each);
    }
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTimeZone } from './time-zone.ts';

for (const name of [
  'UTC',
  'Europe/Berlin',
  'America/Argentina/Buenos_Aires',
  'US/Pacific',
  'Etc/GMT+3',
]) {
  test(`${name} is a time zone`, () => assert.equal(isTimeZone(name), true));
}

for (const name of ['', 'Moon/Base', 'europe/berlin', 'Europe/berlin', 'Berlin']) {
  test(`"${name}" is none`, () => assert.equal(isTimeZone(name), false));
}

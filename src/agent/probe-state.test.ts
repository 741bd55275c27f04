// Goal: pin when a probe's outcomes count, and when it is asked.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProbeResult } from './pod-actions.ts';
import { afterProbe, isProbed, probeTimes, UNPROBED } from './probe-state.ts';

const S = 'success';
const F = 'failure';

for (const { name, outcomes, probe, want } of [
  { name: 'one success is enough', outcomes: [S], probe: {}, want: S },
  { name: 'two failures are not', outcomes: [F, F], probe: {}, want: undefined },
  { name: 'three are', outcomes: [F, F, F], probe: {}, want: F },
  { name: 'in a row', outcomes: [F, F, S, F, F], probe: {}, want: S },
  { name: 'until then the result stays', outcomes: [S, F, F], probe: {}, want: S },
  {
    name: 'a higher bar for success',
    outcomes: [F, F, F, S],
    probe: { successThreshold: 2 },
    want: F,
  },
  { name: 'and reached', outcomes: [F, F, F, S, S], probe: { successThreshold: 2 }, want: S },
] as { name: string; outcomes: ProbeResult[]; probe: object; want?: ProbeResult }[]) {
  test(name, () => {
    const end = outcomes.reduce((state, outcome) => afterProbe(state, outcome, probe), UNPROBED);
    assert.equal(end.result, want);
  });
}

for (const { kind, result, started, want } of [
  { kind: 'startup', result: undefined, started: false, want: true },
  { kind: 'startup', result: S, started: true, want: false },
  { kind: 'startup', result: F, started: false, want: false },
  { kind: 'readiness', result: undefined, started: false, want: false },
  { kind: 'readiness', result: F, started: true, want: true },
  { kind: 'liveness', result: S, started: true, want: true },
  { kind: 'liveness', result: F, started: true, want: false },
] as const) {
  const state = { ...UNPROBED, result };
  test(`${kind} with ${result ?? 'no result'}, ${started ? '' : 'not '}started: ${want}`, () =>
    assert.equal(isProbed(kind, state, started), want));
}

const firstTimes = (...of: Parameters<typeof probeTimes>) => {
  const times = probeTimes(...of);
  return Array.from({ length: 10 }, () => times.next().value);
};

test('readiness is asked early and often at first, then each period', () => {
  const times = firstTimes('readiness', { periodSeconds: 2 });
  assert.deepEqual(
    times.map(({ atMs }) => atMs),
    [0, 50, 150, 350, 750, 1500, 2000, 4000, 6000, 8000],
  );
  assert.deepEqual(
    times.flatMap(({ early }, i) => (early ? [i] : [])),
    [1, 2, 3, 4, 5],
  );
});

test('liveness is asked each period only', () => {
  const times = firstTimes('liveness', {});
  assert.deepEqual(
    times.slice(0, 3).map(({ atMs }) => atMs),
    [0, 10_000, 20_000],
  );
});

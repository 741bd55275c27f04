import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesOfPlan } from './lines.ts';
import type { Style } from './paint.ts';
import type { Plan } from './report.ts';

// Goal: the first line says it all, and what follows is plain where it isn't a terminal.

const web = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' };

const PLAN: Plan = {
  schema: 'tutti.dev/plan/v1',
  outcome: 'fails',
  summary: 'Plan: FAILS; 1 to create',
  counts: { create: 1, change: 1, delete: 0, unchanged: 1, refused: 1 },
  durationMs: 8000,
  isSettled: true,
  objects: [
    { about: { apiVersion: 'v1', kind: 'Service', name: 'web' }, action: 'create', fields: [] },
    {
      about: { ...web, namespace: 'shop' },
      action: 'change',
      fields: [{ path: 'spec.replicas', before: 3, after: 5 }],
    },
    { about: web, action: 'unchanged', fields: [] },
  ],
  follows: [],
  refusals: [{ origin: 'app.yaml:3', message: 'no \x1b[31mway', advice: 'Mend it.' }],
  workloads: [
    {
      about: web,
      why: ['main image web:1 → web:2'],
      wantedBefore: 3,
      wantedAfter: 3,
      readyBefore: 3,
      readyAfter: 3,
      levels: [
        { atMs: 0, ready: 3 },
        { atMs: 2000, ready: 1 },
        { atMs: 6000, ready: 3 },
      ],
      lowestReady: 1,
      lowestAtMs: 2000,
      belowForMs: 4000,
      pods: { kept: 0, started: 3, stopped: 3, ended: 0 },
      nodes: { 'node-1': 2, '': 1 },
      readyAtMs: 6000,
      expected: { startMs: 1000, readyMs: 2000, seenAt: '3 pods of web' },
    },
  ],
  budgets: [],
  quotas: [],
  troubles: [],
  notes: ['so much for that'],
  timeline: [{ atMs: 2000, about: web, text: '3 pods made' }],
};

const plain: Style = {
  hasColours: false,
  hasBars: false,
  namespace: 'default',
  hasTimeline: true,
};

test('plain', () => {
  assert.deepEqual(linesOfPlan(PLAN, plain), [
    'Plan: FAILS; 1 to create',
    '',
    '  + service/web',
    '  ~ deployment/web in shop',
    '      spec.replicas  3 → 5',
    '',
    'Refused',
    '  ✗ app.yaml:3',
    '      no ^[[31mway',
    '      Mend it.',
    '',
    'Pods',
    '  deployment/web: main image web:1 → web:2',
    '      ready  3 → 3 of 3, lowest 1 at 2 s, fewer than before for 4 s',
    '      pods   3 start, 3 stop; on node-1 (2); 1 without a node',
    '      each   starts in 1 s, ready 2 s later (as 3 pods of web did)',
    '',
    'Timeline',
    '        2 s  deployment/web: 3 pods made',
    '',
    'To know',
    '  so much for that',
  ]);
});

test('of what runs to its end it is told how many do', () => {
  const [{ expected: _, ...moved } = assert.fail()] = PLAN.workloads;
  const job = { apiVersion: 'batch/v1', kind: 'Job', namespace: 'default', name: 'once' };
  const pods = { kept: 0, started: 2, stopped: 0, ended: 2 };
  const once = { ...moved, expected: undefined, about: job, why: ['is new'], pods, nodes: {} };
  const lines = linesOfPlan({ ...PLAN, workloads: [once] }, plain);
  const from = lines.indexOf('Pods');
  assert.deepEqual(lines.slice(from + 1, from + 4), [
    '  job/once: is new',
    '      pods   2 start, 2 complete',
    '',
  ]);
});

test('on a terminal: bars and colours', () => {
  const lines = linesOfPlan(PLAN, { ...plain, hasColours: true, hasBars: true });
  assert.equal(lines[0], '\x1b[31mPlan: FAILS; 1 to create\x1b[0m');
  assert.ok(
    lines.some((line) => line.includes('███████▃▃')),
    lines.join('\n'),
  );
});

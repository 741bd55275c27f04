import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, Pod } from '../api/generated/core/v1/types.ts';
import type { PodDisruptionBudget } from '../api/generated/policy/v1/types.ts';
import { seededRandom } from '../base/random.ts';
import { PodInfo } from './pod-info.ts';
import { findPreemption } from './preemption.ts';
import { createProfile } from './profile.ts';
import { examine } from './schedule.ts';
import { type PodParts, testCluster, testNode, testPod } from './test-objects.ts';

const profile = createProfile();

const running = (name: string, priority: number, cpu: string, more: PodParts = {}): Pod =>
  testPod(name, { requests: { cpu }, ...more, spec: { priority, ...more.spec } });

const budget = (app: string, disruptionsAllowed: number): PodDisruptionBudget =>
  ({
    metadata: { name: app, namespace: 'default' },
    spec: { selector: { matchLabels: { app } } },
    status: { disruptionsAllowed },
  }) as unknown as PodDisruptionBudget;

interface Row {
  name: string;
  nodes?: Node[];
  on: Record<string, Pod[]>;
  pod?: Pod;
  budgets?: PodDisruptionBudget[];
  /** The node and who has to go, or the message. */
  want: [node: string, ...victims: string[]] | string;
}

const important = running('p', 100, '2');
const AB = [testNode('a'), testNode('b')];
const started = (at: string): PodParts => ({ status: { startTime: `2026-01-01T0${at}:00:00Z` } });

// Goal: who has to go where, in the order in which harm is weighed: budgets, importance, number.
for (const { name, nodes = AB, on, pod = important, budgets = [], want } of [
  {
    name: 'as few as needed',
    nodes: [testNode('a')],
    on: { a: [running('x', 1, '1'), running('y', 1, '2'), running('z', 1, '1')] },
    want: ['a', 'y'],
  },
  {
    name: 'the less important first',
    nodes: [testNode('a')],
    on: { a: [running('x', 9, '2'), running('y', 1, '2')] },
    want: ['a', 'y'],
  },
  {
    name: 'of equals the youngest',
    nodes: [testNode('a')],
    on: { a: [running('x', 1, '2', started('2')), running('y', 1, '2', started('1'))] },
    want: ['a', 'x'],
  },
  {
    name: 'not its equals',
    nodes: [testNode('a')],
    on: { a: [running('x', 100, '4')] },
    want: '0/1 nodes are available: 1 No preemption victims found for incoming pod.',
  },
  {
    name: 'where the most important victim is least',
    on: { a: [running('x', 9, '4')], b: [running('y', 1, '2'), running('z', 1, '2')] },
    pod: running('p', 100, '4'),
    want: ['b', 'y', 'z'],
  },
  {
    name: 'where fewer have to go',
    on: { a: [running('w', 1, '2'), running('x', 1, '2')], b: [running('y', 1, '4')] },
    pod: running('p', 100, '4'),
    want: ['b', 'y'],
  },
  {
    name: 'where they run for less long',
    on: { a: [running('x', 1, '4', started('1'))], b: [running('y', 1, '4', started('2'))] },
    want: ['b', 'y'],
  },
  {
    name: 'where no budget is broken',
    on: { a: [running('x', 1, '4', { labels: { app: 'x' } })], b: [running('y', 9, '4')] },
    budgets: [budget('x', 0)],
    want: ['b', 'y'],
  },
  {
    name: 'a budget that allows it is not broken',
    on: { a: [running('x', 1, '4', { labels: { app: 'x' } })], b: [running('y', 9, '4')] },
    budgets: [budget('x', 1)],
    want: ['a', 'x'],
  },
  {
    name: 'on one node, budgets spare who they cover',
    nodes: [testNode('a')],
    on: { a: [running('x', 1, '2', { labels: { app: 'x' } }), running('y', 9, '2')] },
    budgets: [budget('x', 0)],
    want: ['a', 'y'],
  },
  {
    name: 'a broken budget is better than nothing',
    nodes: [testNode('a')],
    on: { a: [running('x', 1, '4', { labels: { app: 'x' } })] },
    budgets: [budget('x', 0)],
    want: ['a', 'x'],
  },
  {
    name: 'who keeps it away by anti-affinity',
    nodes: [testNode('a')],
    on: {
      a: [
        running('x', 1, '1', {
          spec: {
            affinity: {
              podAntiAffinity: {
                requiredDuringSchedulingIgnoredDuringExecution: [
                  { topologyKey: 'kubernetes.io/hostname', labelSelector: {} },
                ],
              },
            },
          },
        }),
        running('y', 1, '1'),
      ],
    },
    want: ['a', 'x'],
  },
  {
    name: 'no node is large enough',
    on: { a: [running('x', 1, '1')] },
    pod: running('p', 100, '64'),
    want: '0/2 nodes are available: 2 Preemption is not helpful for scheduling.',
  },
  {
    name: 'a taint does not go by evicting',
    nodes: [testNode('a', { taints: [{ key: 'k', effect: 'NoSchedule' }] }), testNode('b')],
    on: { a: [running('x', 1, '4')], b: [running('y', 100, '4')] },
    want: '0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling.',
  },
  {
    name: 'removing all lesser pods is not enough',
    nodes: [testNode('a')],
    on: { a: [running('x', 1, '1'), running('y', 100, '3')] },
    want: '0/1 nodes are available: 1 Insufficient cpu.',
  },
  {
    name: 'a pod that never preempts',
    on: { a: [running('x', 1, '4')], b: [running('y', 1, '4')] },
    pod: running('p', 100, '2', { spec: { priority: 100, preemptionPolicy: 'Never' } }),
    want: 'not eligible due to preemptionPolicy=Never.',
  },
  {
    name: 'a pod whose victims are still leaving',
    nodes: [testNode('a')],
    on: {
      a: [
        running('x', 1, '4', {
          metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' },
          status: {
            conditions: [
              { type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' },
            ],
          },
        }),
      ],
    },
    pod: running('p', 100, '2', { status: { nominatedNodeName: 'a' } }),
    want: 'not eligible due to a terminating pod on the nominated node.',
  },
] as Row[]) {
  test(`preemption: ${name}`, () => {
    const snapshot = testCluster(nodes, on);
    const info = new PodInfo(pod);
    const input = { budgets, random: seededRandom(1) };
    const examination = examine(profile, snapshot, info);
    const found = findPreemption(profile, snapshot, info, examination, input);
    const got =
      found.type === 'none'
        ? found.message
        : [found.node, ...found.victims.map((each) => each.pod.metadata.name)];
    assert.deepEqual(got, want);
  });
}

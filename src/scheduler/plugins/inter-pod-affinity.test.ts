import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  Affinity,
  Namespace,
  Pod,
  PodAffinityTerm,
} from '../../api/generated/core/v1/types.ts';
import { onlyPlugins, ratings, refusals, testCluster, testNode, testPod } from '../test-objects.ts';
import { interPodAffinity } from './inter-pod-affinity.ts';

const profile = onlyPlugins({ surroundings: [interPodAffinity] });
const AFFINITY = "!node(s) didn't match pod affinity rules";
const ANTI = "node(s) didn't match pod anti-affinity rules";
const EXISTING = "node(s) didn't satisfy existing pods anti-affinity rules";

const term = (app: string, more: Partial<PodAffinityTerm> = {}): PodAffinityTerm => ({
  topologyKey: 'zone',
  labelSelector: { matchLabels: { app } },
  ...more,
});
const near = (...terms: PodAffinityTerm[]): Affinity => ({
  podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms },
});
const apart = (...terms: PodAffinityTerm[]): Affinity => ({
  podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms },
});
const prefers = (weight: number, app: string) => ({ weight, podAffinityTerm: term(app) });
const pod = (name: string, app: string, affinity?: Affinity, more = {}): Pod =>
  testPod(name, { labels: { app }, spec: affinity ? { affinity } : {}, ...more });

const NODES = [
  testNode('a1', { labels: { zone: 'a' } }),
  testNode('a2', { labels: { zone: 'a' } }),
  testNode('b1', { labels: { zone: 'b' } }),
  testNode('none'),
];

interface Row {
  name: string;
  running: Record<string, Pod[]>;
  pod: Pod;
  refused: Record<string, string>;
}

// Goal: who may be near whom, in both directions.
for (const { name, running, pod: asked, refused } of [
  {
    name: 'near what runs in the zone',
    running: { a1: [pod('q', 'db')] },
    pod: pod('p', 'web', near(term('db'))),
    refused: { b1: AFFINITY, none: AFFINITY },
  },
  {
    name: 'near what runs nowhere',
    running: {},
    pod: pod('p', 'web', near(term('db'))),
    refused: { a1: AFFINITY, a2: AFFINITY, b1: AFFINITY, none: AFFINITY },
  },
  {
    name: 'the first of its kind may go anywhere with the label',
    running: {},
    pod: pod('p', 'web', near(term('web'))),
    refused: { none: AFFINITY },
  },
  {
    name: 'the second may not',
    running: { b1: [pod('q', 'web')] },
    pod: pod('p', 'web', near(term('web'))),
    refused: { a1: AFFINITY, a2: AFFINITY, none: AFFINITY },
  },
  {
    name: 'one pod has to match all terms',
    running: { a1: [pod('q', 'db'), pod('r', 'web')] },
    pod: pod('p', 'x', near(term('db'), term('web'))),
    refused: { a1: AFFINITY, a2: AFFINITY, b1: AFFINITY, none: AFFINITY },
  },
  {
    name: 'in another namespace',
    running: { a1: [pod('q', 'db', undefined, { namespace: 'other' })] },
    pod: pod('p', 'web', near(term('db'))),
    refused: { a1: AFFINITY, a2: AFFINITY, b1: AFFINITY, none: AFFINITY },
  },
  {
    name: 'in a namespace that is named',
    running: { a1: [pod('q', 'db', undefined, { namespace: 'other' })] },
    pod: pod('p', 'web', near(term('db', { namespaces: ['other'] }))),
    refused: { b1: AFFINITY, none: AFFINITY },
  },
  {
    name: 'in a namespace that is selected',
    running: { a1: [pod('q', 'db', undefined, { namespace: 'other' })] },
    pod: pod('p', 'web', near(term('db', { namespaceSelector: { matchLabels: { team: 'x' } } }))),
    refused: { b1: AFFINITY, none: AFFINITY },
  },
  {
    name: 'apart from what runs in the zone',
    running: { a1: [pod('q', 'db')] },
    pod: pod('p', 'web', apart(term('db'))),
    refused: { a1: ANTI, a2: ANTI },
  },
  {
    name: 'apart from any of the terms',
    running: { a1: [pod('q', 'db')], b1: [pod('r', 'x')] },
    pod: pod('p', 'web', apart(term('db'), term('x'))),
    refused: { a1: ANTI, a2: ANTI, b1: ANTI },
  },
  {
    name: 'those that run want to be apart',
    running: { a1: [pod('q', 'db', apart(term('web')))] },
    pod: pod('p', 'web'),
    refused: { a1: EXISTING, a2: EXISTING },
  },
  {
    name: 'but not from this one',
    running: { a1: [pod('q', 'db', apart(term('web')))] },
    pod: pod('p', 'x'),
    refused: {},
  },
  {
    name: 'only labels of the same revision',
    running: { a1: [testPod('q', { labels: { app: 'db', rev: '1' } })] },
    pod: testPod('p', {
      labels: { app: 'web', rev: '2' },
      spec: { affinity: apart(term('db', { matchLabelKeys: ['rev'] })) },
    }),
    refused: {},
  },
  {
    name: 'only labels of other revisions',
    running: { a1: [testPod('q', { labels: { app: 'db', rev: '1' } })] },
    pod: testPod('p', {
      labels: { app: 'web', rev: '1' },
      spec: { affinity: apart(term('db', { mismatchLabelKeys: ['rev'] })) },
    }),
    refused: {},
  },
] as Row[]) {
  test(`InterPodAffinity: ${name}`, () => {
    const namespace = {
      metadata: { name: 'other', labels: { team: 'x' } },
    } as unknown as Namespace;
    const snapshot = testCluster(NODES, running).withNamespace(namespace);
    assert.deepEqual(refusals(profile, snapshot, asked), refused);
  });
}

test('InterPodAffinity prefers by own terms', () => {
  const affinity: Affinity = {
    podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [prefers(10, 'db')] },
    podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [prefers(30, 'x')] },
  };
  const snapshot = testCluster(NODES, { a1: [pod('q', 'db')], b1: [pod('r', 'x')] });
  const want = { a1: 100, a2: 100, b1: 0, none: 75 };
  assert.deepEqual(ratings(interPodAffinity, snapshot, pod('p', 'web', affinity)), want);
});

test('InterPodAffinity prefers by the terms of those that run', () => {
  const likes: Affinity = {
    podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [prefers(9, 'web')] },
  };
  const needs = near(term('web'));
  const snapshot = testCluster(NODES, { a1: [pod('q', 'db', likes)], b1: [pod('r', 'x', needs)] });
  const want = { a1: 100, a2: 100, b1: 11, none: 0 };
  assert.deepEqual(ratings(interPodAffinity, snapshot, pod('p', 'web')), want);
});

test('InterPodAffinity has no say where nobody has terms', () => {
  const snapshot = testCluster(NODES, { a1: [pod('q', 'db')] });
  assert.deepEqual(ratings(interPodAffinity, snapshot, pod('p', 'web')), {});
});

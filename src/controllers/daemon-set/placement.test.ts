import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DaemonSet } from '../../api/generated/apps/v1/types.ts';
import type { Pod, PodSpec } from '../../api/generated/core/v1/types.ts';
import { isUpdated, podTemplate, targetOf } from './placement.ts';

// Goal: pin what ties a pod to its node, and what it is made with.

const setWith = (spec: object): DaemonSet =>
  ({
    metadata: { name: 'log', annotations: { 'deprecated.daemonset.template.generation': '3' } },
    spec: { template: { metadata: { labels: { app: 'log' } }, spec } },
  }) as unknown as DaemonSet;

const notReady = { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' };

test('a pod is tied to its node by name, whatever else is required of nodes', () => {
  const preferred = [{ weight: 1, preference: { matchExpressions: [] } }];
  const required = {
    nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'Exists' }] }],
  };
  const nodeAffinity = {
    requiredDuringSchedulingIgnoredDuringExecution: required,
    preferredDuringSchedulingIgnoredDuringExecution: preferred,
  };
  const { spec } = podTemplate(setWith({ containers: [], affinity: { nodeAffinity } }), 'n1', 'h');
  assert.deepEqual(spec?.affinity?.nodeAffinity, {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [
        { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n1'] }] },
      ],
    },
    preferredDuringSchedulingIgnoredDuringExecution: preferred,
  });
  assert.equal(targetOf({ spec } as Pod), 'n1');
});

test('a pod tolerates the troubles of its node for ever', () => {
  const own = [
    { key: 'mine', operator: 'Exists' },
    { ...notReady, tolerationSeconds: 5 },
  ];
  const tolerationsOf = (spec: object) =>
    (podTemplate(setWith({ containers: [], ...spec }), 'n1', 'h').spec as PodSpec).tolerations;
  assert.deepEqual(tolerationsOf({ tolerations: own })?.slice(0, 2), [own[0], notReady]);
  assert.equal(tolerationsOf({})?.length, 6);
  assert.equal(
    tolerationsOf({ hostNetwork: true })?.at(-1)?.key,
    'node.kubernetes.io/network-unavailable',
  );
});

test('a pod says from which template it is', () => {
  const set = setWith({ containers: [] });
  const { labels } = podTemplate(set, 'n1', 'h').metadata ?? {};
  assert.deepEqual(labels, {
    app: 'log',
    'controller-revision-hash': 'h',
    'pod-template-generation': '3',
  });
  const pod = { metadata: { labels } } as unknown as Pod;
  assert.ok(isUpdated(pod, set, 'h'));
  // Another set's pods, which this one has adopted, are of a generation as high.
  assert.ok(!isUpdated(pod, set, 'other'));
  const bare = (generation: string) =>
    ({ metadata: { labels: { 'pod-template-generation': generation } } }) as unknown as Pod;
  assert.ok(isUpdated(bare('3'), set, 'h') && !isUpdated(bare('2'), set, 'h'));
});

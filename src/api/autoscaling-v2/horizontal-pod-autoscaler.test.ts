import assert from 'node:assert/strict';
import { test } from 'node:test';
import { horizontalPodAutoscalers as first } from '../autoscaling-v1/horizontal-pod-autoscaler.ts';
import { cellsOf, made, refusals, withStatus } from '../fixture.ts';
import type { HorizontalPodAutoscaler } from '../generated/autoscaling/v2/types.ts';
import { horizontalPodAutoscalers as autoscalers } from './horizontal-pod-autoscaler.ts';

// Goal: what is filled in, refused and shown of an autoscaler, and that both versions are one.

const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const body = (spec: object = {}) => ({ spec: { scaleTargetRef, maxReplicas: 5, ...spec } });
const cpu = (target: object) => ({ type: 'Resource', resource: { name: 'cpu', target } });

test('without a metric it is the CPU', () => {
  const { minReplicas, metrics } = made(autoscalers, body()).spec;
  assert.equal(minReplicas, 1);
  assert.deepEqual(metrics, [cpu({ type: 'Utilization', averageUtilization: 80 })]);
});

test('a behavior that is begun is filled in', () => {
  const scaleUp = { selectPolicy: 'Disabled' };
  const { behavior } = made(autoscalers, body({ behavior: { scaleUp } })).spec;
  assert.equal(behavior?.scaleUp?.selectPolicy, 'Disabled');
  assert.equal(behavior?.scaleUp?.stabilizationWindowSeconds, 0);
  assert.equal(behavior?.scaleUp?.policies?.length, 2);
  assert.equal(behavior?.scaleDown?.stabilizationWindowSeconds, undefined);
});

const at = 'spec.metrics[0]';

for (const { name, spec, want } of [
  { name: 'nothing wrong', spec: {}, want: [] },
  {
    name: 'a target without a group',
    spec: { scaleTargetRef: { ...scaleTargetRef, apiVersion: 'v1' } },
    want: [
      'spec.scaleTargetRef.apiVersion: Invalid value: "v1": apiVersion must specify API group',
    ],
  },
  {
    name: 'the one target that has no group',
    spec: { scaleTargetRef: { apiVersion: 'v1', kind: 'ReplicationController', name: 'a' } },
    want: [],
  },
  {
    name: 'a share and an amount',
    spec: { metrics: [cpu({ type: 'Utilization', averageUtilization: 1, averageValue: '1' })] },
    want: [
      `${at}.resource.target.averageValue: Forbidden: may not set both a target raw value and a target utilization`,
    ],
  },
  {
    name: 'one metric from two sources',
    spec: {
      metrics: [
        {
          ...cpu({ type: 'Utilization', averageUtilization: 1 }),
          pods: { metric: { name: 'a' }, target: { type: 'AverageValue', averageValue: '1' } },
        },
      ],
    },
    // Of several sources the first is looked into, whatever the type says.
    want: [`${at}.pods: Forbidden: must populate the given metric source only`],
  },
  {
    name: 'another source than it says',
    spec: { metrics: [{ ...cpu({ type: 'Utilization', averageUtilization: 1 }), type: 'Pods' }] },
    want: [`${at}.pods: Required value: must populate information for the given metric source`],
  },
  {
    name: 'a type by the name of what every object has',
    spec: { metrics: [{ type: 'constructor' }] },
    want: Array(2).fill(
      `${at}.type: Unsupported value: "constructor": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"`,
    ),
  },
  {
    name: 'what no container uses',
    spec: {
      metrics: [
        {
          type: 'ContainerResource',
          containerResource: {
            name: 'pods',
            container: 'a',
            target: { type: 'Utilization', averageUtilization: 1 },
          },
        },
      ],
    },
    want: [
      `${at}.containerResource.name: Invalid value: "pods": must be a standard resource for containers`,
    ],
  },
  {
    name: 'a window of more than an hour',
    spec: { behavior: { scaleDown: { stabilizationWindowSeconds: 3601 } } },
    want: [
      'spec.behavior.scaleDown.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600',
    ],
  },
]) {
  test(`refuses: ${name}`, () => assert.deepEqual(refusals(autoscalers, body(spec)), want));
}

const external = (target: object) => ({
  type: 'External',
  external: { metric: { name: 'a' }, target },
});

for (const { name, metrics, currentMetrics, want } of [
  {
    name: 'a share',
    metrics: [cpu({ type: 'Utilization', averageUtilization: 80 })],
    currentMetrics: [
      { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 20 } } },
    ],
    want: 'cpu: 20%/80%',
  },
  {
    name: 'an amount not yet measured',
    metrics: [external({ type: 'AverageValue', averageValue: '30' })],
    currentMetrics: null,
    want: '<unknown>/30 (avg)',
  },
  {
    name: 'an amount that was measured as a share',
    metrics: [cpu({ type: 'AverageValue', averageValue: '1' })],
    currentMetrics: [
      { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 20 } } },
    ],
    want: 'cpu: <nil>/1',
  },
  {
    name: 'more than two',
    metrics: [1, 2, 3].map((value) => external({ type: 'Value', value: `${value}` })),
    currentMetrics: null,
    want: '<unknown>/1, <unknown>/2 + 1 more...',
  },
]) {
  test(`the cell of ${name}`, () => {
    const status = { desiredReplicas: 0, currentMetrics };
    const object = withStatus(made(autoscalers, body({ metrics })), status);
    assert.equal(cellsOf(autoscalers, object).Targets, want);
  });
}

test('the first version says in annotations what it has no fields for, and back', () => {
  const pods = {
    metric: { name: 'a', selector: { matchLabels: { b: 'c' } } },
    target: { type: 'AverageValue', averageValue: '7' },
  };
  const metrics = [{ type: 'Pods', pods }, cpu({ type: 'Utilization', averageUtilization: 55 })];
  const behavior = { scaleUp: { selectPolicy: 'Min' } };
  const stored = made(autoscalers, body({ metrics, behavior }));
  const old = first.storedAs?.fromStored(stored) as unknown as {
    metadata: { annotations: Record<string, string> };
    spec: { targetCPUUtilizationPercentage: number };
  };
  assert.equal(old.spec.targetCPUUtilizationPercentage, 55);
  const key = 'autoscaling.alpha.kubernetes.io/metrics';
  assert.deepEqual(JSON.parse(old.metadata.annotations[key]!), [
    {
      type: 'Pods',
      pods: { metricName: 'a', selector: { matchLabels: { b: 'c' } }, targetAverageValue: '7' },
    },
  ]);
  const back = first.storedAs?.toStored(old as never) as unknown as HorizontalPodAutoscaler;
  assert.deepEqual(back.spec, stored.spec);
  assert.equal(back.metadata.annotations, undefined);
});

test('what is no annotation of metrics is none', () => {
  const annotations = { 'autoscaling.alpha.kubernetes.io/metrics': 'not json' };
  const old = made(first, { metadata: { annotations }, ...body() });
  const back = first.storedAs?.toStored(old) as unknown as HorizontalPodAutoscaler;
  assert.deepEqual(back.spec.metrics, [cpu({ type: 'Utilization', averageUtilization: 80 })]);
});

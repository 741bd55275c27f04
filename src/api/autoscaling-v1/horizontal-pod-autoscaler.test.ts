import assert from 'node:assert/strict';
import { test } from 'node:test';
import { horizontalPodAutoscalers as second } from '../autoscaling-v2/horizontal-pod-autoscaler.ts';
import { made, withStatus } from '../fixture.ts';
import type { HorizontalPodAutoscaler } from '../generated/autoscaling/v1/types.ts';
import type { HorizontalPodAutoscaler as Autoscaler } from '../generated/autoscaling/v2/types.ts';
import { horizontalPodAutoscalers as first } from './horizontal-pod-autoscaler.ts';

// Goal: pin, to the letter, the annotations by which the first version says what it has no fields for.

const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const body = (spec: object = {}) => ({ spec: { scaleTargetRef, maxReplicas: 5, ...spec } });
const ALPHA = 'autoscaling.alpha.kubernetes.io/';

const annotationsOf = (object: Autoscaler): Readonly<Record<string, string>> => {
  const old = first.storedAs!.fromStored(object) as HorizontalPodAutoscaler;
  return old.metadata.annotations ?? {};
};

const secondOf = (annotations: object, status: object = {}): Autoscaler => {
  const old = made(first, { metadata: { annotations }, ...body() });
  return first.storedAs!.toStored(withStatus(old, status)) as Autoscaler;
};

const metric = { name: 'a', selector: { matchLabels: { z: '1', b: 'c' } } };
const selector = '{"matchLabels":{"b":"c","z":"1"}}';

for (const { name, type, source, want } of [
  {
    name: 'of pods',
    type: 'Pods',
    source: { metric, target: { type: 'AverageValue', averageValue: '7' } },
    want: `{"metricName":"a","targetAverageValue":"7","selector":${selector}}`,
  },
  {
    name: 'of an object, for each pod',
    type: 'Object',
    source: {
      describedObject: { apiVersion: 'v1', kind: 'Service', name: 's' },
      metric: { name: 'a' },
      target: { type: 'AverageValue', averageValue: '7' },
    },
    want: '{"target":{"kind":"Service","name":"s","apiVersion":"v1"},"metricName":"a","targetValue":"0","averageValue":"7"}',
  },
  {
    name: 'of a container',
    type: 'ContainerResource',
    source: {
      name: 'cpu',
      container: 'm',
      target: { type: 'Utilization', averageUtilization: 50 },
    },
    want: '{"name":"cpu","targetAverageUtilization":50,"container":"m"}',
  },
  {
    name: 'from outside',
    type: 'External',
    source: { metric, target: { type: 'Value', value: '2' } },
    want: `{"metricName":"a","metricSelector":${selector},"targetValue":"2"}`,
  },
]) {
  test(`a metric ${name}, and back`, () => {
    const field = type.charAt(0).toLowerCase() + type.slice(1);
    const metrics = [{ type, [field]: source }];
    const stored = made(second, body({ metrics }));
    const annotations = annotationsOf(stored);
    assert.equal(annotations[`${ALPHA}metrics`], `[{"type":"${type}","${field}":${want}}]`);
    assert.deepEqual(secondOf(annotations).spec.metrics, stored.spec.metrics);
  });
}

test('behavior goes by the names of Go, and comes by any', () => {
  const stored = made(second, body({ behavior: { scaleDown: { tolerance: '0.5' } } }));
  const text = annotationsOf(stored)[`${ALPHA}behavior`]!;
  assert.equal(
    text,
    '{"ScaleUp":{"StabilizationWindowSeconds":0,"SelectPolicy":"Max","Policies":[{"Type":"Pods","Value":4,"PeriodSeconds":15},{"Type":"Percent","Value":100,"PeriodSeconds":15}],"Tolerance":null},"ScaleDown":{"StabilizationWindowSeconds":null,"SelectPolicy":"Max","Policies":[{"Type":"Percent","Value":100,"PeriodSeconds":15}],"Tolerance":"500m"}}',
  );
  const behaviorIn = (behavior: string) =>
    secondOf({ [`${ALPHA}behavior`]: behavior }).spec.behavior;
  assert.deepEqual(behaviorIn(text), stored.spec.behavior);
  assert.deepEqual(behaviorIn('{"scaleUp":{"selectPolicy":"Min"}}'), {
    scaleUp: { selectPolicy: 'Min' },
  });
  for (const none of ['{}', '[]', 'x', '{"scaleUp":{"selectPolicy":1}}']) {
    assert.equal(behaviorIn(none), undefined, none);
  }
});

test('what was measured of the CPU is said twice', () => {
  const share = {
    type: 'Resource',
    resource: { name: 'cpu', current: { averageUtilization: 30 } },
  };
  const status = { desiredReplicas: 1, currentMetrics: [share] };
  const stored = withStatus(made(second, body()), status);
  const old = first.storedAs!.fromStored(stored) as HorizontalPodAutoscaler;
  assert.equal(old.status.currentCPUUtilizationPercentage, 30);
  const annotation = `${ALPHA}current-metrics`;
  assert.equal(
    old.metadata.annotations?.[annotation],
    '[{"type":"Resource","resource":{"name":"cpu","currentAverageUtilization":30,"currentAverageValue":"0"}}]',
  );
  const fromField = secondOf({}, { desiredReplicas: 1, currentCPUUtilizationPercentage: 20 });
  const { averageUtilization } = fromField.status.currentMetrics![0]!.resource!.current;
  assert.equal(averageUtilization, 20);
  const both = secondOf(old.metadata.annotations!, {
    desiredReplicas: 1,
    currentCPUUtilizationPercentage: 20,
  });
  assert.deepEqual(both.status.currentMetrics, [
    {
      type: 'Resource',
      resource: { name: 'cpu', current: { averageUtilization: 30, averageValue: '0' } },
    },
  ]);
});

test('conditions go whole, their texts escaped', () => {
  const conditions = [{ type: 'ScalingActive', status: 'False', message: 'a < b' }];
  const stored = withStatus(made(second, body()), {
    desiredReplicas: 0,
    currentMetrics: null,
    conditions,
  });
  assert.equal(
    annotationsOf(stored)[`${ALPHA}conditions`],
    '[{"type":"ScalingActive","status":"False","lastTransitionTime":null,"message":"a \\u003c b"}]',
  );
});

// Goal: whoever writes the annotations may write anything; what has a part of a wrong type is none.
for (const { text, known } of [
  { text: '[{"type":"Constructor","constructor":{}}]', known: ['Constructor'] },
  { text: '[{"type":"__proto__","__proto__":{}}]', known: ['__proto__'] },
  { text: '[{"type":"External"}]', known: ['External'] },
  { text: '[{"type":5}]', known: [] },
  { text: '[{"type":"External"},{"type":"Resource","resource":{"name":5}}]', known: [] },
  { text: '[{"type":"Pods","pods":{"metricName":"a","selector":"x"}}]', known: [] },
]) {
  test(`annotations that say ${text}`, () => {
    const parts = ['metrics', 'current-metrics', 'conditions'].map((name) => [ALPHA + name, text]);
    const { spec, status } = secondOf(Object.fromEntries(parts), { desiredReplicas: 1 });
    const bare = known.map((type) => ({ type }));
    const cpu = { type: 'Utilization', averageUtilization: 80 };
    const byDefault = [{ type: 'Resource', resource: { name: 'cpu', target: cpu } }];
    assert.deepEqual(spec.metrics, known.length > 0 ? bare : byDefault);
    assert.deepEqual(status.currentMetrics, known.length > 0 ? bare : null);
  });
}

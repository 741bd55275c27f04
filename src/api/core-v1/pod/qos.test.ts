import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decoded } from '../../fixture.ts';
import type { PodSpec } from '../../generated/core/v1/types.ts';
import { pods } from './pod.ts';
import { qosClassOf } from './qos.ts';

// Goal: how a pod is treated when a node runs short follows from what it asked for.

const all = { cpu: '1', memory: '1Gi' };
const of = (...resources: object[]) =>
  resources.map((each, i) => ({ name: `c${i}`, image: 'x:1', resources: each }));

for (const { name, spec, want } of [
  { name: 'nothing', spec: { containers: of({}) }, want: 'BestEffort' },
  { name: 'all it may use', spec: { containers: of({ limits: all }) }, want: 'Guaranteed' },
  {
    name: 'less than it may use',
    spec: { containers: of({ limits: all, requests: { cpu: '500m', memory: '1Gi' } }) },
    want: 'Burstable',
  },
  { name: 'only cpu', spec: { containers: of({ limits: { cpu: '1' } }) }, want: 'Burstable' },
  {
    name: 'all, but not in each',
    spec: { containers: of({ limits: all }, {}) },
    want: 'Burstable',
  },
  {
    name: 'all, but not at the start',
    spec: { containers: of({ limits: all }), initContainers: [{ name: 'i', image: 'x:1' }] },
    want: 'Burstable',
  },
  {
    name: 'what does not count',
    spec: {
      containers: of({
        requests: { 'vendor.example/gpu': '1' },
        limits: { 'vendor.example/gpu': '1' },
      }),
    },
    want: 'BestEffort',
  },
  {
    name: 'all, as a pod',
    spec: { resources: { limits: all, requests: all }, containers: of({}) },
    want: 'Guaranteed',
  },
]) {
  test(`asked for ${name}: ${want}`, () => {
    assert.equal(qosClassOf(decoded(pods, { spec }).spec as PodSpec), want);
  });
}

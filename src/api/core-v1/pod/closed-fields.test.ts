import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deployments } from '../../apps-v1/deployment.ts';
import { cronJobs } from '../../batch-v1/cron-job.ts';
import { made } from '../../fixture.ts';
import type { PodSpec } from '../../generated/core/v1/types.ts';
import { dropClosedFields } from './closed-fields.ts';
import { pods } from './pod.ts';

// Goal: what isn't open in 1.36 is dropped without a word, from pods and from what makes pods.

const closed = {
  schedulingGroup: { podGroupName: 'g' },
  volumes: [
    { name: 'v', projected: { sources: [{ clusterTrustBundle: { name: 'b', path: 'p' } }] } },
  ],
  containers: [{ name: 'c', image: 'i', lifecycle: { stopSignal: 'SIGUSR1' } }],
};

function assertDropped({ schedulingGroup, volumes, containers }: PodSpec): void {
  assert.equal(schedulingGroup, undefined);
  assert.deepEqual(volumes?.[0]?.projected?.sources, [{}]);
  assert.deepEqual(containers[0]?.lifecycle, {});
}

test('dropped from pods and templates', () => {
  assertDropped(made(pods, { spec: closed }).spec);
  const metadata = { labels: { a: 'b' } };
  const selector = { matchLabels: metadata.labels };
  const template = { metadata, spec: closed };
  assertDropped(made(deployments, { spec: { selector, template } }).spec.template.spec);
  const job = { spec: { template: { spec: { ...closed, restartPolicy: 'Never' } } } };
  const cronJob = made(cronJobs, { spec: { schedule: '* * * * *', jobTemplate: job } });
  assertDropped(cronJob.spec.jobTemplate.spec!.template.spec);
});

test('what is stored with them keeps them', () => {
  const previous = structuredClone(closed) as unknown as PodSpec;
  const next = structuredClone(closed) as unknown as PodSpec;
  dropClosedFields(next as never, previous);
  assert.deepEqual(next, previous);
});

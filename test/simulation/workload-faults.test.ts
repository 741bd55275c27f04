import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DaemonSet } from '../../src/api/generated/apps/v1/types.ts';
import type { CronJob, Job } from '../../src/api/generated/batch/v1/types.ts';
import type { Pod } from '../../src/api/generated/core/v1/types.ts';
import { controllerOf } from '../../src/machinery/object.ts';
import { explore, type ManifestObject, pods, type TestCluster } from '../../src/testing/testing.ts';

// Goal: whatever gets lost, late or refused on the way to the API, no node keeps two daemons, each
// pod of a Job is counted once, and no minute has two jobs of a CronJob.

const SEEDS = 6;

const podSpec = (image: string) => ({
  metadata: { labels: { app: 'x' } },
  spec: { containers: [{ name: 'main', image }] },
});

const daemons = (image: string) =>
  ({
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'x' },
    spec: { selector: { matchLabels: { app: 'x' } }, template: podSpec(image) },
  }) as ManifestObject;

/** Lets what goes wrong go wrong for a while, then sees to it that all comes to rest. */
async function weather(cluster: TestCluster, minutes: number): Promise<void> {
  await cluster.advance({ minutes });
  cluster.faults({});
  await cluster.advance({ minutes: 10 });
}

test('a DaemonSet that is updated while nodes come and go', () =>
  explore(
    SEEDS,
    async (cluster) => {
      await cluster.apply(daemons('x:1'));
      await cluster.advance({ minutes: 1 });
      cluster.addNode();
      await cluster.apply(daemons('x:2'));
      await weather(cluster, 3);
      const all = await cluster.list<Pod>('pods');
      const names = cluster.nodes.map(({ name }) => name);
      assert.deepEqual(all.map(({ spec }) => spec.nodeName ?? '').toSorted(), names.toSorted());
      assert.ok(all.every(({ spec }) => spec.containers[0]?.image === 'x:2'));
      const { status } = await cluster.get<DaemonSet>('daemonset/x');
      assert.equal(status.numberAvailable, names.length);
    },
    { nodes: 3 },
  ));

const job = (spec: object) => {
  const { metadata, spec: own } = podSpec('x:1');
  return { ...spec, template: { metadata, spec: { ...own, restartPolicy: 'Never' } } };
};

test('a Job of which every other pod fails', () =>
  explore(
    SEEDS,
    async (cluster) => {
      const metadata = { name: 'x' };
      const spec = job({ completions: 6, parallelism: 3, backoffLimit: 50 });
      await cluster.apply({
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata,
        spec,
      } as ManifestObject);
      await weather(cluster, 5);
      await cluster.advance({ minutes: 60 });
      const { status } = await cluster.get<Job>('job/x');
      const ended = (await cluster.list<Pod>('pods')).filter((pod) => controllerOf(pod));
      const count = (phase: string) => ended.filter((pod) => pod.status.phase === phase).length;
      assert.deepEqual(
        [status.succeeded, status.failed ?? 0, status.conditions?.at(-1)?.type],
        [count('Succeeded'), count('Failed'), 'Complete'],
      );
      assert.ok(count('Succeeded') >= 6);
      assert.ok(ended.every((pod) => !pod.metadata.finalizers));
    },
    {
      nodes: 2,
      pods: pods(({ metadata }) => {
        const exitCode = metadata.name.charCodeAt(metadata.name.length - 1) % 2;
        return { end: { afterMs: 2000, exitCode } };
      }),
    },
  ));

test('a CronJob that must not run beside itself', () =>
  explore(
    SEEDS,
    async (cluster) => {
      const spec = {
        schedule: '* * * * *',
        concurrencyPolicy: 'Forbid',
        successfulJobsHistoryLimit: 100,
        jobTemplate: { spec: job({}) },
      };
      const metadata = { name: 'x' };
      await cluster.apply({
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        metadata,
        spec,
      } as ManifestObject);
      await weather(cluster, 10);
      const jobs = await cluster.list<Job>('jobs');
      const runs = jobs
        .map(({ status }) => [status.startTime ?? '', status.completionTime ?? '~'] as const)
        .toSorted(([a], [b]) => (a < b ? -1 : 1));
      assert.ok(runs.length > 5);
      for (const [i, [start]] of runs.entries()) {
        if (i > 0) assert.ok(runs[i - 1]![1] <= start, `${runs[i - 1]} overlaps ${start}`);
      }
      const { status } = await cluster.get<CronJob>('cronjob/x');
      assert.ok((status.active ?? []).length <= 1);
    },
    { nodes: 2, pods: pods(() => ({ end: { afterMs: 20_000, exitCode: 0 } })) },
  ));

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { TestCluster } from '../support/tutti.ts';

// Goal: kubectl finds StatefulSets, DaemonSets, Jobs, CronJobs and ReplicationControllers on real
// containers as on Kubernetes: what they are called, which index they work on, how they are followed,
// rolled out and taken back. Each row is a command, what it must print, and its exit code; rows
// build on those before them.

const root = join(import.meta.dirname, '../..');
const cluster = new TestCluster('e2e-workloads');
const example = cluster.exampleAt(8186);
const manifest = join(import.meta.dirname, 'workloads.yaml');
const kubectl = execFileSync('bash', [join(root, 'tools/kubectl.sh'), 'new'], {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'ignore'],
}).trim();

before(async () => {
  const { code, out, err } = await cluster.tutti('up', '--port', '0', '-f', example);
  assert.equal(code, 0, out + err);
});
after(() => cluster.remove());

type Row = readonly [command: string, prints: RegExp, code?: number];

const ROWS: readonly Row[] = [
  [`apply -f ${manifest}`, /cronjob.batch\/yearly created/],
  ['rollout status sts/db --timeout=60s', /roll out complete/],
  ['rollout status ds/log --timeout=60s', /successfully rolled out/],
  ['logs db-1', /db-1\.db\.default\.svc\.cluster\.local\s+db-1/],
  ['wait --for=condition=complete job/count --timeout=60s', /condition met/],
  // In no order: kubectl keeps them in a map.
  ['logs -l job-name=count --prefix', /^(?=(.|\n)*index 0 on count-0)(.|\n)*index 1 on count-1/],
  ['get job count', /Complete +2\/2/],
  ['wait --for=condition=failed job/fail --timeout=60s', /condition met/],
  ['describe job fail', /BackoffLimitExceeded.*Job has reached the specified backoff limit/],
  ['create job --from=cronjob/yearly now', /job.batch\/now created/],
  ['wait --for=condition=complete job/now --timeout=60s', /condition met/],
  ['delete job count --cascade=foreground', /deleted/],
  ['get pods -l job-name=count', /No resources found/],
  ['set env sts/db ds/log A=b', /env updated/],
  ['rollout status sts/db --timeout=60s', /roll out complete/],
  ['rollout status ds/log --timeout=60s', /successfully rolled out/],
  ['rollout history sts/db', /^2 /m],
  ['rollout history ds/log', /^2 /m],
  ['rollout undo sts/db', /rolled back/],
  ['rollout undo ds/log', /rolled back/],
  ['rollout status sts/db --timeout=60s', /roll out complete/],
  ['rollout status ds/log --timeout=60s', /successfully rolled out/],
  ["get sts db -o 'jsonpath={.spec.template.spec.containers[0].env}'", /^$/],
  ['rollout restart sts/db', /restarted/],
  ['rollout status sts/db --timeout=60s', /roll out complete/],
  ['scale sts/db rc/old --replicas=0', /scaled/],
  ['wait --for=delete pod/db-0 --timeout=60s', /condition met|^$/],
  ['get pods -l app=db', /No resources found/],
];

test('workloads, by kubectl', async (t) => {
  for (const [command, prints, wanted = 0] of ROWS) {
    await t.test(command.replace(root, '.'), async () => {
      const words = command.match(/'[^']*'|\S+/g)?.map((word) => word.replace(/^'|'$/g, '')) ?? [];
      const { code, out, err } = await cluster.run(kubectl, ...words);
      assert.match(out + err, prints);
      assert.equal(code, wanted, out + err);
    });
  }
});

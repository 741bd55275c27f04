import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { TestCluster } from '../support/tutti.ts';

// Goal: unmodified kubectl, the newest and one of six years ago, does on a real cluster what its
// users expect. Each row is a command, what it must print, and its exit code; rows build on those
// before them.

const root = join(import.meta.dirname, '../..');
const cluster = new TestCluster('e2e-kubectl');
const example = cluster.exampleAt(8183);
const manifest = join(example, 'hello.yaml');
const fetched = (which: 'new' | 'old') =>
  execFileSync('bash', [join(root, 'tools/kubectl.sh'), which], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
const [newest, oldest] = [fetched('new'), fetched('old')];

before(async () => {
  const { code, out, err } = await cluster.tutti('up', '--port', '0', '-f', example);
  assert.equal(code, 0, out + err);
});
after(() => cluster.remove());

type Row = readonly [command: string, prints: RegExp, code?: number];

async function check(kubectl: string, [command, prints, wanted = 0]: Row): Promise<void> {
  const words = command.match(/'[^']*'|\S+/g)?.map((word) => word.replace(/^'|'$/g, '')) ?? [];
  const { code, out, err } = await cluster.run(kubectl, ...words);
  assert.match(out + err, prints);
  assert.equal(code, wanted, out + err);
}

const ROWS: readonly Row[] = [
  ['version', /Server Version: v1\.36/],
  ['cluster-info', /control plane.* is running at/],
  ['api-resources', /deployments +deploy +apps\/v1 +true +Deployment/],
  ['get nodes', /Ready/],
  ['get pods', /hello-\S+ +1\/1 +Running/],
  ['get pods -o wide', /10\.\d+\.0\.\d+/],
  ['get deploy hello -o json', /"kind": "Deployment"/],
  ['get deploy hello -o yaml', /^kind: Deployment$/m],
  ["get deploy hello -o 'jsonpath={.spec.replicas}'", /^3$/],
  ['get pods -l app=hello --no-headers', /Running/],
  ['get pods -l app=other', /No resources found/],
  ['get pods --field-selector status.phase=Running', /hello-/],
  ['get pods --field-selector status.phase=Failed', /No resources found/],
  ['create namespace shop', /namespace\/shop created/],
  ['create deployment web -n shop --image=hello --replicas=2', /deployment.apps\/web created/],
  ['create configmap settings -n shop --from-literal=a=b', /configmap\/settings created/],
  ['create secret generic keys -n shop --from-literal=a=b', /secret\/keys created/],
  ['create configmap settings -n shop', /"settings" already exists/, 1],
  ["get secret keys -n shop -o 'jsonpath={.data.a}'", /^Yg==$/],
  [`apply -f ${manifest}`, /deployment.apps\/hello configured/],
  [`apply -f ${manifest}`, /deployment.apps\/hello unchanged/],
  [`apply --server-side --force-conflicts -f ${manifest}`, /hello serverside-applied/],
  [`diff -f ${manifest}`, /^$/],
  [
    `patch deploy web -n shop -p '{"spec":{"template":{"spec":{"containers":[{"name":"hello","imagePullPolicy":"Never"}]}}}}'`,
    /web patched/,
  ],
  ['rollout status deploy/web -n shop --timeout=60s', /successfully rolled out/],
  ['wait -n shop --for=condition=Available deploy/web --timeout=60s', /condition met/],
  ['rollout history deploy/web -n shop', /^2 /m],
  ['scale deploy/web -n shop --replicas=3', /web scaled/],
  ['rollout status deploy/web -n shop --timeout=60s', /successfully rolled out/],
  ['rollout pause deploy/web -n shop', /paused/],
  ['set env deploy/web -n shop A=b', /env updated/],
  ['rollout resume deploy/web -n shop', /resumed/],
  ['rollout status deploy/web -n shop --timeout=60s', /successfully rolled out/],
  ['rollout restart deploy/web -n shop', /restarted/],
  ['rollout status deploy/web -n shop --timeout=60s', /successfully rolled out/],
  ['rollout undo deploy/web -n shop', /rolled back/],
  ['rollout status deploy/web -n shop --timeout=60s', /successfully rolled out/],
  ['expose deploy/web -n shop --port=80 --target-port=8080', /service\/web exposed/],
  ['describe svc web -n shop', /Endpoints: +10\./],
  ['describe deploy web -n shop', /NewReplicaSet: +web-\S+ \(3\/3 replicas created\)/],
  ['describe pods -l app=hello', /Controlled By: +ReplicaSet\/hello-/],
  ['describe node', /Allocated resources:/],
  ['logs deploy/hello', /200|Hello|^Found|^$/m],
  ['label deploy web -n shop tier=front', /labeled/],
  ['get deploy -n shop -l tier=front', /web/],
  ['annotate deploy web -n shop note=x', /annotated/],
  ['explain deployment.spec.replicas', /FIELD: replicas <integer>/],
  ['explain pod.spec', /containers\s+<\[\]Container> -required-/],
  ['get events -n shop', /ScalingReplicaSet/],
  ['get --raw /readyz', /^ok$/],
  ['delete configmap settings -n shop', /"settings" deleted/],
  ['delete deploy web -n shop', /"web" deleted/],
  ['delete namespace shop --timeout=60s', /"shop" deleted/],
  ['get all -n shop', /No resources found/],
  ['get deploy nothing', /deployments.apps "nothing" not found/, 1],
];

describe('kubectl 1.36', () => {
  for (const row of ROWS) test(row[0], () => check(newest, row));

  test('get -w tells of changes as they come', async () => {
    const words = ['get', 'configmaps', '-w', '--output-watch-events', '--no-headers'];
    const watch = spawn(newest, words, {
      env: cluster.environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const own: string[] = [];
    let change: Promise<void> | undefined;
    for await (const line of createInterface({ input: watch.stdout })) {
      const [type = '', name] = line.split(/\s+/);
      // The first line says that the watch is open; from then on it must tell of everything.
      change ??= check(newest, ['create configmap watched --from-literal=a=b', /created/]).then(
        () => check(newest, ['delete configmap watched', /deleted/]),
      );
      if (name !== 'watched') continue;
      own.push(type);
      if (type === 'DELETED') break;
    }
    watch.kill();
    await change;
    assert.deepEqual(own, ['ADDED', 'DELETED']);
  });
});

describe('kubectl 1.20', () => {
  const rows: readonly Row[] = [
    ['get pods', /hello-\S+ +1\/1 +Running/],
    [`apply -f ${manifest}`, /deployment.apps\/hello (configured|unchanged)/],
    ['get deploy hello -o yaml', /^kind: Deployment$/m],
    ['logs deploy/hello', /200|Hello|^Found|^$/m],
    ['create configmap old --from-literal=a=b', /configmap\/old created/],
    ['delete configmap old', /"old" deleted/],
  ];
  for (const row of rows) test(row[0], () => check(oldest, row));
});

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { seededRandom } from '../../src/base/random.ts';
import type { KubeObject } from '../../src/machinery/object.ts';
import { createCluster, type TestCluster } from '../../src/testing/testing.ts';
import { type Answered, HelmClient, releaseSecret, threeWayMerge } from '../support/helm.ts';

// Goal: Helm's way of installing works: definitions first and their objects after another look at
// discovery, hooks by weight, releases in Secrets as large as they may be, waits until all is ready,
// three-way patches, a rollback, and an uninstall that leaves nothing. The chart has the kinds, and the
// habits, of those that many install.

let cluster: TestCluster;
let helm: HelmClient;
before(async () => {
  cluster = await createCluster({ nodes: 2 });
  const server = await cluster.server();
  helm = new HelmClient(server.kubeconfig);
  await helm.discover();
});
after(() => cluster[Symbol.asyncDispose]());

const LABELS = {
  'app.kubernetes.io/name': 'shop',
  'app.kubernetes.io/instance': 'shop',
  'app.kubernetes.io/managed-by': 'Helm',
  'helm.sh/chart': 'shop-1.2.3',
};
const SELECTOR = { 'app.kubernetes.io/name': 'shop', 'app.kubernetes.io/instance': 'shop' };

const object = (apiVersion: string, kind: string, name: string, rest: object = {}): KubeObject => {
  const annotations = {
    'meta.helm.sh/release-name': 'shop',
    'meta.helm.sh/release-namespace': 'default',
  };
  const metadata = { name, labels: LABELS, annotations };
  return { apiVersion, kind, metadata, ...rest } as unknown as KubeObject;
};

const container = (image: string, more: object = {}) => ({
  name: 'shop',
  image,
  imagePullPolicy: 'IfNotPresent',
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
  livenessProbe: { httpGet: { path: '/', port: 'http' } },
  resources: { requests: { cpu: '50m', memory: '32Mi' } },
  ...more,
});

const podTemplate = (
  containers: readonly object[],
  component: string,
  volumes: readonly object[] = [],
) => ({
  metadata: { labels: { ...SELECTOR, component } },
  spec: { serviceAccountName: 'shop', containers, volumes },
});

const crd = object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'shelves.shop.example', {
  spec: {
    group: 'shop.example',
    scope: 'Namespaced',
    names: { plural: 'shelves', kind: 'Shelf' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: {
                  size: { type: 'integer', default: 1 },
                  goods: { type: 'array', items: { type: 'string' } },
                  notes: { type: 'object', additionalProperties: { type: 'string' } },
                },
              },
            },
          },
        },
      },
    ],
  },
});

const deployment = object('apps/v1', 'Deployment', 'shop', {
  spec: {
    replicas: 2,
    selector: { matchLabels: { ...SELECTOR, component: 'web' } },
    template: podTemplate(
      [
        container('registry.example/shop:1', {
          env: [
            { name: 'OLD', value: '1' },
            { name: 'KEPT', value: '1' },
          ],
          volumeMounts: [{ name: 'config', mountPath: '/etc/shop' }],
        }),
        { name: 'sidecar', image: 'registry.example/proxy:1' },
      ],
      'web',
      [{ name: 'config', configMap: { name: 'shop' } }],
    ),
  },
});
const shelf = object('shop.example/v1', 'Shelf', 'main', {
  spec: { goods: ['pears', 'plums'], notes: { a: '1', b: '2' } },
});

/** In the order in which Helm installs kinds. */
const chart: readonly KubeObject[] = [
  object('networking.k8s.io/v1', 'NetworkPolicy', 'shop', {
    spec: { podSelector: { matchLabels: SELECTOR }, ingress: [{ ports: [{ port: 'http' }] }] },
  }),
  object('policy/v1', 'PodDisruptionBudget', 'shop', {
    spec: { minAvailable: 1, selector: { matchLabels: SELECTOR } },
  }),
  object('v1', 'ServiceAccount', 'shop', { automountServiceAccountToken: false }),
  object('v1', 'Secret', 'shop', { type: 'Opaque', stringData: { password: 'secret' } }),
  object('v1', 'ConfigMap', 'shop', { data: { 'shop.yaml': 'x: 1\n'.repeat(40_000) } }),
  object('v1', 'PersistentVolumeClaim', 'shop', {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  }),
  object('rbac.authorization.k8s.io/v1', 'Role', 'shop', {
    rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'watch', 'list'] }],
  }),
  object('rbac.authorization.k8s.io/v1', 'RoleBinding', 'shop', {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'shop' },
    subjects: [{ kind: 'ServiceAccount', name: 'shop', namespace: 'default' }],
  }),
  object('v1', 'Service', 'shop', {
    spec: { type: 'ClusterIP', selector: SELECTOR, ports: [{ port: 80, targetPort: 'http' }] },
  }),
  deployment,
  object('autoscaling/v2', 'HorizontalPodAutoscaler', 'shop', {
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' },
      minReplicas: 2,
      maxReplicas: 5,
    },
  }),
  object('apps/v1', 'StatefulSet', 'shop-db', {
    spec: {
      serviceName: 'shop',
      replicas: 2,
      selector: { matchLabels: { ...SELECTOR, component: 'db' } },
      template: podTemplate([container('registry.example/db:1')], 'db'),
    },
  }),
  object('networking.k8s.io/v1', 'Ingress', 'shop', {
    spec: {
      rules: [
        {
          host: 'shop.example',
          http: {
            paths: [
              {
                path: '/',
                pathType: 'Prefix',
                backend: { service: { name: 'shop', port: { number: 80 } } },
              },
            ],
          },
        },
      ],
    },
  }),
  shelf,
];

const hook = (name: string): KubeObject =>
  object('batch/v1', 'Job', name, {
    spec: {
      backoffLimit: 1,
      template: {
        spec: {
          restartPolicy: 'Never',
          containers: [{ name: 'hook', image: 'registry.example/hook:1' }],
        },
      },
    },
  });

function succeeded({ status, body }: Answered, ...wanted: readonly number[]): Answered['body'] {
  assert.ok(wanted.includes(status), `${status} ${body.message} (${body.kind})`);
  return body;
}

const live = async (each: KubeObject) => succeeded(await helm.get(each), 200) as unknown as Live;
type Live = KubeObject & {
  readonly spec: Record<string, unknown>;
  readonly status: Record<string, unknown>;
};

/** As Helm waits. Nothing here provides volumes: of a claim it is enough that it is there. */
async function isReady(each: KubeObject): Promise<boolean> {
  const { spec, status, metadata } = await live(each);
  if (each.kind === 'Deployment') {
    const isSeen = Number(status.observedGeneration ?? 0) >= (metadata.generation ?? 0);
    return (
      isSeen && status.updatedReplicas === spec.replicas && status.readyReplicas === spec.replicas
    );
  }
  if (each.kind === 'StatefulSet') {
    return (
      status.readyReplicas === spec.replicas && status.updateRevision === status.currentRevision
    );
  }
  return each.kind !== 'Service' || spec.clusterIP !== '';
}

async function wait(objects: readonly KubeObject[]): Promise<void> {
  await cluster.until(async () => {
    for (const each of objects) if (!(await isReady(each))) return false;
    return true;
  });
}

/** Runs a hook: what an earlier one left goes first, and it goes itself when it has succeeded. */
async function runHook(job: KubeObject): Promise<void> {
  succeeded(await helm.delete(job), 200, 404);
  succeeded(await helm.create(job), 201);
  const pods = `/api/v1/namespaces/default/pods`;
  const query = `?labelSelector=${encodeURIComponent(`job-name=${job.metadata.name}`)}`;
  await cluster.until(async () => {
    const { items = [] } = succeeded(await helm.send('GET', pods + query), 200);
    const [pod] = items as readonly Live[];
    if (pod?.status.phase !== 'Running') return false;
    // Pods here run on for ever, so this one is told that it has ended.
    const headers = { 'content-type': 'application/merge-patch+json' };
    const done = { status: { phase: 'Succeeded' } };
    succeeded(await helm.send('PATCH', `${pods}/${pod.metadata.name}/status`, done, headers), 200);
    return true;
  });
  await cluster.until(async () => {
    const { conditions = [] } = (await live(job)).status as {
      conditions?: { type: string; status: string }[];
    };
    return conditions.some(({ type, status }) => type === 'Complete' && status === 'True');
  });
  succeeded(await helm.delete(job), 200);
}

test('a chart is installed', { timeout: 120_000 }, async () => {
  assert.equal(helm.knows(shelf), false);
  succeeded(await helm.create(crd), 201);
  await cluster.until(async () => {
    const { conditions = [] } = (await live(crd)).status as {
      conditions?: { type: string; status: string }[];
    };
    return conditions.some(({ type, status }) => type === 'Established' && status === 'True');
  });
  await helm.discover();
  assert.equal(helm.knows(shelf), true);
  succeeded(await helm.create(releaseSecret('shop', 1, { manifest: chart })), 201);
  const weighted = [
    { weight: 5, job: hook('migrate') },
    { weight: -5, job: hook('prepare') },
  ];
  for (const { job } of weighted.sort((a, b) => a.weight - b.weight)) await runHook(job);
  for (const each of chart) succeeded(await helm.create(each), 201);
  await wait(chart);
  assert.deepEqual((await live(shelf)).spec, {
    goods: ['pears', 'plums'],
    notes: { a: '1', b: '2' },
    size: 1,
  });
});

test('an upgrade changes what differs from the last manifest, and keeps what others changed', async () => {
  // Somebody scales by hand, and an operator notes something.
  succeeded(await helm.patch(deployment, { spec: { replicas: 3 } }, 'merge'), 200);
  succeeded(await helm.patch(shelf, { spec: { notes: { c: '3' } } }, 'merge'), 200);
  const superseded = releaseSecret('shop', 1, { manifest: chart }, 'superseded');
  succeeded(await helm.send('PUT', helm.pathOf(superseded), superseded), 200);
  succeeded(await helm.create(releaseSecret('shop', 2, { manifest: chart })), 201);

  const patch = {
    spec: {
      template: {
        spec: {
          '$setElementOrder/containers': [{ name: 'shop' }],
          containers: [
            {
              name: 'shop',
              image: 'registry.example/shop:2',
              '$setElementOrder/env': [{ name: 'KEPT' }, { name: 'NEW' }],
              env: [
                { name: 'NEW', value: '2' },
                { name: 'OLD', $patch: 'delete' },
              ],
            },
            { name: 'sidecar', $patch: 'delete' },
          ],
        },
      },
    },
  };
  succeeded(await helm.patch(deployment, patch, 'strategic-merge'), 200);
  const next = { ...shelf, spec: { goods: ['apples'], notes: { a: '9' } } } as KubeObject;
  const merge = threeWayMerge(shelf, next, await live(shelf));
  assert.deepEqual(merge, { spec: { goods: ['apples'], notes: { b: null, a: '9' } } });
  succeeded(await helm.patch(shelf, merge, 'merge'), 200);
  await wait([deployment]);

  const { spec } = (await live(deployment)) as unknown as {
    spec: { replicas: number; template: { spec: { containers: Record<string, unknown>[] } } };
  };
  const [main, ...others] = spec.template.spec.containers;
  assert.equal(spec.replicas, 3);
  assert.deepEqual(others, []);
  assert.equal(main?.image, 'registry.example/shop:2');
  assert.deepEqual(main?.env, [
    { name: 'KEPT', value: '1' },
    { name: 'NEW', value: '2' },
  ]);
  assert.deepEqual((await live(shelf)).spec, {
    goods: ['apples'],
    notes: { a: '9', c: '3' },
    size: 1,
  });
});

test('a rollback applies the first manifest, and is told of conflicts unless it forces', async () => {
  const refused = succeeded(await helm.apply(deployment), 409);
  assert.equal(refused.reason, 'Conflict');
  succeeded(await helm.apply(deployment, true), 200);
  await wait([deployment]);
  const { spec } = (await live(deployment)) as unknown as {
    spec: {
      replicas: number;
      template: { spec: { containers: { name: string; image: string }[] } };
    };
  };
  assert.equal(spec.replicas, 2);
  assert.deepEqual(
    spec.template.spec.containers.map(({ name, image }) => `${name} ${image}`),
    ['shop registry.example/shop:1', 'sidecar registry.example/proxy:1'],
  );
});

test('a release may be as large as a Secret, and no larger', async () => {
  const random = seededRandom(7); // What can't be packed.
  const fits = releaseSecret('large', 1, Buffer.from(random.bytes(780_000)));
  succeeded(await helm.create(fits), 201);
  const { data } = (await live(fits)) as unknown as { data: { release: string } };
  assert.equal(data.release, (fits as unknown as { data: { release: string } }).data.release);
  const exceeds = releaseSecret('large', 2, Buffer.from(random.bytes(800_000)));
  const refused = succeeded(await helm.create(exceeds), 422);
  assert.match(refused.message!, /data: Too long: may not be more than 1048576 bytes/);
  succeeded(await helm.delete(fits), 200);
});

test('the history is listed by labels, and an uninstall leaves nothing', async () => {
  const secrets = '/api/v1/namespaces/default/secrets';
  const selector = encodeURIComponent('name=shop,owner=helm');
  const history = succeeded(await helm.send('GET', `${secrets}?labelSelector=${selector}`), 200);
  const states = (history.items ?? []).map(({ metadata: { labels } }) => labels?.status);
  assert.deepEqual(states, ['superseded', 'deployed']);
  for (const each of chart.toReversed()) succeeded(await helm.delete(each), 200);
  for (const { metadata } of history.items ?? []) {
    succeeded(await helm.send('DELETE', `${secrets}/${metadata.name}`), 200);
  }
  await cluster.until(async () => {
    const path = `/api/v1/namespaces/default/pods?labelSelector=${encodeURIComponent('app.kubernetes.io/name=shop')}`;
    const { items = [] } = succeeded(await helm.send('GET', path), 200);
    return items.length === 0;
  });
  await cluster.until(async () => {
    for (const each of chart) if ((await helm.get(each)).status !== 404) return false;
    return true;
  });
  succeeded(await helm.get(crd), 200); // Definitions stay, as Helm leaves them.
});

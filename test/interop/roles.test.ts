import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type ComparedServer, startComparedServer, TOKEN } from './golden/server.ts';

// Goal: a service account that a chart gives a role works through kubectl as far as that role goes,
// and not further; and users find out with kubectl's own commands who may what.

const root = join(import.meta.dirname, '../..');
const kubectl = execFileSync('bash', [join(root, 'tools/kubectl.sh'), 'new'], {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'ignore'],
}).trim();

const folder = mkdtempSync(join(tmpdir(), 'tutti-roles-'));
let server: ComparedServer;

/** What kubectl prints for the bearer of a token, on both streams, and its exit code. */
const run = (token: string, command: string): Promise<{ text: string; code: number }> =>
  new Promise((resolve) => {
    const flags = [`--server=${server.url}`, `--token=${token}`, '--kubeconfig=/dev/null'];
    const words = command.match(/'[^']*'|\S+/g)?.map((word) => word.replace(/^'|'$/g, '')) ?? [];
    const args = [...flags, `--certificate-authority=${join(folder, 'ca.crt')}`, ...words];
    const env = { ...process.env, HOME: folder };
    execFile(kubectl, args, { env, timeout: 30_000 }, (error, out, err) => {
      resolve({ text: `${out}${err}`, code: error ? Number(error.code ?? 1) : 0 });
    });
  });

// What a chart brings: an account, what it may do in its namespace, and what in the cluster.
const CHART = `
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: robot, namespace: shop}
rules:
- {apiGroups: [""], resources: [configmaps, pods, pods/log], verbs: [get, list, watch]}
- {apiGroups: [""], resources: [configmaps], resourceNames: [leader], verbs: [update, patch]}
- {apiGroups: [apps], resources: ["deployments", "*/scale"], verbs: ["*"]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: robot, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: robot}
subjects: [{kind: ServiceAccount, name: robot}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: shop-robot}
rules:
- {apiGroups: [""], resources: [namespaces], verbs: [get, list]}
- {nonResourceURLs: [/metrics], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: shop-robot}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: shop-robot}
subjects: [{kind: ServiceAccount, name: robot, namespace: shop}]
`;

let robot = '';
before(async () => {
  server = await startComparedServer();
  writeFileSync(join(folder, 'ca.crt'), server.ca);
  writeFileSync(join(folder, 'chart.yaml'), CHART);
  for (const command of [
    'create namespace shop',
    `apply -f ${join(folder, 'chart.yaml')}`,
    'create configmap leader -n shop --from-literal=a=b',
    'create configmap other -n shop --from-literal=a=b',
    'create deployment web -n shop --image=web',
  ]) {
    const { text, code } = await run(TOKEN, command);
    assert.equal(code, 0, text);
  }
  robot = (await run(TOKEN, 'create token robot -n shop')).text.trim();
});
after(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const USER = 'User "system:serviceaccount:shop:robot"';

describe('the account of a chart', () => {
  for (const [command, prints, code = 0] of [
    ['auth whoami', /Groups +\[system:serviceaccounts system:serviceaccounts:shop system:authent/],
    ['api-resources --api-group=apps', /deployments/],
    ['get configmaps -n shop', /leader[\s\S]*other/],
    ['get pods -n shop', /No resources found/],
    ['get namespaces', /shop/],
    ['get --raw /metrics', /# TYPE/],
    ['scale deployment web -n shop --replicas=2', /deployment.apps\/web scaled/],
    [
      `patch configmap leader -n shop --type=merge -p '{"data":{"a":"c"}}'`,
      /configmap\/leader patched/,
    ],
    [
      `patch configmap other -n shop --type=merge -p '{"data":{"a":"c"}}'`,
      new RegExp(
        `configmaps "other" is forbidden: ${USER} cannot patch resource "configmaps" in API group "" in the namespace "shop"`,
      ),
      1,
    ],
    [
      'get secrets -n shop',
      new RegExp(`secrets is forbidden: ${USER} cannot list resource "secrets"`),
      1,
    ],
    [
      'get configmaps -n default',
      new RegExp(`${USER} cannot list resource "configmaps" .* in the namespace "default"`),
      1,
    ],
    ['get pods -A', new RegExp(`${USER} cannot list resource "pods" .* at the cluster scope`), 1],
    ['delete namespace shop', new RegExp(`${USER} cannot delete resource "namespaces"`), 1],
    ['get --raw /logs', new RegExp(`forbidden: ${USER} cannot get path "/logs"`), 1],
    [
      'create rolebinding more -n shop --clusterrole=admin --serviceaccount=shop:robot',
      new RegExp(`${USER} cannot create resource "rolebindings"`),
      1,
    ],
    [
      'get pods -n shop --as=admin',
      new RegExp(`${USER} cannot impersonate-on:user-info:list resource "pods"`),
      1,
    ],
    ['auth can-i list pods -n shop', /^yes$/m],
    ['auth can-i delete deployments.apps -n shop', /^yes$/m],
    ['auth can-i create pods --subresource=exec -n shop', /^no$/m, 1],
    ['auth can-i patch configmap/leader -n shop', /^yes$/m],
    ['auth can-i patch configmap/other -n shop', /^no$/m, 1],
    ['auth can-i get /metrics', /^yes$/m],
    ['auth can-i --list -n shop', /configmaps +\[\] +\[leader\] +\[update patch\]/],
  ] as const) {
    test(command, async () => {
      const found = await run(robot, command);
      assert.match(found.text, prints);
      assert.equal(found.code, code, found.text);
    });
  }
});

const RECONCILED = `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: robot, namespace: shop}
rules:
- {apiGroups: [batch], resources: [jobs], verbs: [get]}
`;

test('what an administrator asks and mends', async () => {
  const as = 'system:serviceaccount:shop:robot';
  const may = await run(TOKEN, `auth can-i get jobs.batch -n shop --as=${as}`);
  assert.match(may.text, /^no$/m);
  writeFileSync(join(folder, 'more.yaml'), RECONCILED);
  const mended = await run(TOKEN, `auth reconcile -f ${join(folder, 'more.yaml')}`);
  assert.match(mended.text, /role.rbac.authorization.k8s.io\/robot reconciled/);
  const then = await run(TOKEN, `auth can-i get jobs.batch -n shop --as=${as}`);
  assert.match(then.text, /^yes$/m);
  assert.match((await run(robot, 'get configmaps -n shop')).text, /leader/);
  await run(TOKEN, 'delete rolebinding robot -n shop');
  assert.equal((await run(robot, 'get configmaps -n shop')).code, 1);
});

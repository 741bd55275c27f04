import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { before, test } from 'node:test';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { ApiRequest } from '../../machinery/api-request.ts';
import { createMemoryStore } from '../../store/memory.ts';
import { ServiceAccountTokens } from '../auth/service-account-tokens.ts';
import { objectCodec } from '../encoding/json.ts';
import { createTestHeart, refusal, type TestHeart } from '../testing.ts';

// Goal: what a node may write is about itself, and nothing by which it gets what it isn't given.

const nodeCalled = (name: string) => ({
  name: `system:node:${name}`,
  groups: ['system:nodes', 'system:authenticated'],
});
const inDefault = { namespace: 'default' };
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

let heart: TestHeart;
const uids = new Map<string, string>();

before(async () => {
  const clock = new VirtualClock();
  const store = createMemoryStore(objectCodec);
  const accountTokens = new ServiceAccountTokens(store, clock, async () => privateKey);
  heart = await createTestHeart({ clock, store, accountTokens });
  const at = { ...inDefault, verb: 'create' } as const;
  await heart.send({ ...at, plural: 'serviceaccounts', body: { metadata: { name: 'default' } } });
  for (const [name, nodeName] of [
    ['mine', 'a'],
    ['theirs', 'b'],
  ] as const) {
    const spec = { nodeName, containers: [{ name: 'main', image: 'x' }] };
    const pod = await heart.send({ ...at, plural: 'pods', body: { metadata: { name }, spec } });
    uids.set(name, pod.metadata.uid);
  }
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  const claim = { metadata: { name: 'c' }, spec };
  await heart.send({ ...at, plural: 'persistentvolumeclaims', body: claim });
  const body = { metadata: { name: 'a' }, spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] } };
  await heart.send({ verb: 'create', plural: 'nodes', body });
});

type Asked = Partial<ApiRequest> & Pick<ApiRequest, 'verb' | 'plural'>;

const create = (plural: string, name: string, more: object = {}): Asked => ({
  ...{ verb: 'create', plural, options: { dryRun: ['All'] } },
  body: { metadata: { name, ...more } },
});
const patch = (plural: string, name: string, body: object, more: Partial<Asked> = {}): Asked => ({
  ...{ verb: 'patch', plural, name, patchType: 'merge', body, ...more },
  options: { dryRun: ['All'] },
});
const lease = (name: string): Asked => ({
  ...create('leases', name),
  ...{ group: 'coordination.k8s.io', namespace: 'kube-node-lease' },
});
const token = (bound: object | undefined): Asked => ({
  ...{ verb: 'create', plural: 'serviceaccounts', ...inDefault, name: 'default' },
  ...{ subresource: 'token', body: { spec: { ...(bound && { boundObjectRef: bound }) } } },
});
const pod = (name: string, more: object = {}) => ({
  ...{ kind: 'Pod', apiVersion: 'v1', name, uid: uids.get(name) },
  ...more,
});
const labels = (more: object) => ({ metadata: { labels: more } });
const ofClaim = { ...inDefault, subresource: 'status' };

for (const { name, by = 'a', request, want } of [
  { name: 'its own object', request: () => create('nodes', 'a2'), want: /modify node "a2"$/ },
  {
    name: 'its labels, as it is made',
    by: 'new',
    request: () => create('nodes', 'new', { labels: { 'kubernetes.io/os': 'linux', mine: 'x' } }),
  },
  {
    name: 'labels that others choose nodes by',
    by: 'new',
    request: () =>
      create('nodes', 'new', {
        labels: { 'x.node-restriction.kubernetes.io/y': '', 'node-role.kubernetes.io/z': '' },
      }),
    want: /node "new" is not allowed to set the following labels: node-role\.kubernetes\.io\/z, x\.node-restriction\.kubernetes\.io\/y$/,
  },
  {
    name: 'a label of another kind',
    request: () => patch('nodes', 'a', labels({ 'node.kubernetes.io/mine': 'x', any: 'y' })),
  },
  {
    name: 'a label that is for others to set',
    request: () => patch('nodes', 'a', labels({ 'node-restriction.kubernetes.io/y': 'x' })),
    want: 'nodes "a" is forbidden: is not allowed to modify labels: node-restriction.kubernetes.io/y',
  },
  {
    name: 'taints, as of the status',
    request: () => patch('nodes', 'a', { spec: { taints: [] } }),
    want: 'nodes "a" is forbidden: node "a" is not allowed to modify taints',
  },
  {
    name: 'the status',
    request: () => patch('nodes', 'a', { status: { phase: 'Running' } }, { subresource: 'status' }),
  },
  { name: 'its lease', request: () => lease('a') },
  {
    name: 'the lease of another',
    request: () => lease('b'),
    want: /can only access node lease with the same name as the requesting node$/,
  },
  {
    name: 'labels of a pod',
    request: () =>
      patch('pods', 'mine', labels({ x: 'y' }), { ...inDefault, subresource: 'status' }),
    want: /node "a" cannot update labels through pod status$/,
  },
  {
    name: 'how large a claim is',
    request: () =>
      patch('persistentvolumeclaims', 'c', { status: { capacity: { storage: '2Gi' } } }, ofClaim),
  },
  {
    name: 'what a claim is bound to',
    request: () => patch('persistentvolumeclaims', 'c', { status: { phase: 'Bound' } }, ofClaim),
    want: /not allowed to update fields other than status\.capacity and status\.conditions$/,
  },
  { name: 'a token of its pod', request: () => token(pod('mine')) },
  {
    name: 'a token for ever',
    request: () => token(undefined),
    want: /node requested token not bound to a pod$/,
  },
  {
    name: 'a token of a pod by name',
    request: () => token(pod('mine', { uid: '' })),
    want: /node requested token with a pod binding without a uid$/,
  },
  {
    name: 'a token of an earlier pod',
    request: () => token(pod('mine', { uid: 'u' })),
    want: /the UID in the bound object reference \(u\) does not match the UID in record/,
  },
  {
    name: 'a token of a pod elsewhere',
    request: () => token(pod('theirs')),
    want: /node requested token bound to a pod scheduled on a different node$/,
  },
] as readonly { name: string; by?: string; request: () => Asked; want?: string | RegExp }[]) {
  test(`a node ${want === undefined ? 'may' : 'may not'} write ${name}`, async () => {
    const node = nodeCalled(by);
    if (want === undefined) await heart.send(request(), node);
    else await assert.rejects(heart.send(request(), node), refusal(403, want));
    // Others are not asked.
    if (want !== undefined && !/earlier/.test(name)) await heart.send(request());
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../machinery/object.ts';
import { PodInfo } from '../pod-info.ts';
import type { Snapshot } from '../snapshot.ts';
import { onlyPlugins, refusals, testCluster, testNode, testPod } from '../test-objects.ts';
import { dynamicResources } from './dynamic-resources.ts';
import { volumeBinding, volumeClaims } from './volume-binding.ts';

const profile = onlyPlugins({ prefilters: [volumeClaims], filters: [volumeBinding] });
const NODES = [testNode('a', { labels: { zone: 'a' } }), testNode('b', { labels: { zone: 'b' } })];

const object = (metadata: object, spec: object, more: object = {}): KubeObject =>
  ({ metadata, spec, ...more }) as unknown as KubeObject;
const claim = (spec: object, metadata: object = {}, more: object = {}): KubeObject =>
  object({ name: 'data', namespace: 'default', ...metadata }, spec, more);
const bound = { annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } };
const volume = object(
  { name: 'v' },
  {
    nodeAffinity: {
      required: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['a'] }] }],
      },
    },
  },
);
const late = object({ name: 'late' }, {}, { volumeBindingMode: 'WaitForFirstConsumer' });

const pod = testPod('p', {
  spec: { volumes: [{ name: 'x', persistentVolumeClaim: { claimName: 'data' } }] },
});
const ephemeral = testPod('p', { spec: { volumes: [{ name: 'x', ephemeral: {} }] } });

interface Row {
  name: string;
  claim?: KubeObject;
  volume?: KubeObject;
  pod?: typeof pod;
  want: Record<string, string>;
}

const all = (message: string) => ({ '*': `!${message}` });
const each = (message: string) => ({ a: `!${message}`, b: `!${message}` });

// Goal: claims as users meet them, each with the words that Kubernetes has for it.
for (const { name, claim: given, volume: there, pod: asked = pod, want } of [
  { name: 'no such claim', want: all('persistentvolumeclaim "data" not found') },
  {
    name: 'not bound',
    claim: claim({}),
    want: all('pod has unbound immediate PersistentVolumeClaims'),
  },
  {
    name: 'not bound yet, though a volume is named',
    claim: claim({ volumeName: 'v' }),
    want: all('pod has unbound immediate PersistentVolumeClaims'),
  },
  {
    name: 'bound to a volume of one zone',
    claim: claim({ volumeName: 'v' }, bound),
    volume,
    want: { b: "!node(s) didn't match PersistentVolume's node affinity" },
  },
  {
    name: 'bound to a volume that is gone',
    claim: claim({ volumeName: 'v' }, bound),
    want: each('node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)'),
  },
  {
    name: 'its volume is lost',
    claim: claim({ volumeName: 'v' }, bound, { status: { phase: 'Lost' } }),
    want: all('persistentvolumeclaim "data" bound to non-existent persistentvolume "v"'),
  },
  {
    name: 'being deleted',
    claim: claim({}, { deletionTimestamp: 'x' }),
    want: all('persistentvolumeclaim "data" is being deleted'),
  },
  {
    name: 'waiting for its first pod',
    claim: claim({ storageClassName: 'late' }),
    want: each("node(s) didn't find available persistent volumes to bind"),
  },
  {
    name: 'made for the pod, not yet',
    pod: ephemeral,
    want: all('waiting for ephemeral volume controller to create the persistentvolumeclaim "p-x"'),
  },
  {
    name: 'of the name of one made for the pod',
    pod: ephemeral,
    claim: claim({}, { name: 'p-x' }),
    want: all('PVC default/p-x was not created for pod default/p (pod is not owner)'),
  },
] as Row[]) {
  test(`VolumeBinding: ${name}`, () => {
    let snapshot: Snapshot = testCluster(NODES).withObject('storageClasses', late);
    if (given) snapshot = snapshot.withObject('claims', given);
    if (there) snapshot = snapshot.withObject('volumes', there);
    assert.deepEqual(refusals(profile, snapshot, asked), want);
  });
}

test('VolumeBinding: only its own claims help a pod', () => {
  const helps = (metadata: object) =>
    volumeBinding.helps!(new PodInfo(pod), {
      event: 'PersistentVolumeClaim/Update',
      claim: claim({}, metadata) as never,
    });
  assert.deepEqual(
    [helps({}), helps({ name: 'x' }), helps({ namespace: 'x' })],
    [true, false, false],
  );
});

test('DynamicResources: what cannot be allocated is refused', () => {
  const asking = testPod('p', { spec: { resourceClaims: [{ name: 'gpu' }] } });
  const got = refusals(onlyPlugins({ prefilters: [dynamicResources] }), testCluster(NODES), asking);
  assert.deepEqual(got, { '*': '!resource claims are not supported' });
});

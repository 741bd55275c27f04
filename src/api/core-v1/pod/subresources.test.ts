import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changed, made } from '../../fixture.ts';
import { pods } from './pod.ts';

// Goal: what the subresources of a pod change, and that they change nothing else.

const resources = { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '2', memory: '2Gi' } };
const container = { name: 'main', image: 'web:1.4', resources };
const pod = made(pods, { spec: { containers: [container] } });
const look = { name: 'look', image: 'look:1' };

test('a container to look at a pod comes alone', () => {
  const patch = {
    metadata: { labels: { a: 'b' } },
    spec: { ephemeralContainers: [look], nodeName: 'n' },
  };
  const { object, errors } = changed(pods, pod, patch, 'ephemeralcontainers');
  assert.deepEqual(errors, []);
  assert.equal(object.spec.ephemeralContainers?.[0]?.name, 'look');
  assert.equal(object.spec.nodeName, undefined);
  assert.equal(object.metadata.labels, undefined);
});

test('and stays as it is', () => {
  const previous = changed(
    pods,
    pod,
    { spec: { ephemeralContainers: [look] } },
    'ephemeralcontainers',
  ).object;
  const refused = (ephemeralContainers: object[]) =>
    changed(pods, previous, { spec: { ephemeralContainers } }, 'ephemeralcontainers').errors;
  const at = 'spec.ephemeralContainers: Forbidden: existing ephemeral containers "look" may not be';
  assert.match(refused([{ ...look, image: 'look:2' }])[0]!, new RegExp(`^${at} changed`));
  assert.equal(refused([])[0], `${at} removed\n`);
});

const resized = (resources: object) => {
  const patch = { spec: { containers: [{ ...container, resources }] } };
  return changed(pods, pod, patch, 'resize');
};

test('cpu and memory of a running container change', () => {
  const { object, errors } = resized({ ...resources, requests: { cpu: '1500m', memory: '1Gi' } });
  assert.deepEqual(errors, []);
  assert.equal(object.spec.containers[0]?.resources?.requests?.cpu, '1500m');
});

for (const { name, changes, want } of [
  {
    name: 'other resources',
    changes: { ...resources, requests: { ...resources.requests, 'ephemeral-storage': '1Gi' } },
    want: ['spec: Forbidden: only cpu and memory resources are mutable'],
  },
  {
    name: 'how the pod is treated',
    changes: { requests: resources.limits, limits: resources.limits },
    want: [
      'spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing',
    ],
  },
  {
    name: 'resources taken away',
    changes: {},
    want: [
      'spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing',
      'spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed',
      'spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed',
    ],
  },
]) {
  test(`a resize refuses: ${name}`, () => assert.deepEqual(resized(changes).errors, want));
}

const sidecar = { name: 'side', image: 'side:1', resources, restartPolicy: 'Always' };
const first = { name: 'first', image: 'first:1', resources };
const initial = made(pods, { spec: { containers: [container], initContainers: [first, sidecar] } });
const more = { ...resources, requests: { cpu: '2', memory: '1Gi' } };

for (const { name, spec, want } of [
  {
    name: 'init containers',
    spec: {
      initContainers: [
        { ...first, resources: more },
        { ...sidecar, resources: more },
      ],
    },
    want: [],
  },
  {
    name: 'what init containers store',
    spec: {
      initContainers: [
        {
          ...first,
          resources: { ...resources, limits: { ...resources.limits, 'ephemeral-storage': '1Gi' } },
        },
        sidecar,
      ],
    },
    want: [
      'spec.initContainers[0]: Forbidden: only cpu and memory resources for init or sidecar containers are mutable',
    ],
  },
  {
    name: 'the order of containers',
    spec: { initContainers: [sidecar, first] },
    want: [
      'spec.initContainers[0].name: Forbidden: initContainers may not be renamed or reordered on resize',
      'spec.initContainers[1].name: Forbidden: initContainers may not be renamed or reordered on resize',
    ],
  },
  {
    name: 'the number of containers',
    spec: { containers: [container, { ...container, name: 'b' }] },
    want: ['spec.containers: Forbidden: containers may not be added or removed on resize'],
  },
  {
    name: 'how a container is resized',
    spec: {
      containers: [
        { ...container, resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }] },
      ],
    },
    want: ['spec: Forbidden: only cpu and memory resources are mutable'],
  },
]) {
  test(`a resize may${want.length > 0 ? ' not' : ''} change: ${name}`, () =>
    assert.deepEqual(changed(pods, initial, { spec }, 'resize').errors, want));
}

const whole = made(pods, {
  spec: { containers: [{ name: 'main', image: 'web:1.4' }], resources },
});

for (const { name, changes, want } of [
  { name: 'more', changes: more, want: [] },
  {
    name: 'nothing',
    changes: null,
    want: [
      'spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing',
      'spec.resources: Forbidden: pod-level resources cannot be removed',
    ],
  },
  {
    name: 'less kinds',
    changes: { limits: { memory: null } },
    want: ['spec.resources.limits: Forbidden: pod-level resource limits cannot be removed'],
  },
  {
    name: 'huge pages',
    changes: { limits: { 'hugepages-2Mi': '4Mi' } },
    want: ['spec: Forbidden: only cpu and memory resources are mutable at pod-level'],
  },
]) {
  test(`a pod resized as a whole to ${name}`, () => {
    const { errors } = changed(pods, whole, { spec: { resources: changes } }, 'resize');
    assert.deepEqual(errors, want);
  });
}

test('a resize changes no image', () => {
  const patch = { spec: { containers: [{ ...container, image: 'web:2' }] } };
  const { object, errors } = changed(pods, pod, patch, 'resize');
  assert.deepEqual(errors, []);
  assert.equal(object.spec.containers[0]?.image, 'web:1.4');
});

test('pods of the node itself are not resized', () => {
  const annotations = { 'kubernetes.io/config.mirror': 'x' };
  const mirror = made(pods, { metadata: { annotations }, spec: { containers: [container] } });
  const { errors } = changed(pods, mirror, {}, 'resize');
  assert.match(errors.join(), /static pods cannot be resized/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changed, decoded, made, refusals, withStatus } from '../../fixture.ts';
import { pods } from './pod.ts';

// Goal: what is filled in and refused of a pod as a whole, and how long it has to shut down.

const container = { name: 'main', image: 'web:1.4' };
const body = (spec: object = {}) => ({ spec: { containers: [container], ...spec } });

test('what is left out is filled in, once', () => {
  const draft = decoded(pods, body());
  const { restartPolicy, dnsPolicy, schedulerName, terminationGracePeriodSeconds } = draft.spec;
  assert.deepEqual(
    [restartPolicy, dnsPolicy, schedulerName, terminationGracePeriodSeconds],
    ['Always', 'ClusterFirst', 'default-scheduler', 30],
  );
  const before = structuredClone(draft);
  pods.defaults?.(draft);
  assert.deepEqual(draft, before);
});

for (const { image, policy } of [
  { image: 'web', policy: 'Always' },
  { image: 'web:latest', policy: 'Always' },
  { image: 'web:1.4', policy: 'IfNotPresent' },
  { image: 'host:5000/web', policy: 'Always' },
  {
    image: 'web@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    policy: 'IfNotPresent',
  },
]) {
  test(`${image.slice(0, 20)} is pulled ${policy}`, () => {
    const { containers } = decoded(pods, { spec: { containers: [{ name: 'a', image }] } }).spec;
    assert.equal(containers[0]?.imagePullPolicy, policy);
  });
}

test('what is limited is asked for', () => {
  const limited = {
    ...container,
    resources: { limits: { cpu: '1' }, requests: { memory: '1Gi' } },
  };
  const { containers } = decoded(pods, body({ containers: [limited] })).spec;
  assert.deepEqual(containers[0]?.resources?.requests, { memory: '1Gi', cpu: '1' });
});

test('ports of a pod on its node are those of the node', () => {
  const served = { ...container, ports: [{ containerPort: 80 }] };
  const { containers } = decoded(pods, body({ hostNetwork: true, containers: [served] })).spec;
  assert.deepEqual(containers[0]?.ports, [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }]);
});

test('a new pod is pending, and says how it is treated', () => {
  assert.deepEqual(made(pods, body()).status, { phase: 'Pending', qosClass: 'BestEffort' });
});

test('a gated pod says so', () => {
  const { status } = made(pods, body({ schedulingGates: [{ name: 'a/b' }] }));
  assert.equal(status.conditions?.[0]?.reason, 'SchedulingGated');
});

for (const { name, spec, want } of [
  { name: 'nothing wrong', spec: {}, want: [] },
  { name: 'no containers', spec: { containers: [] }, want: ['spec.containers: Required value'] },
  {
    name: 'two containers of a name',
    spec: { containers: [container, container] },
    want: ['spec.containers[1].name: Duplicate value: "main"'],
  },
  {
    name: 'a restart policy nobody knows',
    spec: { restartPolicy: 'Perhaps' },
    want: [
      'spec.restartPolicy: Unsupported value: "Perhaps": supported values: "Always", "OnFailure", "Never"',
    ],
  },
  {
    name: 'a mount of a volume that there is not',
    spec: { containers: [{ ...container, volumeMounts: [{ name: 'v', mountPath: '/v' }] }] },
    want: ['spec.containers[0].volumeMounts[0].name: Not found: "v"'],
  },
  {
    name: 'more asked for than allowed',
    spec: {
      containers: [{ ...container, resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }],
    },
    want: [
      'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
    ],
  },
  {
    name: 'containers to look at it, from the start',
    spec: { ephemeralContainers: [{ name: 'look', image: 'look:1' }] },
    want: ['spec.ephemeralContainers: Forbidden: cannot be set on create'],
  },
  {
    name: 'a node for a pod that waits',
    spec: { nodeName: 'n', schedulingGates: [{ name: 'a/b' }] },
    want: ['spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared'],
  },
  {
    name: "users of its own with what is the host's",
    spec: {
      hostUsers: false,
      hostNetwork: true,
      volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }],
      containers: [{ ...container, volumeDevices: [{ name: 'v', devicePath: '/dev/x' }] }],
    },
    want: [
      'spec.hostNetwork: Forbidden: when `hostUsers` is false',
      'spec.containers[0].volumeDevices: Forbidden: when `hostUsers` is false',
    ],
  },
  {
    name: 'a rule that does what nobody knows',
    spec: {
      containers: [
        {
          ...container,
          restartPolicy: 'Never',
          restartPolicyRules: ['Rest', undefined].map((action) => ({
            action,
            exitCodes: { operator: 'In', values: [1] },
          })),
        },
      ],
    },
    want: [
      'spec.containers[0].restartPolicyRules[0].action: Unsupported value: "Rest": supported values: "Restart", "RestartAllContainers"',
      'spec.containers[0].restartPolicyRules[1].action: Unsupported value: "": supported values: "Restart", "RestartAllContainers"',
    ],
  },
  {
    name: 'a restart when resized of what runs but once',
    spec: {
      initContainers: ['Always', undefined].map((restartPolicy, i) => ({
        ...container,
        name: `init-${i}`,
        restartPolicy,
        resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }],
      })),
    },
    want: [
      `spec.initContainers[1].resizePolicy[0].restartPolicy: Invalid value: "RestartContainer": must not be set to 'RestartContainer' for non-sidecar initContainers`,
    ],
  },
  {
    name: 'resources of the pod as a whole, on Windows',
    spec: { os: { name: 'windows' }, resources: { limits: { cpu: '1' } } },
    want: ['spec.resources: Forbidden: may not be set for a windows pod'],
  },
  {
    name: 'labels of its own to spread by, without a selector',
    spec: {
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'z',
          whenUnsatisfiable: 'DoNotSchedule',
          matchLabelKeys: ['a b'],
        },
      ],
    },
    want: [
      'spec.topologySpreadConstraints[0].matchLabelKeys: Forbidden: must not be specified when labelSelector is not set',
    ],
  },
]) {
  test(`refuses: ${name}`, () => assert.deepEqual(refusals(pods, body(spec)), want));
}

test('what its containers store locally is not asked for as a whole', () => {
  const stored = { ...container, resources: { requests: { 'ephemeral-storage': '1Gi' } } };
  const spec = { containers: [stored], resources: { limits: { cpu: '1' } } };
  assert.deepEqual(refusals(pods, body(spec)), []);
});

test('a label to spread by that the pod has is refused beside one of the selector', () => {
  const constraint = {
    maxSkew: 1,
    topologyKey: 'z',
    whenUnsatisfiable: 'DoNotSchedule',
    labelSelector: { matchLabels: { app: 'x' } },
    matchLabelKeys: ['app'],
  };
  const pod = {
    metadata: { labels: { app: 'x' } },
    ...body({ topologySpreadConstraints: [constraint] }),
  };
  assert.deepEqual(refusals(pods, pod), [
    'spec.topologySpreadConstraints[0][0]: Invalid value: "app": exists in both matchLabelKeys and labelSelector',
  ]);
});

test('tolerations of old are looked at, too', () => {
  const annotations = {
    'scheduler.alpha.kubernetes.io/tolerations': '[{"key":"a","operator":"Near"}]',
  };
  assert.deepEqual(refusals(pods, { metadata: { annotations }, ...body() }), [
    'metadata.annotations.scheduler.alpha.kubernetes.io/tolerations[0].operator: Unsupported value: "Near": supported values: "Equal", "Exists"',
  ]);
});

for (const { text, why } of [
  { text: '{', why: 'unexpected end of JSON input' },
  {
    text: '{}',
    why: 'json: cannot unmarshal object into Go value of type []core.Toleration',
  },
  {
    text: '[{"key":5}]',
    why: 'json: cannot unmarshal number into Go struct field Toleration.key of type string',
  },
]) {
  test(`tolerations of old that are none: ${text}`, () => {
    const annotations = { 'scheduler.alpha.kubernetes.io/tolerations': text };
    assert.deepEqual(refusals(pods, { metadata: { annotations }, ...body() }), [
      `metadata.annotations: Invalid value: "scheduler.alpha.kubernetes.io/tolerations": ${why}`,
    ]);
  });
}

test('a toleration of old that is null is an empty one', () => {
  const annotations = { 'scheduler.alpha.kubernetes.io/tolerations': '[null]' };
  assert.match(
    refusals(pods, { metadata: { annotations }, ...body() }).join(),
    /tolerations\[0\]\.operator: Invalid value: ""/,
  );
});

test('less than no time to end is as little as there is, and old init containers are dropped', () => {
  const annotations = { 'pod.beta.kubernetes.io/init-containers': '[]', a: 'b' };
  const pod = { metadata: { annotations }, ...body({ terminationGracePeriodSeconds: -5 }) };
  const { metadata, spec } = decoded(pods, pod);
  assert.equal(spec.terminationGracePeriodSeconds, 1);
  assert.deepEqual(metadata.annotations, { a: 'b' });
});

for (const { name, spec, status, asked, want } of [
  { name: 'on no node', spec: {}, status: {}, asked: undefined, want: 0 },
  { name: 'on a node', spec: { nodeName: 'n' }, status: {}, asked: undefined, want: 30 },
  { name: 'asked for less', spec: { nodeName: 'n' }, status: {}, asked: 5, want: 5 },
  { name: 'asked for none', spec: { nodeName: 'n' }, status: {}, asked: 0, want: 0 },
  {
    name: 'with a negative one, which is accepted',
    spec: { nodeName: 'n', terminationGracePeriodSeconds: -9 },
    status: {},
    asked: undefined,
    want: 1,
  },
  { name: 'done', spec: { nodeName: 'n' }, status: { phase: 'Succeeded' }, asked: 9, want: 0 },
]) {
  test(`the grace period of a pod ${name}`, () => {
    const pod = withStatus(made(pods, body(spec)), { phase: 'Running', ...status });
    assert.equal(pods.gracePeriodSeconds?.(pod, asked), want);
  });
}

test('a pod that is stored changes in nothing but metadata without a rule', () => {
  const pod = made(pods, body());
  assert.deepEqual(changed(pods, pod, { metadata: { labels: { a: 'b' } } }).errors, []);
});

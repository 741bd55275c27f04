import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changed, made, withStatus } from '../../fixture.ts';
import { pods } from './pod.ts';

// Goal: what a node may say of a pod that it runs, and what nobody may say.

const container = { name: 'main', image: 'web:1.4' };
const ended = (exitCode: number) => ({ name: 'main', state: { terminated: { exitCode } } });
const running = { name: 'main', state: { running: {} } };
const init = [{ name: 'pull', image: 'web:1.4' }];
const rule = (action: string) => ({
  restartPolicy: 'Never',
  restartPolicyRules: [{ action, exitCodes: { operator: 'In', values: [7] } }],
});

const STAYS = [
  'status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state',
];

interface Row {
  readonly name: string;
  readonly spec?: object;
  readonly metadata?: object;
  readonly before?: object;
  readonly status: object;
  readonly want?: readonly string[];
}

const rows: readonly Row[] = [
  {
    name: 'a generation below none',
    status: { observedGeneration: -1, conditions: [{ type: 'Ready', observedGeneration: -2 }] },
    want: [
      'status.conditions[0].observedGeneration: Invalid value: -2: must be a non-negative integer',
      'status.observedGeneration: Invalid value: -1: must be a non-negative integer',
    ],
  },
  {
    name: 'a condition of no name',
    status: { conditions: [{ type: 'a b', status: 'True' }] },
    want: [
      `status.conditions[0].Type: Invalid value: "a b": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
    ],
  },
  {
    name: 'room for a pod that is somewhere',
    spec: { nodeName: 'n' },
    status: { nominatedNodeName: 'm' },
    want: [
      'status.nominatedNodeName: Forbidden: may not be set on pods that are already bound to a node',
    ],
  },
  {
    name: 'a life after death, never',
    spec: { restartPolicy: 'Never' },
    before: { containerStatuses: [ended(1)] },
    status: { containerStatuses: [running] },
    want: STAYS,
  },
  {
    name: 'a life after success, on failure',
    spec: { restartPolicy: 'OnFailure' },
    before: { containerStatuses: [ended(0)] },
    status: { containerStatuses: [running] },
    want: STAYS,
  },
  {
    name: 'a life after failure, on failure',
    spec: { restartPolicy: 'OnFailure' },
    before: { containerStatuses: [ended(1)] },
    status: { containerStatuses: [running] },
  },
  {
    name: 'a life after an end that a rule knows',
    spec: { restartPolicy: 'Never', containers: [{ ...container, ...rule('Restart') }] },
    before: { containerStatuses: [ended(7)] },
    status: { containerStatuses: [running] },
  },
  {
    name: 'a life after an end that no rule knows',
    spec: { containers: [{ ...container, ...rule('Restart') }] },
    before: { containerStatuses: [ended(8)] },
    status: { containerStatuses: [running] },
    want: STAYS,
  },
  {
    name: 'a life together',
    spec: {
      restartPolicy: 'Never',
      initContainers: [{ ...init[0], ...rule('RestartAllContainers') }],
    },
    before: { containerStatuses: [ended(1)] },
    status: { containerStatuses: [running] },
  },
  {
    name: 'addresses that are none, or two of a family',
    status: { podIPs: [{ ip: '1.2.3.400' }, { ip: '1.2.3.4' }] },
    want: [
      'status.podIPs[0]: Invalid value: "1.2.3.400": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      'status.podIPs: Invalid value: [{"IP":"1.2.3.400"},{"IP":"1.2.3.4"}]: may specify no more than one IP for each IP family',
    ],
  },
  {
    name: 'an odd address that was there',
    before: { hostIP: '1.2.3.04', hostIPs: [{ ip: '1.2.3.04' }] },
    status: { hostIP: '1.2.3.04', hostIPs: [{ ip: '1.2.3.04' }] },
  },
  {
    name: 'users that are none',
    status: { containerStatuses: [{ name: 'main', user: { linux: { uid: -1, gid: 2 ** 31 } } }] },
    want: [
      'status.containerStatuses[0].user.linux.uid: Invalid value: -1: must be between 0 and 2147483647, inclusive',
      'status.containerStatuses[0].user.linux.gid: Invalid value: 2147483648: must be between 0 and 2147483647, inclusive',
    ],
  },
  {
    name: 'devices that nobody asked for',
    status: {
      containerStatuses: [
        {
          name: 'main',
          allocatedResourcesStatus: [
            {
              name: 'a.example/press',
              resources: [
                { resourceID: 'x', health: 'Fine' },
                { resourceID: 'x', health: 'Healthy' },
              ],
            },
            { name: 'claim:c' },
          ],
        },
      ],
      ephemeralContainerStatuses: [{ name: 'look', allocatedResourcesStatus: [{ name: 'a' }] }],
    },
    want: [
      'status.containerStatuses[0].allocatedResourcesStatus[0].name: Invalid value: "a.example/press": must match one of the container\'s resource requests',
      'status.containerStatuses[0].allocatedResourcesStatus[0].resources[0].health: Unsupported value: "Fine": supported values: "Healthy", "Unhealthy", "Unknown"',
      'status.containerStatuses[0].allocatedResourcesStatus[0].resources[1].resourceID: Duplicate value: "x"',
      "status.containerStatuses[0].allocatedResourcesStatus[1].name: Invalid value: \"claim:c\": must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty",
      'status.ephemeralContainerStatuses[0].allocatedResourcesStatus: Forbidden: must not be specified in container status',
    ],
  },
  {
    name: 'a claim for nothing',
    status: { extendedResourceClaimStatus: { requestMappings: [], resourceClaimName: '' } },
    want: [
      'status.extendedResourceClaimStatus.requestMappings: Required value: at least one request mapping is required',
      'status.extendedResourceClaimStatus.resourceClaimName: Required value',
    ],
  },
  {
    name: 'an annotation that means something else',
    metadata: { annotations: { 'controller.kubernetes.io/pod-deletion-cost': 'x' } },
    status: {},
    want: [
      'metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "x": must be a 32bit integer',
    ],
  },
];

for (const { name, spec, metadata, before, status, want = [] } of rows) {
  test(`${want.length === 0 ? 'may say' : 'may not say'}: ${name}`, () => {
    const pod = made(pods, { spec: { containers: [container], ...spec } });
    const previous = withStatus(pod, { ...pod.status, ...before });
    const patch = { ...(metadata && { metadata }), status };
    assert.deepEqual(changed(pods, previous, patch, 'status').errors, want);
  });
}

test('what of the spec was seen last stays said', () => {
  const conditions = [{ type: 'Ready', status: 'True', observedGeneration: 3 }];
  const previous = withStatus(made(pods, { spec: { containers: [container] } }), {
    observedGeneration: 4,
    conditions,
  });
  const next = [{ type: 'Ready', status: 'False' }];
  const patch = { status: { observedGeneration: null, conditions: next } };
  const { status } = changed(pods, previous, patch, 'status').object;
  assert.equal(status.observedGeneration, 4);
  assert.equal(status.conditions?.[0]?.observedGeneration, 3);
});

test('what belongs to closed features is dropped', () => {
  const pod = made(pods, { spec: { containers: [container] } });
  const patch = { status: { containerStatuses: [{ ...running, stopSignal: 'SIGUSR1' }] } };
  const { status } = changed(pods, pod, patch, 'status').object;
  assert.equal(status.containerStatuses?.[0]?.stopSignal, undefined);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toTime } from '../../base/clock.ts';
import { cellsOf, changed, made, NOW, refusals, withStatus } from '../fixture.ts';
import { deviceClasses } from './device-class.ts';
import { resourceClaims } from './resource-claim.ts';
import { resourceClaimTemplates } from './resource-claim-template.ts';

// Goal: a claim asks for devices in a way that can be met, and keeps what it got.

const REQUEST = { name: 'r', exactly: { deviceClassName: 'press.example' } };
const claim = (devices: object) => ({ spec: { devices } });
const asking = (exactly: object) =>
  claim({ requests: [{ name: 'r', exactly: { ...REQUEST.exactly, ...exactly } }] });

test('one device unless said', () => {
  const body = claim({
    requests: [
      REQUEST,
      {
        name: 's',
        firstAvailable: [
          { name: 'a', deviceClassName: 'c', allocationMode: 'All', tolerations: [{}] },
        ],
      },
    ],
  });
  assert.deepEqual(made(resourceClaims, body).spec.devices.requests, [
    { name: 'r', exactly: { ...REQUEST.exactly, allocationMode: 'ExactCount', count: 1 } },
    {
      name: 's',
      firstAvailable: [
        {
          name: 'a',
          deviceClassName: 'c',
          allocationMode: 'All',
          tolerations: [{ operator: 'Equal' }],
        },
      ],
    },
  ]);
});

const CLAIMS = [
  { name: 'one device', body: claim({ requests: [REQUEST] }), want: [] },
  {
    name: 'nothing in particular',
    body: claim({ requests: [{ name: 'r' }, { ...REQUEST, firstAvailable: [{ name: 'a' }] }] }),
    want: [
      'requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required',
      'requests[1]: Invalid value: null: exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set',
      'requests[1]: Duplicate value: "r"',
    ],
  },
  {
    name: 'an odd mode',
    body: asking({ deviceClassName: '', allocationMode: 'Odd' }),
    want: [
      'requests[0].exactly.deviceClassName: Required value',
      'requests[0].exactly.allocationMode: Unsupported value: "Odd": supported values: "All", "ExactCount"',
    ],
  },
  {
    name: 'less than none',
    body: asking({ count: -1 }),
    want: ['requests[0].exactly.count: Invalid value: -1: must be greater than zero'],
  },
  {
    name: 'two of all',
    body: asking({ allocationMode: 'All', count: 2 }),
    want: [
      "requests[0].exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'",
    ],
  },
  {
    name: 'nothing to select by',
    body: asking({ selectors: [{}, { cel: { expression: 'x'.repeat(10_241) } }] }),
    want: [
      'requests[0].exactly.selectors[0].cel: Required value',
      'requests[0].exactly.selectors[1].cel.expression: Too long: may not be more than 10240 bytes',
    ],
  },
  {
    name: 'odd tolerations',
    body: asking({
      tolerations: [
        { key: 'k', operator: 'Exists', value: 'v', effect: 'Odd' },
        { key: 'k', operator: 'Odd' },
      ],
    }),
    want: [
      'requests[0].exactly.tolerations[0].value: Invalid value: "v": must be empty for operator `Exists`',
      'requests[0].exactly.tolerations[0].effect: Unsupported value: "Odd": supported values: "NoExecute", "NoSchedule", "None"',
      'requests[0].exactly.tolerations[1].operator: Unsupported value: "Odd": supported values: "Equal", "Exists"',
    ],
  },
  {
    name: 'constraints on what is not there',
    body: claim({
      requests: [REQUEST],
      constraints: [
        { requests: ['r', 'ghost', 'r/a', 'a/b/c'], matchAttribute: 'model' },
        { distinctAttribute: '/x' },
        {},
      ],
    }),
    want: [
      ...[
        '[1]: Invalid value: "ghost"',
        '[2]: Invalid value: "r/a"',
        '[3]: Invalid value: "a/b/c"',
      ].map(
        (text) =>
          `constraints[0].requests${text}: must be the name of a request in the claim or the name of a request and a subrequest separated by '/'`,
      ),
      'constraints[0].matchAttribute: Invalid value: "model": a fully qualified name must be a domain and a name separated by a slash',
      'constraints[1].distinctAttribute: Invalid value: "": the domain must not be empty',
      'constraints[2]: Required value: exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set',
    ],
  },
  {
    name: 'odd configurations',
    body: claim({
      requests: [REQUEST],
      config: [{}, { opaque: { driver: '', parameters: [] } }, { opaque: { driver: 'd' } }],
    }),
    want: [
      'config[0].opaque: Required value',
      'config[1].opaque.driver: Required value',
      'config[1].opaque.parameters: Invalid value: "<value omitted>": must be a valid JSON object',
      'config[2].opaque.parameters: Required value',
    ],
  },
  {
    name: 'too much',
    body: claim({
      requests: Array.from({ length: 33 }, (_, i) => ({ ...REQUEST, name: `r${i}` })),
    }),
    want: ['requests: Too many: 33: must have at most 32 items'],
  },
];

for (const { name, body, want } of CLAIMS) {
  test(`a claim of ${name}`, () => {
    const errors = refusals(resourceClaims, body).filter((text) => !text.includes('RFC 1123'));
    assert.deepEqual(
      errors,
      want.map((text) => `spec.devices.${text}`),
    );
  });
  test(`a template for claims of ${name}`, () => {
    const errors = refusals(resourceClaimTemplates, { spec: body }).filter(
      (text) => !text.includes('RFC 1123'),
    );
    assert.deepEqual(
      errors,
      want.map((text) => `spec.spec.devices.${text}`),
    );
  });
}

test('what a claim asks for stays', () => {
  const { errors } = changed(resourceClaims, made(resourceClaims, claim({ requests: [REQUEST] })), {
    spec: { devices: { requests: [] } },
  });
  assert.deepEqual(errors, [
    'spec: Invalid value: {"Devices":{"Requests":[],"Constraints":null,"Config":null}}: field is immutable',
  ]);
});

test('a template gives claims labels and annotations, no more', () => {
  const body = { spec: { metadata: { name: 'n', labels: { a: 'b c' } }, spec: { devices: {} } } };
  const errors = refusals(resourceClaimTemplates, body);
  assert.deepEqual(
    errors.map((text) => text.split(':')[0]),
    ['spec.metadata.labels', 'spec.metadata.name'],
  );
});

const RESULT = { request: 'r', driver: 'press.example', pool: 'p', device: 'd' };
const CLAIM = made(resourceClaims, claim({ requests: [REQUEST] }));
const ALLOCATED = withStatus(CLAIM, { allocation: { devices: { results: [RESULT] } } });
const USER = { resource: 'pods', name: 'p', uid: 'u-1' };
const DEVICE = { driver: 'press.example', pool: 'p', device: 'd' };

for (const { name, previous, status, want } of [
  { name: 'an allocation', previous: CLAIM, status: ALLOCATED.status, want: [] },
  {
    name: 'an odd allocation',
    previous: CLAIM,
    status: {
      allocation: {
        devices: {
          results: [
            {
              ...RESULT,
              request: 'ghost',
              pool: '',
              shareID: 'ABC',
              bindingConditions: ['a', 'a'],
              bindingFailureConditions: ['a'],
            },
            { ...RESULT, bindingConditions: ['a'] },
            { ...RESULT, bindingFailureConditions: ['a'] },
          ],
          config: [{ source: 'Odd', opaque: { driver: 'd', parameters: {} } }],
        },
      },
    },
    want: [
      'allocation.devices.results[0].request: Invalid value: "ghost": must be the name of a request in the claim or the name of a request and a subrequest separated by \'/\'',
      'allocation.devices.results[0].pool: Required value',
      'allocation.devices.results[0].bindingConditions[1]: Duplicate value: "a"',
      'allocation.devices.results[0].bindingFailureConditions[0]: Invalid value: "a": bindingFailureConditions must not overlap with bindingConditions',
      'allocation.devices.results[0].shareID: Invalid value: "ABC": error validating uid: invalid UUID length: 3',
      'allocation.devices.results[1].bindingFailureConditions: Invalid value: null: bindingFailureConditions are required to use bindingConditions',
      'allocation.devices.results[2].bindingConditions: Invalid value: null: bindingConditions are required to use bindingFailureConditions',
      'allocation.devices.config[0].source: Unsupported value: "Odd": supported values: "FromClaim", "FromClass"',
    ],
  },
  {
    name: 'a user of nothing',
    previous: CLAIM,
    status: { reservedFor: [USER] },
    want: ['reservedFor: Forbidden: may not be specified when `allocated` is not set'],
  },
  {
    name: 'users that are none',
    previous: ALLOCATED,
    status: { reservedFor: [USER, USER, {}] },
    want: [
      'reservedFor[2].resource: Required value',
      'reservedFor[2].name: Required value',
      'reservedFor[2].uid: Required value',
      'reservedFor[1]: Duplicate value: "u-1"',
    ],
  },
  {
    name: 'word of a device that it has',
    previous: ALLOCATED,
    status: { devices: [{ ...DEVICE, networkData: { ips: ['10.0.0.1/8'] } }] },
    want: [],
  },
  {
    name: 'word of one that it has not',
    previous: ALLOCATED,
    status: { devices: [{ ...DEVICE, device: 'e', data: [] }] },
    want: [
      'devices[0]: Invalid value: "press.example/p/e": must be an allocated device in the claim',
      'devices[0].data: Invalid value: "<value omitted>": must be a valid JSON object',
    ],
  },
  {
    name: 'a long name on the network',
    previous: ALLOCATED,
    status: { devices: [{ ...DEVICE, networkData: { interfaceName: 'x'.repeat(257) } }] },
    want: ['devices[0].networkData.interfaceName: Too long: may not be more than 256 bytes'],
  },
]) {
  test(`a claim's status: ${name}`, () => {
    const { errors } = changed(resourceClaims, previous, { status }, 'status');
    assert.deepEqual(
      errors,
      want.map((text) => `status.${text}`),
    );
  });
}

test('a claim that is deleted gets no new users', () => {
  const used = withStatus(ALLOCATED, { ...ALLOCATED.status, reservedFor: [USER] });
  const deleted = { ...used, metadata: { ...used.metadata, deletionTimestamp: toTime(NOW) } };
  const reservedFor = [USER, { ...USER, uid: 'u-2' }];
  const more = { ...deleted.status, reservedFor };
  const { errors } = changed(resourceClaims, deleted, { status: more }, 'status');
  assert.deepEqual(errors, [
    'status.reservedFor: Forbidden: new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set',
  ]);
});

for (const { status, deleted, want } of [
  { status: {}, deleted: false, want: 'pending' },
  { status: ALLOCATED.status, deleted: false, want: 'allocated' },
  {
    status: { ...ALLOCATED.status, reservedFor: [USER] },
    deleted: true,
    want: 'deleted,allocated,reserved',
  },
  { status: {}, deleted: true, want: 'deleted' },
]) {
  test(`a claim that is ${want}`, () => {
    const metadata = { ...CLAIM.metadata, ...(deleted && { deletionTimestamp: toTime(NOW) }) };
    assert.equal(cellsOf(resourceClaims, { ...withStatus(CLAIM, status), metadata }).State, want);
  });
}

test('a class of devices', () => {
  const spec = { selectors: [{}], config: [{}], extendedResourceName: 'gpu' };
  assert.deepEqual(refusals(deviceClasses, { spec }), [
    'spec.selectors[0].cel: Required value',
    'spec.config[0].opaque: Required value',
    'spec.extendedResourceName: Invalid value: "gpu": must be a valid extended resource name',
  ]);
  assert.deepEqual(
    refusals(deviceClasses, { spec: { extendedResourceName: 'a.example/gpu' } }),
    [],
  );
});

test('what is said of a device goes with it', () => {
  const { driver, pool, device } = RESULT;
  const told = { ...ALLOCATED.status, devices: [{ driver, pool, device }] };
  const previous = withStatus(ALLOCATED, told);
  const { object } = changed(resourceClaims, previous, { status: { allocation: null } }, 'status');
  assert.deepEqual([object.status.allocation, object.status.devices], [undefined, undefined]);
});

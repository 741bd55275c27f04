import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toTime } from '../../base/clock.ts';
import { cellsOf, changed, made, NOW, refusals } from '../fixture.ts';
import type { Device, ResourceSlice } from '../generated/resource/v1/types.ts';
import { resourceSlices } from './resource-slice.ts';

// Goal: a slice says of each device where it is, what it is like and how it can be shared.

const SLICE = {
  driver: 'press.example',
  pool: { name: 'p', resourceSliceCount: 1 },
  allNodes: true,
};
const NO_NODES = { ...SLICE, allNodes: undefined };
const having = (...devices: object[]) => ({ ...SLICE, devices });
const device = (more: object) => having({ name: 'a', ...more });
/** A slice as it was stored when more was open. */
const withDevices = (devices: object[]): ResourceSlice => {
  const slice = made(resourceSlices, { spec: SLICE });
  return { ...slice, spec: { ...slice.spec, devices: devices as Device[] } };
};
const shared = (requestPolicy: object) =>
  device({ allowMultipleAllocations: true, capacity: { m: { value: '10', requestPolicy } } });

const ROWS = [
  { name: 'nothing in it', spec: SLICE, want: [] },
  {
    name: 'a node without a name',
    spec: { ...NO_NODES, nodeName: '' },
    want: [
      '.nodeName: Invalid value: "": must be either unset or set to a non-empty string',
      ': Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required',
    ],
  },
  {
    name: 'devices here and everywhere',
    spec: { ...SLICE, perDeviceNodeSelection: true },
    want: [
      ': Invalid value: "{`allNodes`, `perDeviceNodeSelection`}": exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required, but multiple fields are set',
    ],
  },
  {
    name: 'no nodes and no devices of their own',
    spec: { ...SLICE, allNodes: false, perDeviceNodeSelection: false },
    want: [
      '.allNodes: Invalid value: false: must be either unset or set to true',
      '.perDeviceNodeSelection: Invalid value: false: must be either unset or set to true',
      ': Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required',
    ],
  },
  {
    name: 'two terms',
    spec: {
      ...NO_NODES,
      nodeSelector: { nodeSelectorTerms: [{ matchFields: [] }, { matchFields: [] }] },
    },
    want: [
      '.nodeSelector.nodeSelectorTerms: Invalid value: [{},{}]: must have exactly one node selector term',
    ],
  },
  {
    name: 'a pool of none',
    spec: { ...SLICE, pool: { name: '', generation: -1 } },
    want: [
      '.pool.name: Required value',
      '.pool.resourceSliceCount: Invalid value: 0: must be greater than zero',
      '.pool.generation: Invalid value: -1: must be greater than or equal to zero',
    ],
  },
  {
    name: 'counters and devices',
    spec: { ...device({}), sharedCounters: [{ name: 's' }] },
    want: [
      ': Invalid value: "": only one of `sharedCounters` or `devices` is allowed',
      '.sharedCounters[0].counters: Required value',
    ],
  },
  {
    name: 'a device with odd attributes',
    spec: device({
      attributes: {
        a: {},
        b: { int: 1, bool: true },
        c: { version: 'one' },
        d: { string: 'x'.repeat(65) },
        e: { strings: ['x'.repeat(65)], versions: ['1.2.3-rc.1+b'] },
      },
    }),
    want: [
      '.devices[0].attributes[a]: Invalid value: "": exactly one value must be specified',
      '.devices[0].attributes[b]: Invalid value: {"IntValue":1,"BoolValue":true,"StringValue":null,"VersionValue":null,"IntValues":null,"BoolValues":null,"StringValues":null,"VersionValues":null}: exactly one value must be specified',
      '.devices[0].attributes[c].version: Invalid value: "one": must be a string compatible with semver.org spec 2.0.0',
      '.devices[0].attributes[d].string: Too long: may not be more than 64 bytes',
      // Lists of values aren't open in 1.36.
      '.devices[0].attributes[e]: Invalid value: "": exactly one value must be specified',
    ],
  },
  {
    name: 'attributes without names',
    spec: device({ attributes: { '/x': { int: 1 }, 'a/': { int: 1 }, 'a/b/c': { int: 1 } } }),
    want: [
      '.devices[0].attributes: Invalid value: "": the domain must not be empty',
      '.devices[0].attributes: Invalid value: "": the name must not be empty',
    ],
  },
  {
    name: 'too many properties',
    spec: device({
      attributes: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`a${i}`, { int: i }])),
    }),
    want: [
      '.devices[0]: Invalid value: 33: the total number of attributes and capacities must not exceed 32',
    ],
  },
  {
    name: 'a policy for what is not shared',
    spec: device({ capacity: { m: { value: '1', requestPolicy: {} } } }),
    want: [
      '.devices[0].capacity[m].requestPolicy: Forbidden: allowMultipleAllocations must be true',
    ],
  },
  {
    name: 'a policy of amounts',
    spec: shared({ default: '1', validValues: ['1', '5'] }),
    want: [],
  },
  {
    name: 'a policy of odd amounts',
    spec: shared({ default: '2', validValues: ['5', '1', '11'] }),
    want: [
      '.devices[0].capacity[m].requestPolicy.validValues[1]: Invalid value: "1": values must be sorted in ascending order',
      '.devices[0].capacity[m].requestPolicy.validValues[2]: Invalid value: "11": option is larger than capacity value: 10',
      '.devices[0].capacity[m].requestPolicy.validValues: Invalid value: "2": default value is not valid according to the requestPolicy',
    ],
  },
  {
    name: 'a policy of amounts and a range',
    spec: shared({ validValues: ['1'], validRange: { min: '1' } }),
    want: [
      '.devices[0].capacity[m].requestPolicy: Forbidden: exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time',
    ],
  },
  {
    name: 'a range without a default',
    spec: shared({ validRange: {} }),
    want: [
      '.devices[0].capacity[m].requestPolicy.default: Required value: required when validRange is defined',
    ],
  },
  {
    name: 'a range from nowhere',
    spec: shared({ default: '1', validRange: {} }),
    want: [
      '.devices[0].capacity[m].requestPolicy.validRange.min: Required value: required when validRange is defined',
    ],
  },
  {
    name: 'a range',
    spec: shared({ default: '3', validRange: { min: '1', max: '9', step: '2' } }),
    want: [],
  },
  {
    name: 'an odd range',
    spec: shared({ default: '2', validRange: { min: '12', max: '11', step: '4' } }),
    want: [
      '.min: Invalid value: "12": min is larger than capacity value: 10',
      '.default: Invalid value: "2": default is less than min: 12',
      '.max: Invalid value: "12": min is larger than max: 11',
      '.max: Invalid value: "11": max is larger than capacity value: 10',
      '.step: Invalid value: "4": one step 16 is larger than capacity value: 10',
      '.step: Invalid value: "2": value is not a multiple of a given step (4) from (12)',
      '.step: Invalid value: "11": value is not a multiple of a given step (4) from (12)',
    ].map((text) => `.devices[0].capacity[m].requestPolicy.validRange${text}`),
  },
  {
    name: 'a range in steps of none',
    spec: shared({ default: '10', validRange: { min: '1', max: '9', step: '0' } }),
    want: [
      '.default: Invalid value: "10": default is more than max: 9',
      '.step: Invalid value: "0": must be greater than zero',
    ].map((text) => `.devices[0].capacity[m].requestPolicy.validRange${text}`),
  },
  {
    name: 'odd taints',
    spec: device({ taints: [{ key: 'k', effect: 'Odd' }, { key: 'k' }] }),
    want: [
      '.devices[0].taints[0].effect: Unsupported value: "Odd": supported values: "NoExecute", "NoSchedule", "None"',
      '.devices[0].taints[1].effect: Required value',
    ],
  },
  {
    name: 'odd counters',
    spec: device({
      consumesCounters: [{ counterSet: '' }, { counterSet: '', counters: { a: { value: '1' } } }],
    }),
    want: [
      '.devices[0].consumesCounters[0].counterSet: Required value',
      '.devices[0].consumesCounters[0].counters: Required value',
      '.devices[0].consumesCounters[1].counterSet: Required value',
      '.devices[0].consumesCounters[1]: Duplicate value: ""',
    ],
  },
  {
    name: 'a device that says where it is, too',
    spec: device({ nodeName: 'n' }),
    want: [
      '.devices[0]: Invalid value: null: `nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec',
    ],
  },
  {
    name: 'devices that have to say where they are',
    spec: {
      ...NO_NODES,
      perDeviceNodeSelection: true,
      devices: [
        { name: 'a', nodeName: 'n' },
        { name: 'b' },
        { name: 'c', nodeName: 'n', allNodes: true },
        { name: 'd', nodeName: '', allNodes: false },
      ],
    },
    want: [
      '[1]: Required value',
      '[2]: Invalid value: "{`nodeName`, `allNodes`}"',
      '[3].nodeName: Invalid value: "": must not be empty',
      '[3].allNodes: Invalid value: false: must be either unset or set to true',
      '[3]: Required value',
    ].map((text) =>
      text.includes('must')
        ? `.devices${text}`
        : `.devices${text}: exactly one of \`nodeName\`, \`nodeSelector\`, or \`allNodes\` is required when \`perDeviceNodeSelection\` is set to true in the ResourceSlice spec`,
    ),
  },
  {
    name: 'too many devices with taints',
    spec: having(
      ...Array.from({ length: 65 }, (_, i) => ({
        name: `d${i}`,
        ...(i === 0 && { taints: [{ key: 'k', effect: 'None' }] }),
      })),
    ),
    want: ['.devices: Too many: 65: must have at most 64 items'],
  },
];

for (const { name, spec, want } of ROWS) {
  test(`a slice with ${name}`, () =>
    assert.deepEqual(
      refusals(resourceSlices, { spec }),
      want.map((text) => `spec${text}`),
    ));
}

test('what 1.36 keeps closed goes, unless it is in use', () => {
  const nodeAllocatableResourceMappings = { cpu: {} };
  const attributes = { a: { strings: ['x'.repeat(65)], versions: ['1.2.3-rc.1+b'] } };
  const more = { nodeAllocatableResourceMappings, attributes };
  const { spec } = made(resourceSlices, { spec: device(more) });
  assert.deepEqual(spec.devices, [{ name: 'a', attributes: { a: {} } }]);
  const previous = withDevices([{ name: 'a', ...more }]);
  const ints = Array.from({ length: 48 }, (_, i) => i);
  const devices = [{ name: 'a', ...more, attributes: { ...attributes, b: { ints } } }];
  const { object, errors } = changed(resourceSlices, previous, { spec: { devices } });
  assert.deepEqual(object.spec.devices, devices);
  const shown = JSON.stringify({
    ...{ IntValue: null, BoolValue: null, StringValue: null, VersionValue: null },
    ...{ IntValues: null, BoolValues: null },
    ...{ StringValues: attributes.a.strings, VersionValues: attributes.a.versions },
  });
  assert.deepEqual(errors, [
    'spec.devices[0]: Invalid value: 50: the total number of attribute values must not exceed 48',
    'spec.devices[0].attributes[a].strings[0]: Too long: may not be more than 64 bytes',
    `spec.devices[0].attributes[a]: Invalid value: ${shown}: exactly one value must be specified`,
  ]);
});

test('drivers have names in lower case', () => {
  const slice = made(resourceSlices, { spec: { ...SLICE, driver: 'Press.example' } });
  assert.deepEqual(resourceSlices.warnings?.(slice, undefined), [
    'spec.driver: driver names should be lowercase; "Press.example" contains uppercase characters',
  ]);
});

test('a taint counts from when it was added', () => {
  const { spec } = made(resourceSlices, {
    spec: device({ taints: [{ key: 'k', effect: 'None' }] }),
  });
  assert.equal(spec.devices?.[0]?.taints?.[0]?.timeAdded, toTime(NOW));
});

test('whose it is stays, and capacity that was accepted once', () => {
  const previous = made(resourceSlices, {
    spec: device({ capacity: { m: { value: '1', requestPolicy: {} } } }),
  });
  const next = {
    spec: { driver: 'x.example', pool: { name: 'q' }, nodeName: 'n', allNodes: null },
  };
  assert.deepEqual(changed(resourceSlices, previous, next).errors, [
    'spec.pool.name: Invalid value: "q": field is immutable',
    'spec.driver: Invalid value: "x.example": field is immutable',
    'spec.nodeName: Invalid value: "n": field is immutable',
  ]);
});

test('cells and what slices are selected by', () => {
  const slice = made(resourceSlices, { spec: { ...NO_NODES, nodeName: 'n' } });
  const { Node, Driver, Pool } = cellsOf(resourceSlices, slice);
  assert.deepEqual([Node, Driver, Pool], ['n', 'press.example', 'p']);
  const fields = Object.entries(resourceSlices.selectableFields ?? {});
  assert.deepEqual(
    fields.map(([field, of]) => [field, of(slice)]),
    [
      ['spec.nodeName', 'n'],
      ['spec.driver', 'press.example'],
    ],
  );
});

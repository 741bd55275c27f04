import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellsOf, changed, made, refusals } from '../fixture.ts';
import { nodes } from './node.ts';

// Goal: what is filled in, refused, kept and shown of a Node.

test('all there is can be had, unless said', () => {
  const { status } = made(nodes, { status: { capacity: { cpu: '4' } } });
  assert.deepEqual(status.allocatable, { cpu: '4' });
  const less = made(nodes, { status: { capacity: { cpu: '4' }, allocatable: { cpu: '3' } } });
  assert.deepEqual(less.status.allocatable, { cpu: '3' });
});

for (const { name, spec, want } of [
  { name: 'nothing wrong', spec: { podCIDR: '10.1.0.0/24', podCIDRs: ['10.1.0.0/24'] }, want: 0 },
  { name: 'two ranges of a family', spec: { podCIDRs: ['10.1.0.0/24', '10.2.0.0/24'] }, want: 1 },
  {
    name: 'a taint twice',
    spec: {
      taints: [
        { key: 'a', effect: 'NoSchedule' },
        { key: 'a', effect: 'NoSchedule' },
      ],
    },
    want: 1,
  },
  { name: 'a taint without an effect', spec: { taints: [{ key: 'a' }] }, want: 1 },
]) {
  test(`a node with ${name}`, () => {
    const found = refusals(nodes, { spec });
    assert.equal(found.length, want, found.join());
  });
}

test('of two ranges, one that is none is told of twice', () => {
  const found = refusals(nodes, { spec: { podCIDRs: ['10.1.0.0/24', 'x'] } });
  assert.match(found[0]!, /^spec\.podCIDRs\[1\]: Invalid value: "x": must be a valid CIDR value/);
  assert.deepEqual(found.slice(1), [
    'spec.podCIDRs: Internal error: invalid PodCIDRs. failed to check with dual stack with error:failed to parse cidr value:"x" with error:invalid CIDR address: x',
    'spec.podCIDRs: Invalid value: ["10.1.0.0/24","x"]: may specify no more than one CIDR for each IP family',
  ]);
});

test('its range is given once', () => {
  const range = { podCIDR: '10.1.0.0/24', podCIDRs: ['10.1.0.0/24'] };
  const other = { podCIDR: '10.2.0.0/24', podCIDRs: ['10.2.0.0/24'] };
  assert.deepEqual(changed(nodes, made(nodes, {}), { spec: range }).errors, []);
  const { errors } = changed(nodes, made(nodes, { spec: range }), { spec: other });
  assert.ok(
    errors.includes(
      'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
    ),
    errors.join(),
  );
});

test('of a refused change, faults that there are without it too are told twice', () => {
  const change = (spec: object) => changed(nodes, made(nodes, {}), { spec }).errors;
  const effect =
    'metadata.taints[0].effect: Unsupported value: "X": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"';
  assert.deepEqual(change({ taints: [{ key: 'a', effect: 'X' }] }), [effect, effect]);
  assert.match(
    change({ podCIDR: 'x' }).join(),
    /^spec\.podCIDRs\[0\]: Invalid value: "x": must be/,
  );
});

test('what it says that it can do has names, in order', () => {
  const say = (declaredFeatures: string[]) =>
    changed(nodes, made(nodes, {}), { status: { declaredFeatures } }, 'status').errors;
  assert.deepEqual(say(['A', 'B/c']), []);
  assert.deepEqual(say(['B', 'A', 'A']), [
    'status.declaredFeatures[1]: Invalid value: "A": list must be sorted alphabetically',
    'status.declaredFeatures[2]: Duplicate value: "A"',
  ]);
  assert.match(say(['a']).join(), /invalid feature name "a": must start with an UpperCamelCase/);
});

for (const { name, body, Status, Roles } of [
  { name: 'new', body: {}, Status: 'Unknown', Roles: '<none>' },
  {
    name: 'ready',
    body: {
      metadata: { labels: { 'node-role.kubernetes.io/b': '', 'kubernetes.io/role': 'a' } },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    },
    Status: 'Ready',
    Roles: 'a,b',
  },
  {
    name: 'lost, and closed',
    body: {
      spec: { unschedulable: true },
      status: { conditions: [{ type: 'Ready', status: 'Unknown' }] },
    },
    Status: 'NotReady,SchedulingDisabled',
    Roles: '<none>',
  },
]) {
  test(`cells of a node that is ${name}`, () => {
    const cells = cellsOf(nodes, made(nodes, body));
    assert.deepEqual({ Status: cells.Status, Roles: cells.Roles }, { Status, Roles });
  });
}

test('its selectable field', () => {
  const select = nodes.selectableFields?.['spec.unschedulable'];
  assert.equal(select?.(made(nodes, {})), 'false');
  assert.equal(select?.(made(nodes, { spec: { unschedulable: true } })), 'true');
});

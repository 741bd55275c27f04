import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellsOf, changed, made, refusals, withStatus } from '../fixture.ts';
import { certificateSigningRequests as requests } from './certificate-signing-request.ts';

// Goal: who asks is who is signed in; who decides, and who issues, each do only that.

const pem = (type: string, bytes: number[]) => {
  const body = Buffer.from(bytes).toString('base64');
  const text = `-----BEGIN ${type}-----\n${body}\n-----END ${type}-----\n`;
  return Buffer.from(text).toString('base64');
};
const request = pem('CERTIFICATE REQUEST', [0x30, 0x01, 0x00]);
const body = (spec: object = {}) => ({
  spec: { request, signerName: 'a.example/b', usages: ['client auth'], ...spec },
});

test('nobody asks for somebody else', () => {
  const { spec } = made(requests, body({ username: 'eve', groups: ['x'], extra: { a: ['b'] } }));
  assert.deepEqual(
    [spec.username, spec.uid, spec.groups, spec.extra],
    ['ann', 'u-1', ['growers'], undefined],
  );
});

for (const { name, spec, want } of [
  { name: 'nothing wrong', spec: {}, want: [] },
  {
    name: 'a certificate instead',
    spec: { request: pem('CERTIFICATE', [0x30, 0x00]) },
    want: /^spec\.request: Invalid value: .*: PEM block type must be CERTIFICATE REQUEST$/,
  },
  {
    name: 'bytes that are no sequence',
    spec: { request: pem('CERTIFICATE REQUEST', [0x30, 0x05, 0x00]) },
    want: /^spec\.request: Invalid value: .*: asn1: structure error/,
  },
  {
    name: 'ten minutes less a second',
    spec: { expirationSeconds: 599 },
    want: /^spec\.expirationSeconds: Invalid value: 599: may not specify a duration less than 600/,
  },
  {
    name: 'a usage twice',
    spec: { usages: ['client auth', 'client auth'] },
    want: /^spec\.usages\[1\]: Duplicate value: "client auth"$/,
  },
] as const) {
  test(`a request with ${name}`, () => {
    const found = refusals(requests, body(spec));
    if (want instanceof RegExp) assert.match(found.join(), want);
    else assert.deepEqual(found, want);
  });
}

const previous = made(requests, body());
const is = (type: string) => ({ type, status: 'True' });
const was = (type: string) => ({
  ...is(type),
  lastUpdateTime: '2026-01-01T00:00:00Z',
  lastTransitionTime: '2026-01-01T00:00:00Z',
});

test('what is asked stays', () => {
  const { object, errors } = changed(requests, previous, { spec: { signerName: 'c.example/d' } });
  assert.deepEqual([object.spec.signerName, errors], ['a.example/b', []]);
});

for (const { name, before = {}, status, form, want } of [
  { name: 'approving', status: { conditions: [is('Approved')] }, form: 'approval', want: [] },
  {
    name: 'approving as a signer',
    status: { conditions: [is('Approved')] },
    form: 'status',
    want: ['status.conditions: Forbidden: updates may not add a condition of type "Approved"'],
  },
  {
    name: 'approving what was denied',
    before: { conditions: [was('Denied')] },
    status: { conditions: [is('Denied'), is('Approved')] },
    form: 'approval',
    want: [
      'status.conditions: Invalid value: "Approved": Approved and Denied conditions are mutually exclusive',
    ],
  },
  {
    name: 'taking a decision back',
    before: { conditions: [was('Approved')] },
    status: { conditions: [] },
    form: 'approval',
    want: ['status.conditions: Forbidden: updates may not remove a condition of type "Approved"'],
  },
  {
    name: 'giving up as a signer',
    before: { conditions: [was('Approved')] },
    status: { conditions: [is('Approved'), is('Failed')] },
    form: 'status',
    want: [],
  },
  {
    name: 'saying a decision again',
    before: { conditions: [was('Approved')] },
    status: { conditions: [{ ...is('Approved'), message: 'still' }] },
    form: 'approval',
    want: [],
  },
  {
    name: 'half a decision',
    status: { conditions: [{ type: 'Approved', status: 'False' }] },
    form: 'approval',
    want: ['status.conditions[0].status: Unsupported value: "False": supported values: "True"'],
  },
]) {
  test(`${want.length > 0 ? 'refuses' : 'takes'} ${name}`, () => {
    const old = withStatus(previous, before);
    assert.deepEqual(changed(requests, old, { status }, form).errors, want);
  });
}

test('who decides issues nothing', () => {
  const certificate = Buffer.from('x').toString('base64');
  const { object } = changed(requests, previous, { status: { certificate } }, 'approval');
  assert.equal(object.status.certificate, undefined);
});

test('a certificate is one', () => {
  const certificate = Buffer.from('no pem').toString('base64');
  assert.deepEqual(changed(requests, previous, { status: { certificate } }, 'status').errors, [
    'status.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block',
  ]);
});

test('a decision is dated, and keeps its date', () => {
  const status = { conditions: [is('Approved')] };
  const { object } = changed(requests, previous, { status }, 'approval');
  assert.equal(object.status.conditions?.[0]?.lastTransitionTime, '2026-03-04T05:06:07Z');
  const again = changed(
    requests,
    withStatus(previous, { conditions: [was('Approved')] }),
    { status },
    'approval',
  );
  assert.equal(again.object.status.conditions?.[0]?.lastTransitionTime, '2026-01-01T00:00:00Z');
});

for (const { status, want } of [
  { status: {}, want: 'Pending' },
  { status: { conditions: [is('Approved')], certificate: 'eA==' }, want: 'Approved,Issued' },
  { status: { conditions: [is('Approved'), is('Failed')] }, want: 'Approved,Failed' },
  { status: { conditions: [is('Denied')] }, want: 'Denied' },
]) {
  test(`shown as ${want}`, () =>
    assert.equal(cellsOf(requests, withStatus(previous, status)).Condition, want));
}

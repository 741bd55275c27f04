import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CertificateSigningRequest } from '../../api/generated/certificates/v1/types.ts';
import type { Node } from '../../api/generated/core/v1/types.ts';
import { reconcileRequest } from './reconcile.ts';
import { approvesItself, type RequestFacts, refusalOf } from './rules.ts';

// Goal: pin who gets a certificate for what. A mistake here is somebody who passes for another.

const SERVING = 'kubernetes.io/kubelet-serving';
const CLIENT = 'kubernetes.io/kube-apiserver-client';
const NODE_CLIENT = 'kubernetes.io/kube-apiserver-client-kubelet';
const ASKED_AT = '2026-01-01T00:00:00Z';
const NOW = Date.parse(ASKED_AT);
const HOUR_MS = 3_600_000;

const facts = (more: Partial<RequestFacts> = {}): RequestFacts => ({
  commonName: 'system:node:a',
  organizations: ['system:nodes'],
  hosts: ['a'],
  addresses: ['192.0.2.7'],
  hasOtherNames: false,
  ...more,
});
const nameless = { hosts: [], addresses: [] };
const spec = (more: object = {}): CertificateSigningRequest['spec'] => ({
  request: '',
  signerName: SERVING,
  usages: ['digital signature', 'server auth'],
  username: 'system:node:a',
  groups: ['system:nodes', 'system:authenticated'],
  ...more,
});
const client = { signerName: CLIENT, usages: ['client auth'] };
const nodeClient = { signerName: NODE_CLIENT, usages: ['digital signature', 'client auth'] };

for (const { name, asked = {}, said = {}, refusal } of [
  { name: 'a node that serves', refusal: undefined },
  {
    name: 'a server that is no node',
    said: { organizations: ['dev'] },
    refusal: 'subject organization is not system:nodes',
  },
  {
    name: 'a node that is more than a node',
    said: { organizations: ['system:nodes', 'system:masters'] },
    refusal: 'subject organization is not system:nodes',
  },
  {
    name: 'a node without a name',
    said: { commonName: 'a' },
    refusal: 'subject common name does not begin with system:node:',
  },
  {
    name: 'a server of nothing',
    said: nameless,
    refusal: 'DNS or IP subjectAltName is required',
  },
  {
    name: 'a mailbox',
    said: { hasOtherNames: true },
    refusal: 'Email and URI subjectAltNames are not allowed',
  },
  {
    name: 'a server that is a client as well',
    asked: { usages: ['server auth', 'client auth'] },
    refusal: 'usages did not match [digital signature key encipherment server auth]',
  },
  {
    name: 'a server without a purpose',
    asked: { usages: ['digital signature'] },
    refusal: 'usages did not match [digital signature key encipherment server auth]',
  },
  { name: 'a user', asked: client, said: { ...nameless, organizations: ['dev'] } },
  {
    name: 'a user who would be a master',
    asked: client,
    said: { organizations: ['dev', 'system:masters'] },
    refusal: `use of ${CLIENT} signer with system:masters group is not allowed`,
  },
  { name: 'a node that calls', asked: nodeClient, said: nameless },
  {
    name: 'a node that calls and has an address',
    asked: nodeClient,
    said: { hosts: [] },
    refusal: 'IP subjectAltNames are not allowed',
  },
] as { name: string; asked?: object; said?: object; refusal?: string }[]) {
  test(`signs, or says why not: ${name}`, () => {
    assert.equal(refusalOf(spec(asked), facts(said)), refusal);
  });
}

const nodeA: Node = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'a', uid: 'n1', resourceVersion: '1', creationTimestamp: ASKED_AT },
  spec: {},
  status: {
    addresses: [
      { type: 'InternalIP', address: '192.0.2.7' },
      { type: 'InternalIP', address: '10.96.0.1' },
      { type: 'Hostname', address: 'kubernetes.default' },
    ],
  },
};
const reserved = ['kubernetes.default', '10.96.0.1'];

for (const { name, asked = {}, said = {}, node = nodeA, approves = false } of [
  { name: 'a node, for itself', approves: true },
  { name: 'a node, for its name alone', said: { addresses: [] }, approves: true },
  { name: 'a node, for another', asked: { username: 'system:node:b' } },
  { name: 'a user of such a name', asked: { groups: ['system:authenticated'] } },
  {
    name: 'the admin, for a node',
    asked: { username: 'kubernetes-admin', groups: ['system:masters'] },
  },
  { name: 'an address that it has not', said: { addresses: ['192.0.2.8'] } },
  { name: 'a name that it calls its own', said: { hosts: ['kubernetes.default'] } },
  { name: "the API server's address", said: { addresses: ['10.96.0.1'] } },
  { name: 'a node that is not there', node: undefined },
  { name: 'as a client', asked: nodeClient, said: nameless },
] as { name: string; asked?: object; said?: object; node?: Node; approves?: boolean }[]) {
  test(`${approves ? 'approves' : 'leaves to people'}: ${name}`, (context) => {
    const given = context.name.endsWith('is not there') ? undefined : node;
    assert.equal(approvesItself(spec(asked), facts(said), { node: given, reserved }), approves);
  });
}

const approved = { type: 'Approved', status: 'True', lastUpdateTime: ASKED_AT };
const denied = { ...approved, type: 'Denied' };

for (const { name, status = {}, asked = {}, said = {}, afterHours = 0, want } of [
  { name: 'a node asks', want: ['approve'] },
  { name: 'a person asks', asked: { username: 'jane', groups: [] }, want: ['wait 24'] },
  { name: 'nobody answers', asked: { username: 'jane' }, afterHours: 24, want: ['remove'] },
  { name: 'it is approved', status: { conditions: [approved] }, want: ['sign'] },
  {
    name: 'what must not be is approved',
    status: { conditions: [approved] },
    said: nameless,
    want: ['fail DNS or IP subjectAltName is required'],
  },
  {
    name: "it is somebody else's signer",
    status: { conditions: [approved] },
    asked: { signerName: 'example.org/x' },
    want: ['wait 24'],
  },
  { name: 'it is issued', status: { conditions: [approved], certificate: 'x' }, want: ['wait 1'] },
  {
    name: 'it was issued long ago',
    status: { conditions: [approved], certificate: 'x' },
    afterHours: 1,
    want: ['remove'],
  },
  { name: 'it is denied', status: { conditions: [denied] }, want: ['wait 1'] },
] as {
  name: string;
  status?: CertificateSigningRequest['status'];
  asked?: object;
  said?: object;
  afterHours?: number;
  want: string[];
}[]) {
  test(`when ${name}`, () => {
    const actions = reconcileRequest({
      request: {
        apiVersion: 'certificates.k8s.io/v1',
        kind: 'CertificateSigningRequest',
        metadata: { name: 'r', uid: 'r1', resourceVersion: '1', creationTimestamp: ASKED_AT },
        spec: spec(asked),
        status,
      },
      facts: facts(said),
      node: nodeA,
      reserved,
      now: NOW + afterHours * HOUR_MS,
    });
    const words = actions.map((action) => {
      if (action.type === 'wait') return `wait ${action.forMs / HOUR_MS}`;
      return action.type === 'fail' ? `fail ${action.message}` : action.type;
    });
    assert.deepEqual(words, want);
  });
}

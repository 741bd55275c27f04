// Goal: pin who is refused by a node, in the words that users know.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusalOf } from './admission.ts';
import { container, podOf } from './testing.ts';

const NODE = { cpu: '2', memory: '4Gi', pods: '3' };
const asking = (requests: Record<string, string>) =>
  podOf({ containers: [container('main', { resources: { requests } })] });
const withSysctl = (name: string, more = {}) =>
  podOf({ securityContext: { sysctls: [{ name, value: '1' }] }, ...more });
const onPort = (hostPort: number, more = {}) =>
  podOf({ containers: [container('main', { ports: [{ containerPort: 80, hostPort, ...more }] })] });

for (const { name, pod, others = [], want } of [
  { name: 'who asks for nothing', pod: podOf() },
  { name: 'who fits exactly', pod: asking({ cpu: '2' }) },
  {
    name: 'who asks for too much',
    pod: asking({ cpu: '2500m' }),
    want: "OutOfcpu Pod was rejected: Node didn't have enough resource: cpu, requested: 2500, used: 0, capacity: 2000",
  },
  {
    name: 'who comes after others',
    pod: asking({ memory: '3Gi' }),
    others: [asking({ memory: '2Gi' })],
    want: "OutOfmemory Pod was rejected: Node didn't have enough resource: memory, requested: 3221225472, used: 2147483648, capacity: 4294967296",
  },
  {
    name: 'who asks for what the node has not',
    pod: asking({ 'example.com/gpu': '1' }),
    want: "OutOfexample.com/gpu Pod was rejected: Node didn't have enough resource: example.com/gpu, requested: 1, used: 0, capacity: 0",
  },
  {
    name: 'one too many',
    pod: podOf(),
    others: [podOf(), podOf(), podOf()],
    want: "OutOfpods Pod was rejected: Node didn't have enough resource: pods, requested: 1, used: 3, capacity: 3",
  },
  {
    name: 'who wants a port that is taken',
    pod: onPort(80),
    others: [onPort(80)],
    want: "NodePorts Pod was rejected: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
  },
  {
    name: 'who wants it on one address, where it is taken on all',
    pod: onPort(80, { hostIP: '192.0.2.1' }),
    others: [onPort(80)],
    want: "NodePorts Pod was rejected: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
  },
  {
    name: 'who wants it on another address',
    pod: onPort(80, { hostIP: '192.0.2.1' }),
    others: [onPort(80, { hostIP: '192.0.2.2' })],
  },
  { name: 'who changes what is his own', pod: withSysctl('net.ipv4.tcp_syncookies') },
  {
    name: "who changes the node's kernel",
    pod: withSysctl('kernel/msgmax'),
    want: 'SysctlForbidden Pod was rejected: forbidden sysctl: "kernel.msgmax" not allowlisted',
  },
  {
    name: "who shares the node's network and changes it",
    pod: withSysctl('net.ipv4.tcp_syncookies', { hostNetwork: true }),
    want: 'SysctlForbidden Pod was rejected: forbidden sysctl: "net.ipv4.tcp_syncookies" not allowed with host net enabled',
  },
  {
    name: 'who is made for another system',
    pod: podOf({ os: { name: 'windows' } }),
    want: "PodOSNotSupported Pod was rejected: Failed to admit pod as the OS field doesn't match node OS",
  },
  { name: 'who wants another port', pod: onPort(80), others: [onPort(81)] },
  {
    name: 'who wants it for another protocol',
    pod: onPort(53),
    others: [onPort(53, { protocol: 'UDP' })],
  },
]) {
  test(`${want ? 'refuses' : 'takes'} ${name}`, () => {
    const refusal = refusalOf(pod, others, NODE);
    assert.equal(refusal && `${refusal.reason} ${refusal.message}`, want);
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '../api/generated/core/v1/types.ts';
import type { KubeObject } from '../machinery/object.ts';
import { describeObject } from './describe.ts';

const NOW = Date.UTC(2026, 0, 1, 0, 1);
const created = '2026-01-01T00:00:00Z';

const shown = (object: object, events: readonly Event[] = []): string =>
  describeObject(object as KubeObject, events, { now: NOW }).join('\n');

test('the heading, then all that is filled, with alike things as tables', () => {
  const text = shown({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: 'u',
      labels: { app: 'web', tier: 'front' },
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', note: 'x' },
      creationTimestamp: created,
      ownerReferences: [{ kind: 'App', name: 'shop', controller: true }],
      finalizers: ['a', 'b'],
      managedFields: [{}],
    },
    spec: {
      replicas: 2,
      paused: false,
      selector: {},
      template: {
        spec: {
          containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 80 }], args: ['a', 'b'] }],
        },
      },
      script: 'one\n  two\n',
    },
    status: {
      conditions: [
        { type: 'Available', status: 'True' },
        { type: 'Progressing', status: 'False', reason: 'Slow' },
      ],
    },
  });
  assert.equal(
    text,
    `Name:           web
Namespace:      shop
Kind:           Deployment (apps/v1)
Labels:
  app=web
  tier=front
Annotations:    note=x
Created:        2026-01-01T00:00:00Z (60s ago)
Controlled by:  App/shop
Finalizers:     a, b
Spec:
  Replicas:  2
  Paused:    false
  Template:
    Spec:
      Containers:
        c:
          Image:  i
          Ports:
            CONTAINER PORT
            80
          Args:
            a
            b
  Script:
    one
      two
Status:
  Conditions:
    TYPE          STATUS   REASON
    Available     True
    Progressing   False    Slow
Events:  none`,
  );
});

test('events, the number of times and by whom', () => {
  const event = {
    metadata: { creationTimestamp: created },
    type: 'Warning',
    reason: 'BackOff',
    message: 'again\n',
    count: 3,
    lastTimestamp: '2026-01-01T00:00:50Z',
    source: { component: 'kubelet' },
  } as unknown as Event;
  const text = shown(
    { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', creationTimestamp: created } },
    [event],
  );
  assert.ok(
    text.endsWith(`Events:
  TYPE      REASON    AGE        FROM      MESSAGE
  Warning   BackOff   10s (x3)   kubelet   again`),
    text,
  );
});

test('secrets are not shown, but how long they are', () => {
  const metadata = { name: 'a', creationTimestamp: created };
  const data = { password: Buffer.from('hunter2').toString('base64') };
  const secret = shown({ apiVersion: 'v1', kind: 'Secret', metadata, data, type: 'Opaque' });
  assert.match(secret, /\nData:\n {2}password: {2}7 bytes\nType: {5}Opaque\n/);
  assert.match(
    shown({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: 'b' } }),
    / a: {2}b/,
  );
});

test('keys of maps are data, and stay as they are', () => {
  const resources = { requests: { cpu: '1', 'hugepages-2Mi': '4Mi' } };
  const text = shown({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', creationTimestamp: created },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: { spec: { containers: [{ name: 'c', resources }] } },
    },
  });
  assert.match(text, /Match Labels:\n {6}app: {2}web\n/);
  assert.match(text, /Requests:\n {14}cpu: {12}1\n {14}hugepages-2Mi: {2}4Mi\n/);
});

test('the volume of the token, which all pods have, in short', () => {
  const sources = [{ serviceAccountToken: { path: 'token' } }];
  const volumes = [
    { name: 'kube-api-access-x2x4z', projected: { sources } },
    { name: 'own', projected: { sources } },
  ];
  const metadata = { name: 'a', creationTimestamp: created };
  const text = shown({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { volumes } });
  assert.match(text, /kube-api-access-x2x4z:\n +Projected: {2}the account's token, /);
  assert.match(text, /own:\n +Projected:\n +Sources:/);
});

test('a text from the cluster commands no terminal', () => {
  const metadata = { name: 'x', annotations: { note: '\x1b]0;yours\x07' } };
  const text = shown({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: 'b\n\x1b[2J' } });
  assert.ok(!text.includes('\x1b'), text);
  assert.match(text, /note=\^\[\]0;yours/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decoded, made } from '../../fixture.ts';
import { podTemplates } from '../pod-template.ts';
import { takeOverProfiles } from './app-armor.ts';
import { pods } from './pod.ts';

// Goal: what is accepted of pods and templates, and shouldn't be done.

const container = { name: 'main', image: 'web:1.4' };
const warned = (spec: object) =>
  pods.warnings?.(made(pods, { spec: { containers: [container], ...spec } }), undefined);

const item = (path: string) => ({ key: 'k', path });

for (const { name, volume, want } of [
  {
    name: 'two keys in one file',
    volume: { name: 'v', configMap: { name: 'c', items: [item('a'), item('a/')] } },
    want: ['volume "v" (ConfigMap "c"): overlapping paths: "a" with "a"'],
  },
  {
    name: 'a file where a folder is',
    volume: { name: 'v', secret: { secretName: 's', items: [item('a/b'), item('a')] } },
    want: ['volume "v" (Secret "s"): overlapping paths: "a" with "a/b"'],
  },
  {
    name: 'files whose names begin alike',
    volume: { name: 'v', configMap: { name: 'c', items: [item('a'), item('ab')] } },
    want: [],
  },
  {
    name: 'files of the pod itself',
    volume: {
      name: 'v',
      downwardAPI: {
        items: ['a', 'a/b'].map((path) => ({ path, fieldRef: { fieldPath: 'metadata.name' } })),
      },
    },
    want: ['volume "v" (DownwardAPI): overlapping paths: "a/b" with "a"'],
  },
  {
    name: 'several sources, one without a kind',
    volume: {
      name: 'v',
      projected: {
        sources: [
          { serviceAccountToken: { path: 'token' } },
          {},
          { configMap: { name: 'c', items: [item('token')] } },
        ],
      },
    },
    want: [
      'volume "v" (Projected) has no sources provided',
      'volume "v" (Projected): overlapping paths: "token" (ConfigMap "c") with "token" (ServiceAccountToken)',
    ],
  },
]) {
  test(`warns of ${name}`, () => assert.deepEqual(warned({ volumes: [volume] }), want));
}

const KEY = 'container.apparmor.security.beta.kubernetes.io/';
const warning = (name: string) =>
  `metadata.annotations[${KEY}${name}]: deprecated since v1.30; use the "appArmorProfile" field instead`;

test('profiles of AppArmor are taken over from annotations', () => {
  const ofPod = { type: 'Unconfined' };
  const own = { type: 'RuntimeDefault' };
  const texts = {
    a: 'localhost/x',
    b: 'unconfined',
    c: 'unconfined',
    d: 'localhost/',
  };
  const annotations = Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [KEY + name, text]),
  );
  const containers = Object.keys(texts).map((name) => ({
    name,
    image: 'x',
    ...(name === 'c' && { securityContext: { appArmorProfile: own } }),
  }));
  const spec = { containers, securityContext: { appArmorProfile: ofPod } };
  const draft = decoded(pods, { metadata: { annotations }, spec });
  assert.deepEqual(takeOverProfiles(draft), [warning('a'), warning('d')]);
  assert.deepEqual(
    draft.spec.containers.map(({ securityContext }) => securityContext?.appArmorProfile),
    [{ type: 'Localhost', localhostProfile: 'x' }, undefined, own, undefined],
  );
});

test('templates are left as they are, and warned of container by container', () => {
  const annotations = {
    [`${KEY}main`]: 'unconfined',
    'container.seccomp.security.alpha.kubernetes.io/main': 'unconfined',
  };
  const env = [{ name: 'A' }, { name: 'A' }];
  const spec = { containers: [{ ...container, env }] };
  const template = made(podTemplates, { template: { metadata: { annotations }, spec } });
  const at = (key: string) => `template.metadata.annotations[${key}]`;
  assert.deepEqual(podTemplates.warnings?.(template, undefined), [
    `${at('container.seccomp.security.alpha.kubernetes.io/main')}: non-functional in v1.27+; use the "seccompProfile" field instead`,
    `${at(`${KEY}main`)}: deprecated since v1.30; use the "appArmorProfile" field instead`,
    'template.spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
  ]);
  // Of what has not changed, nothing new is to be told.
  assert.deepEqual(podTemplates.warnings?.(template, template), []);
});

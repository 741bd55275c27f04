// Goal: pin whose settings win, and who is refused for being root.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PodSecurityContext, SecurityContext } from '../../api/generated/core/v1/types.ts';
import type { Image } from '../../runtime/cri-types.ts';
import { container, podOf } from '../testing.ts';
import { containerSecurity, podNamespaces, sandboxSecurity } from './security.ts';

const IMAGE: Image = {
  id: 'sha256:1',
  repoTags: [],
  repoDigests: [],
  sizeBytes: 1,
  userName: '',
  pinned: false,
};

function securityOf(own: SecurityContext, forPod: PodSecurityContext = {}, image: object = {}) {
  const main = container('main', { securityContext: own });
  const pod = podOf({ containers: [main], securityContext: forPod });
  return containerSecurity(pod, main, { ...IMAGE, ...image });
}

for (const { name, own = {}, forPod = {}, image = {}, user, userName } of [
  { name: 'root unless anybody says', user: 0 },
  { name: "the image's", image: { uid: 5 }, user: 5 },
  { name: "the image's, by name", image: { userName: 'app' }, user: undefined, userName: 'app' },
  { name: "the pod's", forPod: { runAsUser: 6 }, image: { userName: 'app' }, user: 6 },
  { name: "the container's", own: { runAsUser: 7 }, forPod: { runAsUser: 6 }, user: 7 },
] as {
  name: string;
  own?: SecurityContext;
  forPod?: PodSecurityContext;
  image?: object;
  user?: number;
  userName?: string;
}[]) {
  test(`runs as ${name}`, () => {
    const { runAsUser, runAsUserName } = securityOf(own, forPod, image);
    assert.deepEqual([runAsUser, runAsUserName], [user, userName]);
  });
}

const WHERE = '(pod: "web_default(u1)", container: main)';
for (const { name, own = {}, forPod = {}, image = {}, want } of [
  {
    name: 'an image of root',
    own: { runAsNonRoot: true },
    want: `container has runAsNonRoot and image will run as root ${WHERE}`,
  },
  {
    name: 'a user by name',
    own: { runAsNonRoot: true },
    image: { userName: 'app' },
    want: `container has runAsNonRoot and image has non-numeric user (app), cannot verify user is non-root ${WHERE}`,
  },
  {
    name: 'root by its own word',
    own: { runAsUser: 0 },
    forPod: { runAsNonRoot: true },
    want: `container's runAsUser breaks non-root policy ${WHERE}`,
  },
] as {
  name: string;
  own?: SecurityContext;
  forPod?: PodSecurityContext;
  image?: object;
  want: string;
}[]) {
  test(`refuses ${name}`, () =>
    assert.throws(() => securityOf(own, forPod, image), { message: want }));
}

test('lets a user run who is not root', () => {
  assert.equal(securityOf({ runAsNonRoot: true }, {}, { uid: 5 }).runAsUser, 5);
  assert.equal(securityOf({ runAsNonRoot: false }, { runAsNonRoot: true }).runAsUser, 0);
});

test('a privileged container sees all of the kernel', () => {
  assert.deepEqual(securityOf({ privileged: true }).maskedPaths, []);
  assert.deepEqual(securityOf({ procMount: 'Unmasked' }).readOnlyPaths, []);
  assert.ok(securityOf({}).maskedPaths.includes('/proc/kcore'));
});

test('profiles of the container go before those of the pod', () => {
  const forPod = { seccompProfile: { type: 'RuntimeDefault' } } as const;
  assert.deepEqual(securityOf({}, forPod).seccomp, { type: 'RuntimeDefault' });
  const own = { seccompProfile: { type: 'Localhost', localhostProfile: 'p.json' } } as const;
  const localhostRef = '/var/lib/kubelet/seccomp/p.json';
  assert.deepEqual(securityOf(own, forPod).seccomp, { type: 'Localhost', localhostRef });
  assert.equal(securityOf({}).seccomp, undefined);
});

test('groups are those of the pod, with the one of its volumes', () => {
  const { supplementalGroups } = securityOf({}, { supplementalGroups: [1], fsGroup: 2 });
  assert.deepEqual(supplementalGroups, [1, 2]);
});

for (const { spec, want } of [
  { spec: {}, want: 'pod container pod' },
  { spec: { hostNetwork: true, hostPID: true, hostIPC: true }, want: 'node node node' },
  { spec: { shareProcessNamespace: true }, want: 'pod pod pod' },
]) {
  test(`namespaces: ${want}`, () => {
    const { network, pid, ipc } = podNamespaces(podOf(spec));
    assert.equal(`${network} ${pid} ${ipc}`, want);
  });
}

test('a sandbox is privileged when one of its containers is', () => {
  const privileged = container('main', { securityContext: { privileged: true } });
  assert.equal(sandboxSecurity(podOf({ containers: [privileged] })).privileged, true);
  assert.equal(sandboxSecurity(podOf()).privileged, false);
});

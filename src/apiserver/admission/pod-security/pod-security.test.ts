import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { createTestHeart, refusal, type TestHeart } from '../../testing.ts';
import { policyOf, violations } from './policy.ts';

// Goal: pods are held to the standards that their namespace asks for, in Kubernetes' words.

const LATEST = { version: 'latest' };
const safe = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};
const podOf = (...contexts: readonly object[]) => ({
  containers: contexts.map((securityContext, i) => ({
    name: `c${i}`,
    image: 'x',
    securityContext,
  })),
});

const found = (level: string, spec: object, version = 'latest') =>
  violations({ level, version }, { spec: spec as never });

describe('baseline refuses', () => {
  for (const { spec, told } of [
    {
      spec: { ...podOf({}), hostNetwork: true, hostPID: true },
      told: 'host namespaces (hostNetwork=true, hostPID=true)',
    },
    {
      spec: podOf({ privileged: true }, { privileged: true }),
      told: 'privileged (containers "c0", "c1" must not set securityContext.privileged=true)',
    },
    {
      spec: podOf({ procMount: 'Unmasked' }),
      told: 'procMount (container "c0" must not set securityContext.procMount to "Unmasked")',
    },
    {
      spec: {
        securityContext: { windowsOptions: { hostProcess: true } },
        ...podOf({ windowsOptions: { hostProcess: true } }),
      },
      told: 'hostProcess (pod and container "c0" must not set securityContext.windowsOptions.hostProcess=true)',
    },
    {
      spec: {
        containers: [
          {
            name: 'a',
            ports: [
              { containerPort: 1, hostPort: 80 },
              { containerPort: 2, hostPort: 81 },
            ],
          },
        ],
      },
      told: 'hostPort (container "a" uses hostPorts 80, 81)',
    },
    {
      spec: { ...podOf({}), securityContext: { seLinuxOptions: { role: 'r', type: 'x_t' } } },
      told: 'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "x_t"; role may not be set)',
    },
  ]) {
    test(told, () =>
      assert.equal(found('baseline', spec), `PodSecurity "baseline:latest": ${told}`),
    );
  }
});

test('profiles of AppArmor by annotation are looked at', () => {
  const key = 'container.apparmor.security.beta.kubernetes.io/c0';
  const spec = podOf({ appArmorProfile: { type: 'Unconfined' } }) as never;
  const subject = { spec, annotations: { [key]: 'unconfined' } };
  assert.equal(
    violations({ level: 'baseline', version: 'latest' }, subject),
    `PodSecurity "baseline:latest": forbidden AppArmor profiles (container "c0" and annotation must not set AppArmor profile type to "Unconfined", "${key}="unconfined"")`,
  );
});

test('what is well confined passes every level', () => {
  assert.equal(found('restricted', podOf(safe, safe)), undefined);
  assert.equal(found('baseline', podOf({})), undefined);
  assert.equal(found('privileged', { ...podOf({ privileged: true }), hostPID: true }), undefined);
});

test('a restriction takes the place of the weaker rule, and is told after the others', () => {
  const spec = {
    ...podOf({ ...safe, privileged: true, capabilities: { drop: ['ALL'], add: ['SYS_ADMIN'] } }),
    volumes: [{ name: 'v', hostPath: { path: '/' } }],
  };
  assert.equal(
    found('restricted', spec),
    'PodSecurity "restricted:latest": privileged (container "c0" must not set securityContext.privileged=true), unrestricted capabilities (container "c0" must not include "SYS_ADMIN" in securityContext.capabilities.add), restricted volume types (volume "v" uses restricted volume type "hostPath")',
  );
});

test('older standards know less', () => {
  const spec = podOf({ runAsNonRoot: true, runAsUser: 0 });
  assert.equal(found('restricted', spec, 'v1.0'), undefined);
  const sysctls = [{ name: 'net.ipv4.tcp_keepalive_time', value: '1' }];
  const tuned = { ...podOf({}), securityContext: { sysctls } };
  assert.match(found('baseline', tuned, 'v1.28') ?? '', /forbidden sysctls/);
  assert.equal(found('baseline', tuned), undefined);
});

test('who is root among users of the pod alone is spared some rules, since 1.35', () => {
  const root = { ...podOf({ ...safe, runAsNonRoot: false, runAsUser: 0 }), hostUsers: false };
  assert.equal(found('restricted', root), undefined);
  const refused = found('restricted', root, 'v1.34') ?? '';
  assert.match(refused, /runAsNonRoot != true .*, runAsUser=0 /);
  assert.match(found('restricted', { ...root, hostUsers: true }) ?? '', /runAsUser=0/);

  const unmasked = { ...podOf({ ...safe, procMount: 'Unmasked' }), hostUsers: false };
  assert.equal(found('baseline', unmasked), undefined);
  assert.match(found('baseline', unmasked, 'v1.34') ?? '', /procMount/);
  const told = 'procMount (container "c0" must not set securityContext.procMount to "Unmasked")';
  assert.equal(found('restricted', unmasked), `PodSecurity "restricted:latest": ${told}`);
});

test('before 1.19, profiles of seccomp were annotations', () => {
  const annotations = {
    'seccomp.security.alpha.kubernetes.io/pod': 'unconfined',
    'container.seccomp.security.alpha.kubernetes.io/c0': 'docker/default',
    'container.seccomp.security.alpha.kubernetes.io/c1': '',
  };
  const spec = podOf({ seccompProfile: { type: 'Unconfined' } }, {}) as never;
  const told = violations({ level: 'baseline', version: 'v1.18' }, { spec, annotations });
  assert.equal(
    told,
    'PodSecurity "baseline:v1.18": seccompProfile (forbidden annotations container.seccomp.security.alpha.kubernetes.io/c1="", seccomp.security.alpha.kubernetes.io/pod="unconfined")',
  );
  assert.match(found('baseline', spec, 'v1.19') ?? '', /must not set .*"Unconfined"/);
});

test('pods of Windows are spared what Windows does not have', () => {
  const spec = { ...podOf({ runAsNonRoot: true }), os: { name: 'windows' } };
  assert.equal(found('restricted', spec), undefined);
  assert.match(found('restricted', spec, 'v1.24') ?? '', /allowPrivilegeEscalation/);
});

test('who is refused pods is warned of workloads too, unless the labels say otherwise', () => {
  const enforce = { 'pod-security.kubernetes.io/enforce': 'baseline' };
  assert.deepEqual(policyOf(enforce, 'warn'), { level: 'baseline', ...LATEST });
  const both = { ...enforce, 'pod-security.kubernetes.io/warn': 'privileged' };
  assert.deepEqual(policyOf(both, 'warn'), { level: 'privileged', ...LATEST });
  assert.deepEqual(policyOf({}, 'enforce'), { level: 'privileged', ...LATEST });
});

describe('in a namespace', () => {
  let heart: TestHeart;
  const at = { namespace: 'safe', verb: 'create' } as const;
  const labels = (level: string) => ({ 'pod-security.kubernetes.io/enforce': level });
  beforeEach(async () => {
    heart = await createTestHeart();
    const body = { metadata: { name: 'safe', labels: labels('baseline') } };
    await heart.send({ verb: 'create', plural: 'namespaces', body });
    const account = { metadata: { name: 'default' } };
    await heart.send({ ...at, plural: 'serviceaccounts', body: account });
  });
  const make = (spec: object) =>
    heart.send({ ...at, plural: 'pods', body: { metadata: { name: 'p' }, spec } });

  test('a pod is refused', () =>
    assert.rejects(
      make({ ...podOf({}), hostIPC: true }),
      refusal(
        403,
        'pods "p" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostIPC=true)',
      ),
    ));

  test('a workload is made, with a warning', async () => {
    const metadata = { labels: { a: 'b' } };
    const template = { metadata, spec: { ...podOf({}), hostIPC: true } };
    const spec = { selector: { matchLabels: { a: 'b' } }, template };
    const body = { metadata: { name: 'd' }, spec };
    const answer = await heart.answer({ ...at, group: 'apps', plural: 'deployments', body });
    assert.deepEqual(answer.warnings, [
      'would violate PodSecurity "baseline:latest": host namespaces (hostIPC=true)',
    ]);
  });

  test('a pod that is there already stays as it is when the level rises', async () => {
    await make(podOf({}));
    const patch = { verb: 'patch', patchType: 'merge' } as const;
    const raised = { metadata: { labels: labels('restricted') } };
    await heart.send({ ...patch, plural: 'namespaces', name: 'safe', body: raised });
    const body = { metadata: { labels: { x: 'y' } } };
    await heart.send({ ...patch, namespace: 'safe', plural: 'pods', name: 'p', body });
  });

  test('a pod may not be let loose later by an annotation', async () => {
    await make(podOf({}));
    const patch = { verb: 'patch', patchType: 'merge' } as const;
    const version = { 'pod-security.kubernetes.io/enforce-version': 'v1.18' };
    const old = { metadata: { labels: version } };
    await heart.send({ ...patch, plural: 'namespaces', name: 'safe', body: old });
    const key = 'container.seccomp.security.alpha.kubernetes.io/c0';
    const body = { metadata: { annotations: { [key]: 'unconfined' } } };
    await assert.rejects(
      heart.send({ ...patch, namespace: 'safe', plural: 'pods', name: 'p', body }),
      refusal(403, /violates PodSecurity "baseline:v1\.18": seccompProfile/),
    );
  });

  test('who raises the level is told of the pods that are there', async () => {
    await make(podOf({}));
    const owner = { apiVersion: 'v1', kind: 'X', name: 'x', uid: 'x-1', controller: true };
    for (const name of ['q', 'r', 's']) {
      const metadata = { name, ownerReferences: [owner] };
      const spec = podOf(name === 'q' ? {} : safe);
      await heart.send({ ...at, plural: 'pods', body: { metadata, spec } });
    }
    const request = { verb: 'patch', patchType: 'merge', plural: 'namespaces' } as const;
    const raise = (level: string) =>
      heart.answer({ ...request, name: 'safe', body: { metadata: { labels: labels(level) } } });
    assert.deepEqual((await raise('restricted')).warnings, [
      'existing pods in namespace "safe" violate the new PodSecurity enforce level "restricted:latest"',
      'p (and 1 other pod): allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile',
    ]);
    assert.deepEqual((await raise('baseline')).warnings, []);
    assert.deepEqual((await raise('baseline')).warnings, []);
  });

  test('labels that mean nothing are refused', async () => {
    const body = { metadata: { name: 'odd', labels: labels('strict') } };
    await assert.rejects(
      heart.send({ verb: 'create', plural: 'namespaces', body }),
      refusal(
        422,
        /enforce\]: Invalid value: "strict": must be one of privileged, baseline, restricted/,
      ),
    );
  });
});

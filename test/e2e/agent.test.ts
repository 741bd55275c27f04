// Goal: pods run as their specs say, on a real runtime: what is mounted, set and mapped is seen
// from within the containers, and agent, containers and kernel agree on how they end.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { configMaps, events, pods, secrets } from '../../src/api/generated/core/v1/resources.ts';
import type { Pod } from '../../src/api/generated/core/v1/types.ts';
import { createPodFiles } from '../../src/runtime/pod-files.ts';
import { isReady, shell, startTestNode, type TestNode } from '../support/agent.ts';
import { TEST_CGROUP } from '../support/containerd.ts';
import { inOwnNetwork } from '../support/own-network.ts';

let node: TestNode;

const ended = ({ status }: Pod): boolean =>
  status.phase === 'Succeeded' || status.phase === 'Failed';
const terminated = (pod: Pod, index = 0) =>
  pod.status.containerStatuses?.[index]?.state?.terminated;

/** What a container that wrote it as its last words has to say. */
async function says(name: string, script: string, more: object = {}, spec: object = {}) {
  const container = shell('main', `{ ${script}; } > /dev/termination-log 2>&1`, {
    terminationMessagePath: '/dev/termination-log',
    ...more,
  });
  await node.run(name, { restartPolicy: 'Never', containers: [container], ...spec });
  const pod = await node.until(name, ended);
  return terminated(pod)?.message ?? '';
}

async function reasons(name: string): Promise<string[]> {
  const { items } = await node.client.list(events, { namespace: 'default' });
  return items.filter((e) => e.involvedObject.name === name).map((e) => e.reason ?? '');
}

async function exec(pod: Pod, command: string[]): Promise<string> {
  const [status] = pod.status.containerStatuses ?? [];
  const id = status!.containerID!.replace(/^.*:\/\//, '');
  const { stdout } = await node.containerd.containerd.runtime.execSync(id, command, 10);
  return new TextDecoder().decode(stdout);
}

inOwnNetwork(import.meta.url, () => {
  before(async () => {
    node = await startTestNode();
    const meta = (name: string) => ({ name, namespace: 'default' });
    await node.client.create(configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: meta('conf'),
      data: { color: 'blue', shape: 'round' },
    });
    await node.client.create(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: meta('sec'),
      data: { token: Buffer.from('s3cret').toString('base64') },
    });
  });
  after(() => node.stop());

  test('a pod becomes ready, with an address, and tells its story in events', async () => {
    await node.run('plain', {});
    const pod = await node.until('plain', isReady);
    assert.match(pod.status.podIP ?? '', /^10\.123\./);
    assert.equal(pod.status.hostIP, '192.0.2.1');
    assert.deepEqual(await reasons('plain'), ['Pulled', 'Created', 'Started']);
  });

  test('variables, arguments and working directory reach the process', async () => {
    const text = await says('env', '', {
      command: [
        'sh',
        '-c',
        'echo $COLOR $TOKEN $NAME $FROM_IMAGE $0 > /dev/termination-log; pwd >> /dev/termination-log',
        '$(NAME)!',
      ],
      workingDir: '/tmp',
      env: [
        { name: 'COLOR', valueFrom: { configMapKeyRef: { name: 'conf', key: 'color' } } },
        { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'sec', key: 'token' } } },
        { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      ],
    });
    assert.equal(text, 'blue s3cret env yes env!\n/tmp\n');
  });

  test('volumes show what they should', async () => {
    const mount = (name: string, mountPath: string, more = {}) => ({ name, mountPath, ...more });
    const text = await says(
      'volumes',
      'cat /conf/color /one/c /all/token /sub; ls -ld /empty | cut -c1-10; echo x > /mem/f && echo ok; stat -L -c %a /all/token; echo no > /conf/new; ls /host',
      {
        env: [{ name: 'WHO', value: 'me' }],
        volumeMounts: [
          mount('conf', '/conf', { readOnly: true }),
          mount('one', '/one'),
          mount('all', '/all'),
          mount('conf', '/sub', { subPath: 'shape' }),
          mount('empty', '/empty'),
          mount('mem', '/mem'),
          mount('host', '/host'),
        ],
      },
      {
        volumes: [
          { name: 'conf', configMap: { name: 'conf' } },
          { name: 'one', configMap: { name: 'conf', items: [{ key: 'color', path: 'c' }] } },
          {
            name: 'all',
            projected: {
              defaultMode: 0o440,
              sources: [
                { secret: { name: 'sec' } },
                {
                  downwardAPI: {
                    items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }],
                  },
                },
              ],
            },
          },
          { name: 'empty', emptyDir: {} },
          { name: 'mem', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
          { name: 'host', hostPath: { path: '/proc/sys/kernel', type: 'Directory' } },
        ],
      },
    );
    assert.match(text, /^blueblues3cretround/);
    assert.match(text, /drwxrwxrwx\nok\n440\n/);
    assert.match(text, /Read-only file system/);
    assert.match(text, /hostname/);
  });

  test('a pod that writes more than it may is ended for it', async () => {
    const limits = { 'ephemeral-storage': '1Mi' };
    await node.run('greedy', {
      containers: [
        shell('main', 'head -c 1500000 /dev/zero > /big; sync; exec sleep 1000', {
          resources: { limits },
        }),
      ],
    });
    const { status } = await node.until('greedy', (pod) => pod.status.phase === 'Failed', 40_000);
    assert.equal(status.reason, 'Evicted');
    assert.equal(
      status.message,
      'Pod ephemeral local storage usage exceeds the total limit of containers 1Mi. ',
    );
  });

  test('a container is confined as its security context says', async () => {
    const text = await says(
      'secure',
      'id -u; id -G; touch /x; grep NoNewPrivs /proc/self/status; grep CapEff /proc/self/status',
      {
        securityContext: {
          runAsUser: 1000,
          runAsGroup: 2000,
          readOnlyRootFilesystem: true,
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
        },
      },
      { securityContext: { fsGroup: 3000, supplementalGroups: [4000] } },
    );
    assert.match(text, /^1000\n2000 (3000 4000|4000 3000)\n/);
    assert.match(text, /touch: \/x: Read-only file system|cannot touch|Read-only/);
    assert.match(text, /NoNewPrivs:\s1/);
    assert.match(text, /CapEff:\s0000000000000000/);
  });

  test('who must not be root is not', async () => {
    const container = shell('main', 'true', { securityContext: { runAsNonRoot: true } });
    await node.run('root', { containers: [container] });
    const waits = (pod: Pod) => pod.status.containerStatuses?.[0]?.state?.waiting;
    const pod = await node.until('root', (p) => waits(p)?.reason === 'CreateContainerConfigError');
    assert.match(
      waits(pod)?.message ?? '',
      /^container has runAsNonRoot and image will run as root/,
    );
  });

  test('names resolve by the cluster, and the pod knows its own', async () => {
    const text = await says(
      'names',
      'cat /etc/resolv.conf /etc/hosts; hostname',
      {},
      {
        hostAliases: [{ ip: '192.0.2.7', hostnames: ['elsewhere'] }],
      },
    );
    assert.match(text, /nameserver 10\.96\.0\.10/);
    assert.match(text, /search default\.svc\.cluster\.local svc\.cluster\.local cluster\.local/);
    assert.match(text, /192\.0\.2\.7\telsewhere/);
    assert.match(text, /10\.123\.\d+\.\d+\tnames\n/);
    assert.match(text, /\nnames\n$/);
  });

  test('limits reach the kernel', async () => {
    const limits = { cpu: '500m', memory: '64Mi' };
    const resources = { limits, requests: limits };
    await node.run('limits', { containers: [shell('main', 'exec sleep 1000', { resources })] });
    const pod = await node.until('limits', isReady);
    assert.equal(pod.status.qosClass, 'Guaranteed');
    const path = `${TEST_CGROUP}/pod${pod.metadata.uid}`;
    const v2 = existsSync('/sys/fs/cgroup/cgroup.controllers');
    const read = (file: string) => readFileSync(`/sys/fs/cgroup${file}`, 'utf8').trim();
    if (v2) assert.equal(read(`${path}/memory.max`), String(64 * 2 ** 20));
    else assert.equal(read(`/memory${path}/memory.limit_in_bytes`), String(64 * 2 ** 20));
  });

  test('init containers run in order, a sidecar beside the rest, and the pod ends', async () => {
    const volumeMounts = [{ name: 'v', mountPath: '/v' }];
    const step = (name: string, more = {}) =>
      shell(name, `echo ${name} >> /v/order`, { volumeMounts, ...more });
    await node.run('ordered', {
      restartPolicy: 'Never',
      volumes: [{ name: 'v', emptyDir: {} }],
      initContainers: [
        step('first'),
        shell('side', 'echo side >> /v/order; trap "exit 0" TERM; while :; do sleep 0.1; done', {
          volumeMounts,
          restartPolicy: 'Always',
          startupProbe: { exec: { command: ['test', '-e', '/v/order'] }, periodSeconds: 1 },
        }),
        step('second'),
      ],
      containers: [
        shell('main', 'cat /v/order > /dev/termination-log', {
          volumeMounts,
          terminationMessagePath: '/dev/termination-log',
        }),
      ],
    });
    const pod = await node.until('ordered', ({ status }) => {
      return (
        status.phase === 'Succeeded' &&
        status.initContainerStatuses?.[1]?.state?.terminated !== undefined
      );
    });
    assert.equal(terminated(pod)?.message, 'first\nside\nsecond\n');
    assert.deepEqual(
      pod.status.initContainerStatuses?.map(({ state }) => state?.terminated?.exitCode),
      [0, 0, 0],
    );
  });

  test('a container that fails is started again, and then made to wait', async () => {
    await node.run('crash', { containers: [shell('main', 'exit 3')] });
    const pod = await node.until('crash', ({ status }) => {
      return status.containerStatuses?.[0]?.state?.waiting?.reason === 'CrashLoopBackOff';
    });
    const [status] = pod.status.containerStatuses!;
    assert.equal(status!.restartCount, 1);
    assert.equal(status!.lastState?.terminated?.exitCode, 3);
    assert.match(
      status!.state!.waiting!.message!,
      /^back-off 10s restarting failed container=main pod=crash_default\(/,
    );
    assert.ok((await reasons('crash')).includes('BackOff'));
  });

  test('an image that is not there is waited for, in the words that users know', async () => {
    const never = {
      ...shell('main', ''),
      image: 'localhost/none:1',
      imagePullPolicy: 'Never' as const,
    };
    await node.run('never', { containers: [never] });
    await node.run('pull', {
      containers: [{ ...never, image: 'localhost:1/none:1', imagePullPolicy: 'IfNotPresent' }],
    });
    const reason = (pod: Pod) => pod.status.containerStatuses?.[0]?.state?.waiting?.reason;
    await node.until('never', (pod) => reason(pod) === 'ErrImageNeverPull');
    await node.until('pull', (pod) => reason(pod) === 'ErrImagePull');
    await node.until('pull', (pod) => reason(pod) === 'ImagePullBackOff');
  });

  test('a missing ConfigMap holds a container back until it is there', async () => {
    const env = [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'late', key: 'k' } } }];
    await node.run('late', { containers: [shell('main', 'exec sleep 1000', { env })] });
    const waits = (pod: Pod) => pod.status.containerStatuses?.[0]?.state?.waiting;
    const pod = await node.until('late', (p) => waits(p)?.reason === 'CreateContainerConfigError');
    assert.equal(waits(pod)?.message, 'configmap "late" not found');
    await node.client.create(configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'late', namespace: 'default' },
      data: { k: 'v' },
    });
    await node.until('late', isReady);
  });

  test('a volume follows its ConfigMap while the container runs', async () => {
    const metadata = { name: 'live', namespace: 'default' };
    const make = (value: string) =>
      ({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { k: value } }) as const;
    await node.client.create(configMaps, make('old'));
    await node.run('live', {
      volumes: [{ name: 'v', configMap: { name: 'live' } }],
      containers: [
        shell(
          'main',
          'until grep -q new /v/k; do sleep 0.05; done; touch /tmp/seen; exec sleep 1000',
          {
            volumeMounts: [{ name: 'v', mountPath: '/v' }],
            readinessProbe: { exec: { command: ['test', '-e', '/tmp/seen'] }, periodSeconds: 1 },
          },
        ),
      ],
    });
    await node.until('live', ({ status }) => status.phase === 'Running');
    const body = { data: { k: 'new' } };
    await node.client.patch(configMaps, metadata, { type: 'merge', body });
    await node.until('live', isReady);
  });

  test('a liveness probe restarts what has failed', async () => {
    await node.run('lively', {
      terminationGracePeriodSeconds: 2,
      containers: [
        shell('main', 'touch /tmp/well; sleep 1; rm /tmp/well; exec sleep 1000', {
          livenessProbe: {
            exec: { command: ['test', '-e', '/tmp/well'] },
            periodSeconds: 1,
            failureThreshold: 1,
            initialDelaySeconds: 1,
          },
        }),
      ],
    });
    const pod = await node.until(
      'lively',
      ({ status }) => (status.containerStatuses?.[0]?.restartCount ?? 0) > 0,
    );
    assert.equal(pod.status.containerStatuses?.[0]?.lastState?.terminated?.exitCode, 137);
    const found = await reasons('lively');
    assert.ok(found.includes('Unhealthy') && found.includes('Killing'), found.join());
  });

  test('HTTP and TCP probes reach the pod', async () => {
    const serve = 'mkdir /tmp/www && touch /tmp/www/ok && exec httpd -f -p 8080 -h /tmp/www';
    await node.run('http', {
      containers: [
        shell('main', serve, {
          ports: [{ name: 'web', containerPort: 8080 }],
          startupProbe: { tcpSocket: { port: 8080 } },
          readinessProbe: { httpGet: { path: '/ok', port: 'web' } },
          livenessProbe: { httpGet: { path: '/ok', port: 8080 } },
        }),
      ],
    });
    await node.until('http', isReady);
  });

  test('a hook after the start holds back the status, one before the stop the signal', async () => {
    const host = join(node.containerd.folder, 'hooks');
    createPodFiles(host, host).checkHostPath(`${host}/out`, 'DirectoryOrCreate');
    await node.run('hooked', {
      volumes: [{ name: 'out', hostPath: { path: `${host}/out` } }],
      containers: [
        shell('main', 'trap "echo term >> /out/log; exit 0" TERM; while :; do sleep 0.05; done', {
          volumeMounts: [{ name: 'out', mountPath: '/out' }],
          lifecycle: {
            postStart: { exec: { command: ['sh', '-c', 'echo started >> /out/log'] } },
            preStop: { exec: { command: ['sh', '-c', 'sleep 0.2; echo stopping >> /out/log'] } },
          },
        }),
      ],
    });
    await node.until('hooked', isReady);
    assert.equal(readFileSync(`${host}/out/log`, 'utf8'), 'started\n');
    await node.delete('hooked', 10);
    await node.untilGone('hooked');
    assert.equal(readFileSync(`${host}/out/log`, 'utf8'), 'started\nstopping\nterm\n');
  });

  test('a deleted pod reports how it ended before it goes', async () => {
    // Ready only once it listens to the signal: before that, nothing but a kill would end it.
    const script = 'trap "exit 5" TERM; touch /listens; while :; do sleep 0.05; done';
    const readinessProbe = { exec: { command: ['test', '-e', '/listens'] } };
    await node.run('goodbye', {
      terminationGracePeriodSeconds: 10,
      containers: [shell('main', script, { readinessProbe })],
    });
    await node.until('goodbye', isReady);
    await node.delete('goodbye');
    const last = await node.until('goodbye', ended);
    assert.equal(terminated(last)?.exitCode, 5);
    assert.equal(last.status.phase, 'Failed');
    await node.untilGone('goodbye');
  });

  test('a pod that may run only so long is ended', async () => {
    await node.run('short', { activeDeadlineSeconds: 1, terminationGracePeriodSeconds: 1 });
    const pod = await node.until('short', ended);
    assert.deepEqual([pod.status.phase, pod.status.reason], ['Failed', 'DeadlineExceeded']);
  });

  test('a restart of the agent disturbs no container, and finishes what was begun', async () => {
    const readinessProbe = { exec: { command: ['true'] } };
    await node.run('steady', {
      containers: [shell('main', 'exec sleep 1000', { readinessProbe })],
    });
    const before = await node.until('steady', isReady);
    await node.run('leaving', {
      containers: [shell('main', 'trap "exit 0" TERM; while :; do sleep 0.1; done')],
    });
    await node.until('leaving', isReady);
    const [id] = [before.status.containerStatuses![0]!.containerID];
    await node.restartAgent();
    await node.delete('leaving');
    await node.untilGone('leaving');
    const after = await node.client.get(pods, { namespace: 'default', name: 'steady' });
    assert.equal(after.status.containerStatuses![0]!.containerID, id);
    assert.equal(after.status.containerStatuses![0]!.restartCount, 0);
    assert.ok(isReady(after));
    const transition = (pod: Pod) =>
      pod.status.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime;
    assert.equal(transition(after), transition(before), 'it was ready all the time');
  });

  test('a container that is killed from outside is started again', async () => {
    await node.run('killed', {});
    const pod = await node.until('killed', isReady);
    await assert.rejects(
      exec(pod, ['sh', '-c', 'kill -9 1; exit 1']).then((text) => assert.equal(text, 'x')),
    );
    const id = pod.status.containerStatuses![0]!.containerID!.replace(/^.*:\/\//, '');
    await node.containerd.containerd.runtime.stopContainer(id, 0);
    await node.until(
      'killed',
      ({ status }) =>
        status.containerStatuses?.[0]?.restartCount === 1 && status.containerStatuses[0].ready,
    );
  });

  test('a pod whose sandbox is taken away gets another', async () => {
    await node.run('sandbox', {});
    const pod = await node.until('sandbox', isReady);
    const { runtime } = node.containerd.containerd;
    const labels = { 'io.kubernetes.pod.uid': pod.metadata.uid };
    const [sandbox] = await runtime.listPodSandboxes({ labels });
    await runtime.stopPodSandbox(sandbox!.id);
    await node.until(
      'sandbox',
      (p) => isReady(p) && p.status.containerStatuses![0]!.restartCount === 1,
    );
    const sandboxes = await runtime.listPodSandboxes({ labels, state: 'ready' });
    assert.equal(sandboxes[0]?.metadata.attempt, 1);
  });

  test('without last words, those of a failure are the end of its log', async () => {
    const container = shell('main', 'echo one; echo two; exit 1', {
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'FallbackToLogsOnError',
    });
    await node.run('logged', { restartPolicy: 'Never', containers: [container] });
    const pod = await node.until('logged', ended);
    assert.equal(terminated(pod)?.message, 'one\ntwo\n');
  });

  test('containers that share processes see each other', async () => {
    await node.run('shared', {
      shareProcessNamespace: true,
      containers: [shell('other', 'exec sleep 4242'), shell('main', 'exec sleep 1000')],
    });
    const pod = await node.until('shared', isReady);
    const seen = await exec(pod, ['sh', '-c', 'until ps | grep -q "sleep 424[2]"; do :; done; ps']);
    assert.match(seen, /sleep 4242/);
    assert.match(seen, /sleep 1000/);
  });

  test('an ephemeral container joins a running pod, once', async () => {
    await node.run('debugged', {});
    const { metadata } = await node.until('debugged', isReady);
    const debug = { ...shell('debug', 'exit 0'), targetContainerName: 'main' };
    const body = { spec: { ephemeralContainers: [debug] } };
    const subresource = 'ephemeralcontainers';
    await node.client.patch(pods, metadata, { type: 'strategic', body }, { subresource });
    const pod = await node.until('debugged', ({ status }) => {
      return status.ephemeralContainerStatuses?.[0]?.state?.terminated !== undefined;
    });
    assert.equal(pod.status.ephemeralContainerStatuses?.[0]?.state?.terminated?.exitCode, 0);
    assert.ok(isReady(pod), 'it is as ready as it was');
  });

  test('a pod that does not fit is refused', async () => {
    const resources = { requests: { cpu: '1000' } };
    await node.run('huge', { containers: [shell('main', 'true', { resources })] });
    const { status } = await node.until('huge', ended);
    assert.deepEqual([status.phase, status.reason], ['Failed', 'OutOfcpu']);
  });

  test('pods that are being started when containerd is killed come up all the same', async () => {
    const names = Array.from({ length: 4 }, (_, i) => `storm-${i}`);
    await Promise.all(names.map((name) => node.run(name, {})));
    process.kill(node.containerd.containerd.pid!, 'SIGKILL');
    await Promise.all(names.map((name) => node.until(name, isReady)));
  });

  test('nothing of a deleted pod stays on the machine', async () => {
    await node.run('clean', {
      volumes: [{ name: 'm', emptyDir: { medium: 'Memory' } }],
      containers: [
        shell('main', 'exec sleep 1000', { volumeMounts: [{ name: 'm', mountPath: '/m' }] }),
      ],
    });
    const { metadata } = await node.until('clean', isReady);
    await node.delete('clean', 0);
    await node.untilGone('clean');
    const folder = join(node.containerd.folder, 'agent');
    const { runtime } = node.containerd.containerd;
    const labels = { 'io.kubernetes.pod.uid': metadata.uid };
    const left = async () => [
      ...readdirSync(join(folder, 'pods')).filter((name) => name === metadata.uid),
      ...readdirSync(join(folder, 'logs')).filter((name) => name.endsWith(metadata.uid)),
      ...(await runtime.listPodSandboxes({ labels })),
      ...(await runtime.listContainers({ labels })),
    ];
    while ((await left()).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  });
});

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ContainerRuntime, RuntimeFailure } from '../../src/runtime/cri.ts';
import type { ContainerConfig, PodSandboxConfig } from '../../src/runtime/cri-types.ts';
import { TEST_CGROUP } from '../support/containerd.ts';

/** What the contract needs programs to do. */
export type Program =
  | 'exit with 3'
  | 'exit with 7 when asked to'
  | 'ignore being asked'
  | 'wait until it can be asked'
  | 'sleep'
  | 'missing'
  | 'say out and err, and exit with 4';

/** A runtime to hold against the contract. */
export interface CriSubject {
  readonly runtime: ContainerRuntime;
  readonly image: string;
  /** How the image does it. */
  readonly commands: Readonly<Record<Program, readonly string[]>>;
  readonly logFolder: string;
  stop(): Promise<void>;
}

const NAMESPACES = { network: 'pod', pid: 'container', ipc: 'pod' } as const;

/** What every implementation of the port promises to the node agent. */
export function criContract(name: string, start: () => Promise<CriSubject>): void {
  describe(`CRI: ${name}`, () => {
    let subject: CriSubject;
    let runtime: ContainerRuntime;
    before(async () => {
      subject = await start();
      runtime = subject.runtime;
    });
    after(() => subject.stop());

    const sandboxConfig = (uid: string, attempt = 0): PodSandboxConfig => ({
      metadata: { name: `pod-${uid}`, uid, namespace: 'default', attempt },
      hostname: `pod-${uid}`,
      logDirectory: `${subject.logFolder}/${uid}`,
      dns: { servers: ['10.0.0.10'], searches: ['svc.cluster.local'], options: ['ndots:5'] },
      portMappings: [],
      labels: { 'io.kubernetes.pod.uid': uid },
      annotations: { note: 'kept' },
      cgroupParent: `${TEST_CGROUP}/pod${uid}`,
      sysctls: {},
      security: { namespaces: NAMESPACES, supplementalGroups: [], privileged: false },
    });
    const containerConfig = (program: Program, more: Partial<ContainerConfig> = {}) => ({
      metadata: { name: 'main', attempt: 0 },
      image: subject.image,
      userImage: subject.image,
      command: subject.commands[program],
      args: [],
      workingDir: '',
      env: [{ name: 'GREETING', value: 'hällo' }],
      mounts: [],
      devices: [],
      labels: { 'io.kubernetes.container.name': 'main' },
      annotations: { 'io.kubernetes.container.restartCount': '0' },
      logPath: 'main/0.log',
      stdin: false,
      stdinOnce: false,
      tty: false,
      resources: { cpuShares: 2 },
      security: {
        addCapabilities: [],
        dropCapabilities: [],
        privileged: false,
        namespaces: NAMESPACES,
        readOnlyRootFilesystem: false,
        supplementalGroups: [],
        noNewPrivileges: false,
        maskedPaths: [],
        readOnlyPaths: [],
      },
      ...more,
    });
    async function run(uid: string, program: Program) {
      const config = sandboxConfig(uid);
      const sandbox = await runtime.runPodSandbox(config);
      const id = await runtime.createContainer(sandbox, containerConfig(program), config);
      await runtime.startContainer(id);
      return { sandbox, id };
    }
    async function exited(id: string) {
      for (;;) {
        const status = await runtime.containerStatus(id);
        if (status?.state === 'exited') return status;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }

    test('says who it is, and that it is ready', async () => {
      assert.equal((await runtime.version()).apiVersion, 'v1');
      const { conditions } = await runtime.status();
      const ready = conditions.filter(({ status }) => status).map(({ type }) => type);
      assert.deepEqual(ready.slice(0, 2), ['RuntimeReady', 'NetworkReady']);
    });

    test('a sandbox has an address while it lives, and keeps what it was told', async () => {
      const id = await runtime.runPodSandbox(sandboxConfig('s1'));
      const status = (await runtime.podSandboxStatus(id))!;
      assert.equal(status.state, 'ready');
      assert.equal(status.ips.length, 1);
      const { metadata, annotations } = status;
      assert.deepEqual(metadata, { name: 'pod-s1', uid: 's1', namespace: 'default', attempt: 0 });
      assert.deepEqual(annotations, { note: 'kept' });
      await runtime.stopPodSandbox(id);
      await runtime.stopPodSandbox(id);
      assert.equal((await runtime.podSandboxStatus(id))!.state, 'notReady');
      await runtime.removePodSandbox(id);
      await runtime.removePodSandbox(id);
      assert.equal(await runtime.podSandboxStatus(id), undefined);
    });

    test('sandboxes are listed by label and state', async () => {
      const ids = [];
      for (const uid of ['l1', 'l2']) ids.push(await runtime.runPodSandbox(sandboxConfig(uid)));
      const labels = { 'io.kubernetes.pod.uid': 'l2' };
      const listed = await runtime.listPodSandboxes({ labels });
      assert.deepEqual(
        listed.map(({ id }) => id),
        [ids[1]],
      );
      assert.deepEqual(await runtime.listPodSandboxes({ labels, state: 'notReady' }), []);
    });

    test('a container goes from created to running to exited, with its exit code', async () => {
      const config = sandboxConfig('c1');
      const sandbox = await runtime.runPodSandbox(config);
      const id = await runtime.createContainer(sandbox, containerConfig('exit with 3'), config);
      assert.equal((await runtime.containerStatus(id))!.state, 'created');
      await runtime.startContainer(id);
      const status = await exited(id);
      assert.equal(status.exitCode, 3);
      assert.equal(status.reason, 'Error');
      assert.equal(status.image, subject.image);
      // Not that it finished after it started: runtimes note the start once it is done.
      assert.ok(status.createdAt <= status.startedAt! && status.createdAt <= status.finishedAt!);
      const [listed] = await runtime.listContainers({ sandboxId: sandbox });
      assert.deepEqual(listed!.labels, { 'io.kubernetes.container.name': 'main' });
      assert.deepEqual(listed!.annotations, { 'io.kubernetes.container.restartCount': '0' });
      assert.equal(listed!.state, 'exited');
      await runtime.removeContainer(id);
      await runtime.removeContainer(id);
      assert.equal(await runtime.containerStatus(id), undefined);
    });

    test('a stop asks first', async () => {
      const { id } = await run('t1', 'exit with 7 when asked to');
      await runtime.execSync(id, subject.commands['wait until it can be asked'], 10);
      await runtime.stopContainer(id, 30);
      assert.equal((await runtime.containerStatus(id))!.exitCode, 7);
      await runtime.stopContainer(id, 30);
    });

    test('a stop kills after the grace period', async () => {
      const { id } = await run('t2', 'ignore being asked');
      await runtime.stopContainer(id, 1);
      assert.equal((await runtime.containerStatus(id))!.exitCode, 137);
    });

    test('a stopped sandbox takes its containers along', async () => {
      const { sandbox, id } = await run('t3', 'sleep');
      await runtime.stopPodSandbox(sandbox);
      assert.equal((await runtime.containerStatus(id))!.state, 'exited');
      await runtime.removePodSandbox(sandbox);
      assert.equal(await runtime.containerStatus(id), undefined);
    });

    test('a command that is not there fails the start, and the container has exited', async () => {
      const config = sandboxConfig('f1');
      const sandbox = await runtime.runPodSandbox(config);
      const broken = containerConfig('missing');
      const id = await runtime.createContainer(sandbox, broken, config);
      await assert.rejects(runtime.startContainer(id), RuntimeFailure);
      assert.equal((await runtime.containerStatus(id))!.state, 'exited');
    });

    test('an image that is not there is undefined, and fails the creation', async () => {
      assert.equal(await runtime.imageStatus('localhost/none:1'), undefined);
      const config = sandboxConfig('f2');
      const sandbox = await runtime.runPodSandbox(config);
      const broken = containerConfig('sleep', { image: 'localhost/none:1' });
      await assert.rejects(runtime.createContainer(sandbox, broken, config), RuntimeFailure);
    });

    test('an image has an ID and a size', async () => {
      const image = (await runtime.imageStatus(subject.image))!;
      assert.match(image.id, /^sha256:/);
      assert.ok(image.sizeBytes > 0);
      assert.ok((await runtime.listImages()).some(({ id }) => id === image.id));
    });

    test('a command in a container gives its output and exit code', async () => {
      const { id } = await run('e1', 'sleep');
      const command = subject.commands['say out and err, and exit with 4'];
      const { stdout, stderr, exitCode } = await runtime.execSync(id, command, 10);
      const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
      assert.deepEqual([...text, exitCode], ['out\n', 'err\n', 4]);
    });

    test('a command that takes too long is ended', async () => {
      const { id } = await run('e2', 'sleep');
      await assert.rejects(runtime.execSync(id, subject.commands.sleep, 1), RuntimeFailure);
    });

    test('what is missing is told apart', async () => {
      const missing = (error: unknown) => error instanceof RuntimeFailure && error.missing;
      await assert.rejects(runtime.startContainer('none'), missing);
      assert.equal(await runtime.containerStatus('none'), undefined);
      assert.equal(await runtime.podSandboxStatus('none'), undefined);
      await runtime.stopContainer('none', 0);
      await runtime.stopPodSandbox('none');
      await runtime.removePodSandbox('none');
      await runtime.removeContainer('none');
    });
  });
}

// Goal: containers outlive both their agent and their containerd, and `stop` leaves nothing behind.
// Only real processes can prove that.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { createCgroups } from '../../src/runtime/cgroups.ts';
import { killContainerd, startContainerd } from '../../src/runtime/containerd.ts';
import type { ContainerRuntime } from '../../src/runtime/cri.ts';
import { mountsBelow } from '../../src/runtime/mounts.ts';
import { findProcesses } from '../../src/runtime/process.ts';
import { processesOfPods, startTestContainerd, TEST_CGROUP } from '../support/containerd.ts';
import { SHELL_IMAGE } from '../support/images.ts';
import { inOwnNetwork } from '../support/own-network.ts';

const NAMESPACES = { network: 'pod', pid: 'container', ipc: 'pod' } as const;

const sandboxConfig = (logDirectory: string, uid: string) => ({
  metadata: { name: uid, uid, namespace: 'default', attempt: 0 },
  hostname: uid,
  logDirectory,
  portMappings: [],
  labels: {},
  annotations: {},
  cgroupParent: `${TEST_CGROUP}/pod${uid}`,
  sysctls: {},
  security: { namespaces: NAMESPACES, supplementalGroups: [], privileged: false },
});

async function runContainer(runtime: ContainerRuntime, logDirectory: string): Promise<string> {
  const config = sandboxConfig(logDirectory, 'a');
  const sandbox = await runtime.runPodSandbox(config);
  const container = {
    metadata: { name: 'main', attempt: 0 },
    image: SHELL_IMAGE,
    userImage: SHELL_IMAGE,
    command: [],
    args: [],
    workingDir: '',
    env: [],
    mounts: [],
    devices: [],
    labels: {},
    annotations: {},
    logPath: 'main/0.log',
    stdin: false,
    stdinOnce: false,
    tty: false,
    resources: {},
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
  };
  const id = await runtime.createContainer(sandbox, container, config);
  await runtime.startContainer(id);
  return id;
}

inOwnNetwork(import.meta.url, () => {
  test('containerd is replaced under running containers, found again, and removed', async (t) => {
    const { folder, containerd, options } = await start(t);
    const id = await runContainer(containerd.runtime, `${folder}/logs`);
    const before = (await containerd.runtime.containerStatus(id))!;

    const firstPid = containerd.pid!;
    process.kill(firstPid, 'SIGKILL');
    while (containerd.pid === firstPid || containerd.pid === undefined) await turn();
    await answering(containerd.runtime);
    const after = (await containerd.runtime.containerStatus(id))!;
    assert.deepEqual([after.state, after.startedAt], ['running', before.startedAt]);

    containerd.release();
    const found = await startContainerd(systemClock, silentLogger, options);
    assert.equal(found.pid, containerd.pid, 'the one that runs is taken over');
    found.release();

    const changed = { ...options, registryConfigDir: `${folder}/registries` };
    const restarted = await startContainerd(systemClock, silentLogger, changed);
    assert.notEqual(restarted.pid, found.pid, 'a new configuration needs a new process');
    assert.equal((await restarted.runtime.containerStatus(id))!.state, 'running');

    await restarted.stop(0);
    assert.deepEqual(mountsBelow(folder), []);
    assert.deepEqual(
      findProcesses((argv) => argv.some((word) => word.includes(folder))),
      [],
    );
  });

  test('sandboxes that are just being made do not outlive the end', async (t) => {
    const { containerd, folder, end } = await start(t);
    const making = Promise.allSettled(
      Array.from({ length: 6 }, (_, i) =>
        containerd.runtime.runPodSandbox(sandboxConfig(`${folder}/logs`, `late-${i}`)),
      ),
    );
    while (processesOfPods().length === 0) await turn();
    await end();
    await making;
    assert.deepEqual(processesOfPods(), []);
    assert.deepEqual(mountsBelow(folder), []);
  });

  test('a containerd that cannot be asked is ended with all that runs in it', async (t) => {
    const { containerd, folder, options } = await start(t);
    await runContainer(containerd.runtime, `${folder}/logs`);
    assert.equal(processesOfPods().length, 2, 'what holds the sandbox, and the container');
    containerd.release();
    // Without its shim a container is nobody's child.
    const shims = findProcesses((argv) => argv.includes(containerd.socketPath));
    process.kill(containerd.pid!, 'SIGSTOP');
    for (const { pid } of shims) process.kill(pid, 'SIGKILL');
    await killContainerd(systemClock, options.folder);
    assert.deepEqual(processesOfPods(), []);
    assert.deepEqual(mountsBelow(folder), []);
  });
});

/** A containerd of which nothing is left when the test is over, however it ends. */
async function start(t: TestContext) {
  const started = await startTestContainerd();
  t.after(async () => {
    started.containerd.release();
    await killContainerd(systemClock, started.options.folder);
    createCgroups().remove(TEST_CGROUP);
    started.removeFolder();
  });
  return started;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function answering(runtime: ContainerRuntime): Promise<void> {
  for (;;) {
    const failed = await runtime.status().then(
      () => false,
      () => true,
    );
    if (!failed) return;
    await turn();
  }
}

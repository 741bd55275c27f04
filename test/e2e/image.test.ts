import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sleep, systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { systemRandom } from '../../src/base/random.ts';
import { writeArchive } from '../../src/image/archive.ts';
import { buildImage } from '../../src/image/build.ts';
import { addBusyboxImage } from '../../src/image/busybox.ts';
import { createImageLibrary, type ImageLibrary } from '../../src/image/library.ts';
import type { Index } from '../../src/image/oci.ts';
import { addPauseImage, PAUSE_IMAGE, pauseProgram } from '../../src/image/pause.ts';
import { cniConfiguration, macAddressFor, networkNames } from '../../src/network/pod-network.ts';
import { openBuildFolder } from '../../src/runtime/build-folder.ts';
import { createCgroups } from '../../src/runtime/cgroups.ts';
import { openCniFolder } from '../../src/runtime/cni.ts';
import { type Containerd, startContainerd } from '../../src/runtime/containerd.ts';
import type { ContainerConfig, PodSandboxConfig } from '../../src/runtime/cri-types.ts';
import { openImageFolder } from '../../src/runtime/image-folder.ts';
import { importImages } from '../../src/runtime/image-store.ts';
import { createLinks } from '../../src/runtime/netlink.ts';
import { runCommand } from '../../src/runtime/process.ts';
import { TEST_CGROUP } from '../support/containerd.ts';
import { inOwnNetwork } from '../support/own-network.ts';

// What only this can prove: that containerd takes the images we write, that what is in them runs,
// that the hand-made pause program does what it says, and that the example of the README answers.

const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
const platform = { os: 'linux', architecture } as const;
const EXAMPLE = fileURLToPath(new URL('../../examples/hello', import.meta.url));

inOwnNetwork(import.meta.url, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-images-'));
  const names = networkNames('image-e2e', 'node1');
  const links = createLinks(silentLogger);
  let containerd: Containerd;
  let library: ImageLibrary;

  before(async () => {
    const stateFolder = join(folder, 'ipam');
    const cniConfDir = join(folder, 'cni');
    const podNetworks = ['10.244.7.0/24'];
    const [bridge, macAddress] = [names.bridge, macAddressFor(names.bridge)];
    const addresses = ['10.244.7.1/24'];
    await links.ensureBridge({ name: bridge, macAddress, mtu: 1500, addresses, translated: [] });
    await openCniFolder(cniConfDir).write(
      cniConfiguration({ names, podNetworks, mtu: 1500, stateFolder }),
    );
    const options = { folder: join(folder, 'containerd'), sandboxImage: PAUSE_IMAGE, cniConfDir };
    containerd = await startContainerd(systemClock, silentLogger, options);
    const storage = await openImageFolder<Index>(systemClock, systemRandom, join(folder, 'images'));
    library = createImageLibrary(storage);
    await addPauseImage(library, architecture);
    const binary = readFileSync('/bin/busybox');
    const applets = (await runCommand('/bin/busybox', ['--list'])).trim().split('\n');
    await addBusyboxImage(library, { binary, applets, architecture });
    await buildImage(library, openBuildFolder(EXAMPLE), { tag: 'hello', platform });
    const { socketPath } = containerd;
    const config = readFileSync(join(options.folder, 'config.toml'), 'utf8');
    const snapshotter = /^snapshotter = "(\w+)"$/m.exec(config)![1]!;
    await importImages(writeArchive(library, [PAUSE_IMAGE, 'hello']), { socketPath, snapshotter });
  });

  after(async () => {
    await containerd.stop(10);
    createCgroups().remove(TEST_CGROUP);
    await links.removeBridge(names.bridge);
    rmSync(folder, { recursive: true });
  });

  test('containerd knows the images under their names', async () => {
    const { runtime } = containerd;
    for (const name of [PAUSE_IMAGE, 'hello']) assert.ok(await runtime.imageStatus(name), name);
  });

  test('the example answers with its name, and stops when it is asked to', async () => {
    const { runtime } = containerd;
    const sandboxConfig = sandbox('hello-1', join(folder, 'logs'));
    const id = await runtime.runPodSandbox(sandboxConfig);
    const container = await runtime.createContainer(id, hello(), sandboxConfig);
    await runtime.startContainer(container);
    const [address] = (await runtime.podSandboxStatus(id))!.ips;
    assert.equal(await fetchSoon(`http://${address}:8080/`), 'Hello from hello-1\n');
    const start = systemClock.monotonicMs();
    await runtime.stopContainer(container, 20);
    assert.ok(systemClock.monotonicMs() - start < 10_000, 'it heard SIGTERM');
    await runtime.removePodSandbox(id);
  });

  test('the pause program ends on SIGTERM, as the first process of its namespace', async () => {
    const path = join(folder, 'pause');
    writeFileSync(path, pauseProgram(architecture), { mode: 0o755 });
    const unshare = spawn('unshare', ['--pid', '--fork', '--kill-child', path]);
    const children = `/proc/${unshare.pid}/task/${unshare.pid}/children`;
    const pid = await soon(() => Number(readFileSync(children, 'utf8').trim()) || undefined);
    await soon(() => readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'pause' || undefined);
    // Once it waits it has blocked its signals: before, as PID 1, it would ignore them.
    await soon(() => readFileSync(`/proc/${pid}/stat`, 'utf8').includes(' S ') || undefined);
    process.kill(pid, 'SIGTERM');
    const [code] = await once(unshare, 'exit');
    assert.equal(code, 0);
  });

  test('the pause program reaps the orphans of its namespace', async () => {
    const path = join(folder, 'pause');
    // The shell leaves a child behind, which ends while the program is already in its place.
    const script = `(sh -c 'sleep 0.2 & echo $!' > ${folder}/orphan); exec ${path}`;
    const unshare = spawn('unshare', [
      '--pid',
      '--fork',
      '--kill-child',
      '--mount-proc',
      'sh',
      '-c',
      script,
    ]);
    const children = `/proc/${unshare.pid}/task/${unshare.pid}/children`;
    const pid = await soon(() => Number(readFileSync(children, 'utf8').trim()) || undefined);
    await soon(() => readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'pause' || undefined);
    const inside = `/proc/${pid}/task/${pid}/children`;
    await soon(() => readFileSync(inside, 'utf8').trim() === '' || undefined);
    process.kill(pid, 'SIGINT');
    const [code] = await once(unshare, 'exit');
    assert.equal(code, 0);
  });
});

/** What `look` finds, as soon as it finds it. */
async function soon<T>(look: () => T | undefined): Promise<T> {
  const deadline = systemClock.monotonicMs() + 10_000;
  for (;;) {
    try {
      const found = look();
      if (found !== undefined) return found;
    } catch {
      // Not there yet.
    }
    assert.ok(systemClock.monotonicMs() < deadline, `never so: ${look}`);
    await sleep(systemClock, 5);
  }
}

async function fetchSoon(url: string): Promise<string> {
  const deadline = systemClock.monotonicMs() + 10_000;
  for (;;) {
    try {
      return await fetchText(url);
    } catch (error) {
      if (systemClock.monotonicMs() > deadline) throw error;
      await sleep(systemClock, 5);
    }
  }
}

async function fetchText(url: string): Promise<string> {
  const request = get(url);
  const [response] = await once(request, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return text;
}

function sandbox(name: string, logDirectory: string): PodSandboxConfig {
  const namespaces = { network: 'pod', pid: 'container', ipc: 'pod' } as const;
  return {
    metadata: { name, uid: name, namespace: 'default', attempt: 0 },
    hostname: name,
    logDirectory,
    dns: { servers: [], searches: [], options: [] },
    portMappings: [],
    labels: {},
    annotations: {},
    cgroupParent: `${TEST_CGROUP}/image`,
    sysctls: {},
    security: { namespaces, supplementalGroups: [], privileged: false },
  };
}

function hello(): ContainerConfig {
  return {
    metadata: { name: 'hello', attempt: 0 },
    image: 'hello',
    userImage: 'hello',
    command: [],
    args: [],
    workingDir: '',
    env: [],
    mounts: [],
    devices: [],
    labels: {},
    annotations: {},
    logPath: 'hello.log',
    stdin: false,
    stdinOnce: false,
    tty: false,
    resources: { cpuShares: 2 },
    security: {
      addCapabilities: [],
      dropCapabilities: ['ALL'],
      privileged: false,
      namespaces: { network: 'pod', pid: 'container', ipc: 'pod' },
      readOnlyRootFilesystem: false,
      supplementalGroups: [],
      noNewPrivileges: true,
      maskedPaths: [],
      readOnlyPaths: [],
    },
  };
}

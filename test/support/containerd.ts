import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { PAUSE_IMAGE } from '../../src/image/pause.ts';
import { createCgroups } from '../../src/runtime/cgroups.ts';
import {
  type Containerd,
  type ContainerdOptions,
  startContainerd,
} from '../../src/runtime/containerd.ts';
import { findProcesses, type ProcessIdentity } from '../../src/runtime/process.ts';
import { loadTestImages } from './images.ts';

/** The control group that all pods of this test file are in: other files run at the same time. */
export const TEST_CGROUP = `/tutti-test-${process.pid}`;

/** A containerd in a folder of its own, with the test images and a pod network. */
export interface TestContainerd {
  readonly folder: string;
  readonly containerd: Containerd;
  readonly options: ContainerdOptions;
  /** Stops it, with all that runs in it. */
  end(): Promise<void>;
  removeFolder(): void;
  /** Both. */
  remove(): Promise<void>;
}

/** Starts it. To be called in a network namespace of its own, as it makes a bridge. */
export async function startTestContainerd(): Promise<TestContainerd> {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-'));
  const cniConfDir = join(folder, 'cni');
  mkdirSync(cniConfDir);
  writeFileSync(join(cniConfDir, '10-test.conflist'), JSON.stringify(network(folder)));
  const options = { folder: join(folder, 'containerd'), sandboxImage: PAUSE_IMAGE, cniConfDir };
  const containerd = await startContainerd(systemClock, silentLogger, options);
  await loadTestImages(containerd, folder);
  const end = async () => {
    await containerd.stop(0);
    createCgroups().remove(TEST_CGROUP);
  };
  const removeFolder = () => rmSync(folder, { recursive: true });
  const remove = async () => {
    await end();
    removeFolder();
  };
  return { folder, containerd, options, end, removeFolder, remove };
}

/** What runs in the pods of this test file. */
export function processesOfPods(): ProcessIdentity[] {
  const isOurs = (pid: number) => readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(TEST_CGROUP);
  return findProcesses((_, pid) => isOurs(pid));
}

const network = (folder: string) => ({
  cniVersion: '0.4.0',
  name: 'test',
  plugins: [
    {
      type: 'bridge',
      bridge: 'test0',
      isGateway: true,
      ipam: {
        type: 'host-local',
        ranges: [[{ subnet: '10.123.0.0/16' }]],
        routes: [{ dst: '0.0.0.0/0' }],
        dataDir: join(folder, 'ipam'),
      },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
});

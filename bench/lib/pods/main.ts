// A node of our own in this process's network namespace, whose pods are measured beside the bare
// calls of the container runtime. Prints one line of JSON: `PodsReport`.
import type { PodSandboxConfig } from '../../../src/runtime/cri-types.ts';
import { isReady, startTestNode, type TestNode } from '../../../test/support/agent.ts';
import { SHELL_IMAGE } from '../../../test/support/images.ts';

export interface PodsJob {
  readonly rounds: number;
  /** How many pods at once. */
  readonly together: number;
  readonly idleSeconds: number;
}

/** Milliseconds, one for each round. */
export interface PodsReport {
  readonly one: readonly number[];
  readonly bareOne: readonly number[];
  readonly many: readonly number[];
  readonly bareMany: readonly number[];
  /** CPU of agent and API server together per pod, when many begin at once. */
  readonly cpuPerPodMs: readonly number[];
  readonly idleCpuPercent: number;
}

const NAMESPACES = { network: 'pod', pid: 'container', ipc: 'pod' } as const;
const COMMAND = ['sh', '-c', 'exec sleep 1000'];

class PodsBench {
  readonly #node: TestNode;
  #count = 0;

  constructor(node: TestNode) {
    this.#node = node;
  }

  /** The calls that nobody gets around: sandbox, create, start. */
  async bare(count: number): Promise<number> {
    const { runtime } = this.#node.containerd.containerd;
    const begun = performance.now();
    const sandboxes = await Promise.all(Array.from({ length: count }, () => this.#bareOne()));
    const ms = performance.now() - begun;
    await Promise.all(
      sandboxes.map(async (id) => {
        await runtime.stopPodSandbox(id);
        await runtime.removePodSandbox(id);
      }),
    );
    return ms;
  }

  /** From POST to Ready, the last of them. */
  async pods(count: number): Promise<number> {
    const names = Array.from({ length: count }, () => `pod-${this.#count++}`);
    const begun = performance.now();
    await Promise.all(
      names.map(async (name) => {
        await this.#node.run(name, {});
        await this.#node.until(name, isReady);
      }),
    );
    const ms = performance.now() - begun;
    await Promise.all(names.map((name) => this.#remove(name)));
    return ms;
  }

  async #remove(name: string): Promise<void> {
    await this.#node.delete(name, 0);
    await this.#node.untilGone(name);
    const { runtime } = this.#node.containerd.containerd;
    const labels = { 'io.kubernetes.pod.name': name };
    while ((await runtime.listPodSandboxes({ labels })).length > 0) await pause(20);
  }

  async #bareOne(): Promise<string> {
    const { containerd, folder } = this.#node.containerd;
    const { runtime } = containerd;
    const uid = `bare-${this.#count++}`;
    const config: PodSandboxConfig = {
      metadata: { name: uid, uid, namespace: 'bare', attempt: 0 },
      hostname: uid,
      logDirectory: `${folder}/bare/${uid}`,
      dns: { servers: ['10.96.0.10'], searches: [], options: [] },
      portMappings: [],
      labels: {},
      annotations: {},
      cgroupParent: `/tutti-test/besteffort/${uid}`,
      sysctls: {},
      security: {
        namespaces: NAMESPACES,
        supplementalGroups: [],
        privileged: false,
        seccomp: { type: 'RuntimeDefault' },
      },
    };
    const sandbox = await runtime.runPodSandbox(config);
    const container = await runtime.createContainer(sandbox, bareContainer(), config);
    await runtime.startContainer(container);
    return sandbox;
  }
}

const bareContainer = () => ({
  metadata: { name: 'main', attempt: 0 },
  image: SHELL_IMAGE,
  userImage: SHELL_IMAGE,
  command: COMMAND,
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
  resources: { cpuShares: 2, oomScoreAdj: 1000 },
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
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function measure({ rounds, together, idleSeconds }: PodsJob): Promise<PodsReport> {
  const node = await startTestNode();
  const bench = new PodsBench(node);
  const [one, bareOne, many, bareMany, cpuPerPodMs] = [[], [], [], [], []] as number[][];
  try {
    await bench.bare(1); // In the first round code is compiled, so it doesn't count.
    await bench.pods(1);
    for (let round = 0; round < rounds; round++) {
      bareOne!.push(await bench.bare(1));
      one!.push(await bench.pods(1));
    }
    for (let round = 0; round < Math.ceil(rounds / 2); round++) {
      bareMany!.push(await bench.bare(together));
      const before = process.cpuUsage();
      many!.push(await bench.pods(together));
      const { user, system } = process.cpuUsage(before);
      cpuPerPodMs!.push((user + system) / 1000 / together);
    }
    const idleCpuPercent = await idle(node, together, idleSeconds);
    return {
      one: one!,
      bareOne: bareOne!,
      many: many!,
      bareMany: bareMany!,
      cpuPerPodMs: cpuPerPodMs!,
      idleCpuPercent,
    };
  } finally {
    await node.stop();
  }
}

/** What agent and API server cost while pods run and nothing happens, in percent of a core. */
async function idle(node: TestNode, count: number, seconds: number): Promise<number> {
  const names = Array.from({ length: count }, (_, i) => `idle-${i}`);
  await Promise.all(
    names.map(async (name) => {
      await node.run(name, {});
      await node.until(name, isReady);
    }),
  );
  await pause(2000);
  const before = process.cpuUsage();
  await pause(seconds * 1000);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / (seconds * 10);
}

setInterval(() => {}, 60_000); // Timers of the system clock keep no process alive.
const report = await measure(JSON.parse(process.argv[2]!) as PodsJob);
process.stdout.write(`${JSON.stringify(report)}\n`);
process.exit(0);

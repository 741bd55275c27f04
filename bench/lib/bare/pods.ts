import { systemClock } from '../../../src/base/clock.ts';
import { PAUSE_IMAGE } from '../../../src/image/pause.ts';
import { type CriClient, createCriClient } from '../../../src/runtime/cri-client.ts';
import type { ContainerConfig, PodSandboxConfig } from '../../../src/runtime/cri-types.ts';

const NAMESPACES = { network: 'pod', pid: 'container', ipc: 'pod' } as const;

/** Starts pods by nothing but the calls to the runtime that it takes. */
export class BarePods {
  readonly #runtime: CriClient;
  readonly #folder: string;
  #made = 0;

  /** On the runtime behind a socket; logs go below the folder. */
  constructor(socket: string, folder: string) {
    this.#runtime = createCriClient(systemClock, socket);
    this.#folder = folder;
  }

  /** Starts so many at once, and removes them. Answers the milliseconds until the last one ran. */
  async start(count: number): Promise<number> {
    const configs = Array.from({ length: count }, () => this.#config(`bare-${this.#made++}`));
    const startedAt = performance.now();
    const sandboxes = await Promise.all(configs.map((config) => this.#startOne(config)));
    const tookMs = performance.now() - startedAt;
    for (const sandbox of sandboxes) {
      await this.#runtime.stopPodSandbox(sandbox);
      await this.#runtime.removePodSandbox(sandbox);
    }
    return tookMs;
  }

  async #startOne(config: PodSandboxConfig): Promise<string> {
    const sandbox = await this.#runtime.runPodSandbox(config);
    const container = await this.#runtime.createContainer(sandbox, CONTAINER, config);
    await this.#runtime.startContainer(container);
    return sandbox;
  }

  #config(name: string): PodSandboxConfig {
    return {
      metadata: { name, uid: name, namespace: 'bare', attempt: 0 },
      hostname: name,
      logDirectory: `${this.#folder}/${name}`,
      portMappings: [],
      labels: {},
      annotations: {},
      cgroupParent: `/tutti-bench/${name}`,
      sysctls: {},
      security: { namespaces: NAMESPACES, supplementalGroups: [], privileged: false },
    };
  }

  close(): void {
    this.#runtime.close();
  }
}

const CONTAINER: ContainerConfig = {
  metadata: { name: 'main', attempt: 0 },
  image: PAUSE_IMAGE,
  userImage: PAUSE_IMAGE,
  command: [],
  args: [],
  workingDir: '',
  env: [],
  mounts: [],
  devices: [],
  labels: {},
  annotations: {},
  logPath: 'main.log',
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
};

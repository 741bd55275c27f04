import { type Clock, sleep } from '../../src/base/clock.ts';
import { type Random, randomInt } from '../../src/base/random.ts';
import { type ContainerRuntime, RuntimeFailure } from '../../src/runtime/cri.ts';
import type {
  ContainerConfig,
  ContainerState,
  ContainerStatus,
  Image,
  PodSandboxConfig,
  PodSandboxStatus,
} from '../../src/runtime/cri-types.ts';

/** How often something goes wrong, as a share of all calls, and how long calls take at most. */
export interface ModelFaults {
  /** Nothing is done, and the caller learns so. */
  refuse: number;
  /** It is done, but the caller doesn't learn so. */
  loseReply: number;
  latencyMs: number;
}

interface ModelContainer {
  readonly id: string;
  readonly sandboxId: string;
  readonly config: ContainerConfig;
  readonly createdAt: number;
  readonly logPath: string;
  state: ContainerState;
  startedAt: number | undefined;
  finishedAt: number | undefined;
  exitCode: number;
  reason: string;
  ended: PromiseWithResolvers<void>;
}

interface ModelSandbox {
  readonly id: string;
  readonly config: PodSandboxConfig;
  readonly createdAt: number;
  ready: boolean;
  ip: string;
}

/** A container that has begun to run, and those that are or were in the same sandbox. */
export interface ModelStart {
  readonly config: ContainerConfig;
  readonly podUid: string;
  readonly beside: readonly { name: string; state: ContainerState; exitCode: number }[];
}

/**
 * A container runtime without containers. Programs are `exit CODE [AFTER_MS]`, `exit-on-term CODE`,
 * `sleep` (which has to be killed) and `missing` (which can't be started); `exec` knows `speak`
 * (some output, exit code 4), `hang` and everything else, which succeeds.
 */
export class ModelRuntime implements ContainerRuntime {
  readonly faults: ModelFaults = { refuse: 0, loseReply: 0, latencyMs: 0 };
  readonly images = new Map<string, Image>();
  /** Called when a container has begun to run. */
  onStart: (started: ModelStart) => void = () => {};
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #sandboxes = new Map<string, ModelSandbox>();
  readonly #containers = new Map<string, ModelContainer>();
  #made = 0;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** What runs now: the pod's UID and the container's name, each as often as it runs. */
  running(): { podUid: string; name: string; id: string }[] {
    return [...this.#containers.values()]
      .filter(({ state }) => state === 'running')
      .map(({ id, sandboxId, config }) => {
        return { id, podUid: this.#podOf(sandboxId), name: config.metadata.name };
      });
  }

  /** Ends a container, as if by itself. */
  kill(id: string, exitCode = 137): void {
    const container = this.#containers.get(id);
    if (container?.state === 'running') this.#end(container, exitCode);
  }

  addImage(name: string): void {
    const id = `sha256:${name}`;
    const image = {
      id,
      repoTags: [name],
      repoDigests: [],
      sizeBytes: 1000,
      userName: '',
      pinned: false,
    };
    for (const key of [id, name]) this.images.set(key, image);
  }

  version = () =>
    this.#call(() => ({ name: 'model', version: '1.0.0', apiVersion: 'v1' }), { safe: true });

  status = () =>
    this.#call(() => ({
      conditions: ['RuntimeReady', 'NetworkReady'].map((type) => {
        return { type, status: true, reason: '', message: '' };
      }),
    }));

  runPodSandbox = (config: PodSandboxConfig) =>
    this.#call(() => {
      const { uid, attempt } = config.metadata;
      const same = [...this.#sandboxes.values()].some(
        (each) => each.config.metadata.uid === uid && each.config.metadata.attempt === attempt,
      );
      if (same)
        throw new RuntimeFailure('transient', `name of sandbox ${uid} ${attempt} is reserved`);
      const id = `sandbox-${++this.#made}`;
      const ip = config.security.namespaces.network === 'node' ? '' : `10.0.0.${this.#made}`;
      this.#sandboxes.set(id, { id, config, createdAt: this.#clock.now(), ready: true, ip });
      return id;
    });

  stopPodSandbox = (id: string) =>
    this.#call(() => {
      const sandbox = this.#sandboxes.get(id);
      if (!sandbox) return;
      sandbox.ready = false;
      sandbox.ip = '';
      for (const container of this.#in(id)) {
        if (container.state === 'running') this.#end(container, 137);
      }
    });

  removePodSandbox = async (id: string) => {
    await this.stopPodSandbox(id);
    return this.#call(() => {
      for (const container of this.#in(id)) this.#containers.delete(container.id);
      this.#sandboxes.delete(id);
    });
  };

  podSandboxStatus = (id: string) =>
    this.#call(() => {
      const sandbox = this.#sandboxes.get(id);
      return sandbox && sandboxStatus(sandbox);
    });

  listPodSandboxes: ContainerRuntime['listPodSandboxes'] = ({ labels = {}, state } = {}) =>
    this.#call(() =>
      [...this.#sandboxes.values()]
        .map(sandboxStatus)
        .filter((each) => has(each.labels, labels) && (state ?? each.state) === each.state),
    );

  createContainer = (sandboxId: string, config: ContainerConfig, sandboxConfig: PodSandboxConfig) =>
    this.#call(() => {
      const sandbox = this.#sandboxes.get(sandboxId);
      if (!sandbox?.ready)
        throw new RuntimeFailure('permanent', `no sandbox ${sandboxId}`, { missing: true });
      if (!this.images.has(config.image))
        throw new RuntimeFailure('transient', `no image ${config.image}`);
      const same = this.#in(sandboxId).some(({ config: { metadata } }) => {
        return (
          metadata.name === config.metadata.name && metadata.attempt === config.metadata.attempt
        );
      });
      if (same)
        throw new RuntimeFailure(
          'transient',
          `name of container ${config.metadata.name} is reserved`,
        );
      const id = `container-${++this.#made}`;
      this.#containers.set(id, {
        id,
        sandboxId,
        config,
        createdAt: this.#clock.now(),
        logPath: `${sandboxConfig.logDirectory}/${config.logPath}`,
        state: 'created',
        startedAt: undefined,
        finishedAt: undefined,
        exitCode: 0,
        reason: '',
        ended: Promise.withResolvers(),
      });
      return id;
    });

  startContainer = (id: string) =>
    this.#call(() => {
      const container = this.#get(id);
      if (container.state !== 'created')
        throw new RuntimeFailure('transient', `${id} is ${container.state}`);
      const [program, code = '0', afterMs = '0'] = programOf(container.config);
      if (program === 'missing') {
        this.#end(container, 128, 'StartError');
        throw new RuntimeFailure('transient', 'no such program');
      }
      container.state = 'running';
      container.startedAt = this.#clock.now();
      const { config, sandboxId } = container;
      const beside = this.#in(sandboxId).map(({ state, exitCode, config: { metadata } }) => {
        return { name: metadata.name, state, exitCode };
      });
      this.onStart({ config, podUid: this.#podOf(sandboxId), beside });
      if (program === 'exit') {
        this.#clock.after(Number(afterMs), () => {
          if (container.state === 'running') this.#end(container, Number(code));
        });
      }
    });

  stopContainer = async (id: string, graceSeconds: number) => {
    const container = this.#containers.get(id);
    await this.#call(() => {
      if (container?.state !== 'running') return;
      const [program, code = '0'] = programOf(container.config);
      const dies = program === 'exit-on-term';
      this.#clock.after(dies ? 5 : graceSeconds * 1000, () => {
        if (container.state === 'running') this.#end(container, dies ? Number(code) : 137);
      });
    });
    if (container?.state === 'running') await container.ended.promise;
  };

  removeContainer = (id: string) =>
    this.#call(() => {
      const container = this.#containers.get(id);
      if (container?.state === 'running') this.#end(container, 137);
      this.#containers.delete(id);
    });

  containerStatus = (id: string) =>
    this.#call(() => {
      const container = this.#containers.get(id);
      return container && containerStatus(container);
    });

  listContainers: ContainerRuntime['listContainers'] = ({ sandboxId, labels = {}, state } = {}) =>
    this.#call(() =>
      [...this.#containers.values()]
        .filter((each) => (sandboxId ?? each.sandboxId) === each.sandboxId)
        .filter((each) => has(each.config.labels, labels) && (state ?? each.state) === each.state)
        .map((each) => ({ ...containerStatus(each), sandboxId: each.sandboxId })),
    );

  execSync = async (id: string, command: readonly string[], timeoutSeconds: number) => {
    const [program] = command;
    await this.#call(() => {
      if (this.#get(id).state !== 'running')
        throw new RuntimeFailure('transient', `${id} doesn't run`);
    });
    if (program === 'hang') {
      await sleep(this.#clock, timeoutSeconds * 1000);
      throw new RuntimeFailure('unknown', 'deadline exceeded');
    }
    const speaks = program === 'speak';
    const bytes = (text: string) => new TextEncoder().encode(speaks ? text : '');
    return { stdout: bytes('out\n'), stderr: bytes('err\n'), exitCode: speaks ? 4 : 0 };
  };

  listImages = () => this.#call(() => [...new Set(this.images.values())]);
  imageStatus = (image: string) => this.#call(() => this.images.get(image));
  pullImage = (image: string) =>
    this.#call(() => {
      if (image.includes('none'))
        throw new RuntimeFailure('permanent', `no image ${image}`, { missing: true });
      this.addImage(image);
      return `sha256:${image}`;
    });
  removeImage = (image: string) => this.#call(() => void this.images.delete(image));
  imageFilesystems = () => this.#call(() => []);
  listContainerUsage = () => this.#call(() => []);
  updateContainerResources = () => this.#call(() => {});
  reopenContainerLog = () => this.#call(() => {});
  execUrl = () => this.#call(() => 'http://127.0.0.1/exec');
  attachUrl = () => this.#call(() => 'http://127.0.0.1/attach');
  portForwardUrl = () => this.#call(() => 'http://127.0.0.1/portForward');

  events: ContainerRuntime['events'] = (_, onEnd) => {
    queueMicrotask(() => onEnd(new RuntimeFailure('permanent', 'unimplemented')));
    return () => {};
  };

  async #call<T>(work: () => T, { safe = false } = {}): Promise<T> {
    const { refuse, loseReply, latencyMs } = this.faults;
    const pause = () => sleep(this.#clock, latencyMs > 0 ? randomInt(this.#random, latencyMs) : 0);
    if (latencyMs > 0) await pause();
    if (!safe && this.#random.float() < refuse) throw new RuntimeFailure('transient', 'refused');
    const result = work();
    if (latencyMs > 0) await pause();
    if (!safe && this.#random.float() < loseReply)
      throw new RuntimeFailure('unknown', 'reply lost');
    return result;
  }

  #get(id: string): ModelContainer {
    const container = this.#containers.get(id);
    if (!container) throw new RuntimeFailure('permanent', `no container ${id}`, { missing: true });
    return container;
  }

  #in(sandboxId: string): ModelContainer[] {
    return [...this.#containers.values()].filter((each) => each.sandboxId === sandboxId);
  }

  #podOf(sandboxId: string): string {
    return this.#sandboxes.get(sandboxId)?.config.metadata.uid ?? '';
  }

  #end(container: ModelContainer, exitCode: number, reason?: string): void {
    container.state = 'exited';
    container.exitCode = exitCode;
    container.finishedAt = this.#clock.now();
    container.reason = reason ?? (exitCode === 0 ? 'Completed' : 'Error');
    container.ended.resolve();
  }
}

const programOf = ({ command, args }: ContainerConfig): string[] => [...command, ...args];

const has = (all: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>) =>
  Object.entries(wanted).every(([key, value]) => all[key] === value);

const sandboxStatus = ({ id, config, createdAt, ready, ip }: ModelSandbox): PodSandboxStatus => ({
  id,
  metadata: config.metadata,
  state: ready ? 'ready' : 'notReady',
  createdAt,
  labels: config.labels,
  annotations: config.annotations,
  ips: ip ? [ip] : [],
  namespaces: config.security.namespaces,
});

function containerStatus({ config, ...container }: ModelContainer): ContainerStatus {
  const { id, state, createdAt, startedAt, finishedAt, exitCode, reason, logPath } = container;
  return {
    id,
    metadata: config.metadata,
    state,
    createdAt,
    startedAt,
    finishedAt,
    exitCode,
    reason,
    message: '',
    image: config.userImage,
    imageRef: config.image,
    imageId: config.image,
    labels: config.labels,
    annotations: config.annotations,
    logPath,
    mounts: config.mounts,
  };
}

import { type AgentOptions, type AgentTools, NodeAgent } from '../../src/agent/agent.ts';
import { definitions } from '../../src/api/definitions.ts';
import { pods, serviceAccounts } from '../../src/api/generated/core/v1/resources.ts';
import type { Container, Pod, PodSpec } from '../../src/api/generated/core/v1/types.ts';
import { createApiServer } from '../../src/apiserver/api-server.ts';
import { bootstrap } from '../../src/apiserver/bootstrap.ts';
import { objectCodec } from '../../src/apiserver/encoding/json.ts';
import { createInProcessTransport } from '../../src/apiserver/in-process-transport.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { pick, type Random, randomInt, seededRandom } from '../../src/base/random.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import type { Client } from '../../src/client/client.ts';
import { createClient } from '../../src/client/typed-client.ts';
import type { PodFiles } from '../../src/runtime/pod-files.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { ModelRuntime } from '../support/model-runtime.ts';

const NODE = 'n1';
const OPTIONS: AgentOptions = {
  name: NODE,
  owner: NODE,
  labels: {},
  taints: [],
  addresses: ['192.0.2.1'],
  podsMax: 110,
  port: 10_250,
  version: 'v1.36.0',
  dns: { addresses: [], domain: 'cluster.local' },
  cgroupRoot: '/kubepods',
};

/** What a pod does, and so what has to become of it. */
export type Behaviour =
  | 'serves'
  | 'serves after init'
  | 'crashes'
  | 'succeeds'
  | 'succeeds beside a sidecar'
  | 'fails'
  | 'never starts';

const program = (...command: string[]): Container => ({ name: 'main', image: 'app:1', command });
const init = (...command: string[]): Container => ({ ...program(...command), name: 'init' });
const preStop = { exec: { command: ['true'] } };
const SPECS: Readonly<Record<Behaviour, Partial<PodSpec>>> = {
  serves: { containers: [program('exit-on-term', '0')] },
  'serves after init': {
    initContainers: [init('exit', '0', '300')],
    containers: [{ ...program('exit-on-term', '0'), lifecycle: { preStop } }],
  },
  crashes: { containers: [program('exit', '1', '200')] },
  succeeds: { restartPolicy: 'Never', containers: [program('exit', '0', '3000')] },
  'succeeds beside a sidecar': {
    restartPolicy: 'Never',
    initContainers: [{ ...init('exit-on-term', '0'), restartPolicy: 'Always' }],
    containers: [program('exit', '0', '2000')],
  },
  fails: { restartPolicy: 'Never', containers: [program('exit', '3', '500')] },
  'never starts': { containers: [{ ...program('sleep'), image: 'none:1' }] },
};

/** One node with an agent, on a virtual clock, and all that can happen to it. */
export class AgentWorld {
  readonly clock = new VirtualClock();
  readonly random: Random;
  readonly runtime: ModelRuntime;
  readonly client: Client;
  /** How often each container was started, by `UID name`. */
  readonly starts = new Map<string, number>();
  readonly made = new Map<string, Behaviour>();
  /** Containers that were started before the init container of their sandbox was done. */
  readonly tooEarly: string[] = [];
  readonly #transport: ReturnType<typeof createInProcessTransport>;
  #agent: { agent: NodeAgent; cut: () => void } | undefined;
  #count = 0;

  constructor(seed: number) {
    this.random = seededRandom(seed);
    this.runtime = new ModelRuntime(this.clock, this.random);
    this.runtime.addImage('app:1');
    this.runtime.onStart = ({ podUid, config, beside }) => {
      const key = `${podUid} ${config.metadata.name}`;
      this.starts.set(key, (this.starts.get(key) ?? 0) + 1);
      const behaviour = this.made.get(podUid);
      if (behaviour !== 'serves after init' || config.metadata.name !== 'main') return;
      const done = beside.some(({ name, state, exitCode }) => {
        return name === 'init' && state === 'exited' && exitCode === 0;
      });
      if (!done) this.tooEarly.push(key);
    };
    const server = createApiServer({
      clock: this.clock,
      random: this.random,
      logger: silentLogger,
      store: createMemoryStore(objectCodec),
      definitions,
    });
    this.#transport = createInProcessTransport(server.heart, {
      name: 'test',
      groups: ['system:masters'],
    });
    this.client = createClient(this.#transport, { fieldManager: 'test' });
    this.#boot = () => bootstrap(server.heart);
  }

  readonly #boot: () => Promise<void>;

  async start(): Promise<void> {
    await this.#boot();
    await this.client.create(serviceAccounts, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace: 'default' },
    });
    this.startAgent();
  }

  /** A new agent, which knows nothing of the one before. */
  startAgent(): void {
    const life = { over: false };
    const runtime = mortal(this.runtime, life);
    const client = createClient(mortal(this.#transport, life), { fieldManager: 'agent' });
    const agent = new NodeAgent(this.#tools(runtime, client), OPTIONS);
    this.#agent = {
      agent,
      cut: () => {
        life.over = true;
        agent.stop();
      },
    };
    void this.#keepStarting(agent, life);
  }

  async #keepStarting(agent: NodeAgent, life: { over: boolean }): Promise<void> {
    try {
      await agent.start();
    } catch {
      if (life.over) return;
      this.#agent?.cut();
      this.clock.after(100, () => this.startAgent());
    }
  }

  /** Ends the agent in the middle of whatever it does. */
  crashAgent(): void {
    this.#agent?.cut();
  }

  async makePod(behaviour: Behaviour, more: Partial<PodSpec> = {}): Promise<Pod> {
    const pod = await this.client.create(pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `p${++this.#count}`, namespace: 'default' },
      spec: { nodeName: NODE, automountServiceAccountToken: false, ...SPECS[behaviour], ...more },
    } as never);
    this.made.set(pod.metadata.uid, behaviour);
    return pod;
  }

  async pods(): Promise<readonly Pod[]> {
    return (await this.client.list(pods, { namespace: 'default' })).items;
  }

  /** Something happens. */
  async disturb(): Promise<void> {
    const all = await this.pods();
    const pod = all.length > 0 ? pick(this.random, all) : undefined;
    const running = this.runtime.running();
    switch (randomInt(this.random, 7)) {
      case 0:
      case 1:
        if (all.length < 12) await this.makePod(pick(this.random, BEHAVIOURS));
        return;
      case 2: {
        if (!pod) return;
        const gracePeriodSeconds = randomInt(this.random, 4);
        await this.client.delete(pods, pod.metadata, { gracePeriodSeconds }).catch(() => {});
        return;
      }
      case 3:
        if (running.length > 0) this.runtime.kill(pick(this.random, running).id);
        return;
      case 4: {
        const sandboxes = await this.runtime.listPodSandboxes().catch(() => []);
        if (sandboxes.length === 0) return;
        await this.runtime.stopPodSandbox(pick(this.random, sandboxes).id).catch(() => {});
        return;
      }
      case 5:
        this.crashAgent();
        this.startAgent();
        return;
      default:
        return;
    }
  }

  /** Takes the clock on by so much, and looks after every step. */
  async run(ms: number, check: () => void): Promise<void> {
    for (let passed = 0; passed < ms; passed += 20) {
      await this.clock.advance(20);
      check();
    }
  }

  #tools(runtime: ModelRuntime, client: Client): AgentTools {
    const { clock, random } = this;
    return {
      clock,
      random,
      logger: silentLogger,
      client,
      runtime,
      files: memoryFiles(),
      cgroups: { apply: () => {}, remove: () => true },
      transport: {
        http: async () => ({ status: 200, body: '' }),
        tcp: async () => {},
        grpc: async () => 'SERVING',
      },
      machine: {
        hostName: NODE,
        cpus: 2,
        memoryBytes: 2 ** 32,
        machineId: '',
        systemUuid: '',
        bootId: '',
        kernelVersion: '',
        osImage: '',
        architecture: 'amd64',
        addresses: ['192.0.2.1'],
      },
      disk: async () => ({ totalBytes: 1000, freeBytes: 900, totalFiles: 0, freeFiles: 0 }),
      imageDisk: async () => ({ totalBytes: 1000, freeBytes: 900, totalFiles: 0, freeFiles: 0 }),
      availableMemoryBytes: () => 2 ** 31,
      hostDns: { servers: [], searches: [], options: [] },
      logTail: async () => '',
      readLog: async function* () {},
      rotateLog: async () => false,
    };
  }
}

const BEHAVIOURS = Object.keys(SPECS) as Behaviour[];

/** The same, until its user's life is over: from then on nothing answers. */
function mortal<T extends object>(target: T, life: { over: boolean }): T {
  return new Proxy(target, {
    get(object, property) {
      const value = Reflect.get(object, property);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]) => {
        if (life.over) return new Promise(() => {});
        const result = value.apply(
          object,
          given.map((each) => mortalSink(each, life)),
        );
        if (!(result instanceof Promise)) return result;
        return new Promise((resolve, reject) => {
          result.then(
            (answer) => life.over || resolve(answer),
            (error) => life.over || reject(error),
          );
        });
      };
    },
  });
}

/** What a watch tells must not reach the dead either. */
function mortalSink(given: unknown, life: { over: boolean }): unknown {
  if (typeof given !== 'object' || given === null || !('next' in given)) return given;
  const sink = given as { next(event: unknown): void; end(error?: unknown): void };
  return {
    next: (event: unknown) => life.over || sink.next(event),
    end: (error?: unknown) => life.over || sink.end(error),
  };
}

/** Files that nobody reads. */
function memoryFiles(): PodFiles {
  return {
    podUids: () => [],
    removeVolumes: async () => {},
    removePod: async () => {},
    removeLog: async () => {},
    logFolder: ({ uid }) => `/logs/${uid}`,
    writeHosts: (uid) => `/pods/${uid}/hosts`,
    terminationLog: (uid, container, count) => `/pods/${uid}/${container}/${count}`,
    readStart: () => undefined,
    projectedVolume: (uid, volume) => `/pods/${uid}/${volume}`,
    writeProjected: () => false,
    emptyVolume: async (uid, volume) => `/pods/${uid}/${volume}`,
    volumeUsage: async () => 0,
    logUsage: () => 0,
    checkHostPath: () => {},
    subPath: async (uid) => `/pods/${uid}`,
    readMachineFile: async () => '',
  };
}

import { join } from 'node:path';
import { pods, serviceAccounts } from '../../src/api/generated/core/v1/resources.ts';
import type { Container, Pod, PodSpec } from '../../src/api/generated/core/v1/types.ts';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { systemRandom } from '../../src/base/random.ts';
import type { Client } from '../../src/client/client.ts';
import { Informer } from '../../src/client/informer.ts';
import { removeAgentTraces, type StartAgentOptions, startAgent } from '../../src/cmd/agent.ts';
import { keyOf } from '../../src/machinery/object.ts';
import { startTestApiServer } from './api-server.ts';
import { startTestContainerd, TEST_CGROUP, type TestContainerd } from './containerd.ts';
import { SHELL_IMAGE } from './images.ts';

export const NODE = 'test-node';

/** A node whose pods are real, an API server, and what tests ask of them. */
export interface TestNode {
  readonly client: Client;
  readonly containerd: TestContainerd;
  /** Creates a pod on the node. */
  run(name: string, spec: Partial<PodSpec>, metadata?: object): Promise<Pod>;
  /** Resolves with the pod once it satisfies the condition. */
  until(name: string, condition: (pod: Pod) => boolean, timeoutMs?: number): Promise<Pod>;
  /** Resolves once the pod is gone from the API. */
  untilGone(name: string): Promise<void>;
  delete(name: string, graceSeconds?: number): Promise<void>;
  /** Ends the agent and starts another one, as after a crash. */
  restartAgent(): Promise<void>;
  stop(): Promise<void>;
}

const TIMEOUT_MS = 20_000;

/** Starts it all. To be called in a network namespace of its own. */
export async function startTestNode(
  serving?: StartAgentOptions['serving'],
  clock: Clock = systemClock,
): Promise<TestNode> {
  const api = await startTestApiServer();
  const client = api.clientFor('test');
  const containerd = await startTestContainerd();
  await client.create(serviceAccounts, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace: 'default' },
  });
  const start = () =>
    startAgent({
      clock,
      random: systemRandom,
      logger: silentLogger,
      client: api.clientFor(`system:node:${NODE}`),
      runtime: containerd.containerd.runtime,
      folder: join(containerd.folder, 'agent'),
      name: NODE,
      owner: NODE,
      ...(serving && { serving }),
      labels: {},
      taints: [],
      addresses: ['192.0.2.1'],
      podsMax: 110,
      port: 0,
      version: 'v1.36.0',
      dns: { addresses: ['10.96.0.10'], domain: 'cluster.local' },
      cgroupRoot: TEST_CGROUP,
    });
  let agent = await start();
  const stop = new AbortController();
  const tools = { clock, random: systemRandom, client, logger: silentLogger };
  const informer = new Informer<Pod>(tools, pods);
  informer.start(stop.signal);

  function until<T>(
    name: string,
    condition: (pod: Pod | undefined) => T | undefined,
    timeoutMs = TIMEOUT_MS,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        cancel();
        const pod = informer.lister.get(`default/${name}`);
        reject(new Error(`pod ${name} doesn't get there: ${JSON.stringify(pod?.status)}`));
      }, timeoutMs);
      const check = (pod: Pod | undefined): boolean => {
        const found = condition(pod);
        if (found === undefined) return false;
        clearTimeout(timer);
        queueMicrotask(() => cancel());
        resolve(found);
        return true;
      };
      let cancel = (): void => {};
      if (check(informer.lister.get(`default/${name}`))) return;
      cancel = informer.subscribe(({ before, after }) => {
        if (keyOf((after ?? before)!) === `default/${name}`) check(after);
      });
    });
  }

  return {
    client,
    containerd,
    run: (name, spec, metadata = {}) =>
      client.create(pods, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace: 'default', ...metadata },
        spec: {
          nodeName: NODE,
          automountServiceAccountToken: false,
          containers: [shell('main', 'exec sleep 1000')],
          ...spec,
        },
      } as never),
    until: (name, condition, timeoutMs) =>
      until(name, (pod) => (pod && condition(pod) ? pod : undefined), timeoutMs),
    untilGone: async (name) => {
      await until(name, (pod) => (pod ? undefined : true));
    },
    async delete(name, graceSeconds) {
      await client.delete(
        pods,
        { namespace: 'default', name },
        { gracePeriodSeconds: graceSeconds },
      );
    },
    async restartAgent() {
      agent.stop();
      agent = await start();
    },
    async stop() {
      agent.stop();
      stop.abort();
      await containerd.end();
      await removeAgentTraces({
        folder: join(containerd.folder, 'agent'),
        cgroupRoot: TEST_CGROUP,
      });
      containerd.removeFolder();
      api.stop();
    },
  };
}

/** A container that runs a script in dash. */
export const shell = (name: string, script: string, more: Partial<Container> = {}): Container => ({
  name,
  image: SHELL_IMAGE,
  imagePullPolicy: 'IfNotPresent',
  command: ['sh', '-c', script],
  ...more,
});

export const isReady = ({ status }: Pod): boolean =>
  status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;

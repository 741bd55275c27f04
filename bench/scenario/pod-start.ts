import { join } from 'node:path';
import { PAUSE_IMAGE } from '../../src/image/pause.ts';
import { Api } from '../lib/api.ts';
import { BarePods } from '../lib/bare/pods.ts';
import { KUBERNETES } from '../lib/kubernetes.ts';
import type { Lab } from '../lib/lab.ts';
import { podsIn } from '../lib/objects.ts';
import { atMost, Samples } from '../lib/result.ts';
import { type Scenario, SkippedError } from '../lib/scenario.ts';
import type { TuttiCluster } from '../lib/tutti-cluster.ts';

const SIZES = {
  full: { single: 5, batch: 30, batches: 2 },
  quick: { single: 1, batch: 2, batches: 1 },
};
const NAMESPACE = 'pods';
const TIMEOUT_MS = 60_000;

/** From a pod's POST to the event that says it is ready, on a cluster as `tutti up` starts it. */
export const podStart: Scenario = {
  name: 'pod-start',
  summary: 'The same on a cluster of `tutti up`, with scheduler, controllers and services',
  async run(lab, size) {
    if (process.getuid?.() !== 0) throw new SkippedError('starting containers takes root');
    const { single, batch, batches } = SIZES[size];
    const figures = new Samples();
    const limits = new Samples();
    const cluster = lab.cluster();
    await cluster.up();
    const bare = new BarePods(cluster.socket, join(cluster.folder, 'bare'));
    const starter = await PodStarter.open(lab, cluster);
    try {
      await starter.start(1); // Both once, before it counts.
      await bare.start(1);
      for (let i = 0; i < single; i++) {
        figures.add('one pod', 'ms', await starter.start(1));
        limits.add('bare calls, one pod', 'ms', await bare.start(1));
      }
      for (let i = 0; i < batches; i++) {
        figures.add(`${batch} pods at once`, 'ms', await starter.start(batch));
        limits.add(`bare calls, ${batch} pods`, 'ms', await bare.start(batch));
      }
    } finally {
      starter.close();
      bare.close();
      cluster.down();
    }
    const one = figures.median('one pod');
    const all = figures.median(`${batch} pods at once`);
    const goals = [
      atMost('one pod: times the bare calls', one / limits.median('bare calls, one pod'), 1.5),
      atMost('one pod: share of Kubernetes', one / KUBERNETES.podReadyMs, 0.5),
      atMost(
        `${batch} pods: times the bare calls`,
        all / limits.median(`bare calls, ${batch} pods`),
        1.5,
      ),
      ...(batch === 30
        ? [atMost('30 pods: share of Kubernetes', all / KUBERNETES.thirtyPodsReadyMs, 0.5)]
        : []),
    ];
    const parameters = { single, batch, batches };
    const result = { figures: figures.figures, limits: limits.figures, goals };
    return [{ scenario: 'pod-start', parameters, ...result }];
  },
};

/** Starts pods on a cluster, and has them gone before the next ones. */
class PodStarter {
  readonly #lab: Lab;
  readonly #cluster: TuttiCluster;
  readonly #api: Api;
  #made = 0;

  static async open(lab: Lab, cluster: TuttiCluster): Promise<PodStarter> {
    const api = new Api(cluster.target);
    await api.ensureNamespace(NAMESPACE);
    return new PodStarter(lab, cluster, api);
  }

  constructor(lab: Lab, cluster: TuttiCluster, api: Api) {
    this.#lab = lab;
    this.#cluster = cluster;
    this.#api = api;
  }

  /** Milliseconds until the last of so many was ready. */
  async start(count: number): Promise<number> {
    const { target, pid: serverPid } = this.#cluster;
    const path = podsIn(NAMESPACE);
    const { metadata } = JSON.parse(await this.#api.get(path));
    const query = `watch=true&resourceVersion=${metadata.resourceVersion}`;
    const amount = { count, clients: count, from: this.#made, timeoutMs: TIMEOUT_MS };
    this.#made += count;
    const { lastMs } = await this.#lab.load({
      type: 'pods',
      target,
      serverPid,
      watch: { method: 'GET', path: `${path}?${query}` },
      request: { method: 'POST', path, body: POD },
      until: 'ready',
      ...amount,
    });
    await this.#removeAll();
    return lastMs;
  }

  async #removeAll(): Promise<void> {
    const path = podsIn(NAMESPACE);
    const body = JSON.stringify({ gracePeriodSeconds: 0 });
    await this.#api.send({ method: 'DELETE', path, body });
    const deadlineMs = performance.now() + TIMEOUT_MS;
    while (JSON.parse(await this.#api.get(path)).items.length > 0) {
      if (performance.now() > deadlineMs) throw new Error('pods are left that were deleted');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  close(): void {
    this.#api.close();
  }
}

const POD = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'item-{i}' },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'main', image: PAUSE_IMAGE }],
  },
});

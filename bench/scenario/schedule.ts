import { Api } from '../lib/api.ts';
import { KUBERNETES } from '../lib/kubernetes.ts';
import type { Lab } from '../lib/lab.ts';
import type { PodsReport } from '../lib/load/pods.ts';
import { nodeText, podsIn, podText } from '../lib/objects.ts';
import { atLeast, Samples } from '../lib/result.ts';
import type { Scenario } from '../lib/scenario.ts';

const SIZES = {
  full: { nodeCounts: [100, 1_000, 5_000], rounds: 3, pods: 2_000, clients: 32 },
  quick: { nodeCounts: [10], rounds: 1, pods: 20, clients: 4 },
};
const NAMESPACE = 'schedule';
const SETTLE_MS = 500;
const TIMEOUT_MS = 60_000;
const WANTED: Readonly<Record<number, number>> = { 100: 5, 1000: 6, 5000: 8 };

/** How fast pods get nodes, from the first create to the last binding. */
export const schedule: Scenario = {
  name: 'schedule',
  summary: '2,000 pods on 100, 1,000 and 5,000 nodes, from the first create to the last binding',
  async run(lab, size) {
    const { nodeCounts, rounds, pods, clients } = SIZES[size];
    const samples = new Map(nodeCounts.map((nodes) => [nodes, new Samples()]));
    for (let round = 0; round < rounds; round++) {
      for (const [nodes, figures] of samples) {
        note(figures, pods, await measure(lab, { nodes, pods, clients }));
      }
    }
    return [...samples].map(([nodes, figures]) => {
      const theirs = KUBERNETES.boundPerSecond[nodes];
      const times = figures.median('bound') / (theirs ?? Number.NaN);
      return {
        scenario: 'schedule',
        parameters: { nodes, pods, clients, rounds },
        figures: figures.figures,
        limits: [],
        goals: theirs ? [atLeast('times Kubernetes', times, WANTED[nodes]!)] : [],
      };
    });
  },
};

/** Each time on a cluster of its own. Without controllers, which would miss the nodes' leases. */
async function measure(
  lab: Lab,
  { nodes, pods: count, clients }: { nodes: number; pods: number; clients: number },
): Promise<PodsReport> {
  const server = await lab.startServer({ components: 'api,scheduler' });
  const to = { target: server.target, serverPid: server.pid };
  const api = new Api(server.target);
  await api.ensureNamespace(NAMESPACE);
  const path = '/api/v1/nodes';
  const make = { method: 'POST', path, body: nodeText(new Date()) };
  const untaint = {
    method: 'PATCH',
    path: `${path}/node-{i}`,
    type: 'application/merge-patch+json',
    body: JSON.stringify({ spec: { taints: null } }),
  };
  for (const request of [make, untaint]) {
    await lab.load({ type: 'requests', ...to, request, count: nodes, clients: 32 });
  }
  const { metadata } = JSON.parse(await api.get(`${podsIn(NAMESPACE)}?limit=1`));
  api.close();
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS)); // The scheduler sees the nodes.
  const query = `watch=true&resourceVersion=${metadata.resourceVersion}`;
  const watch = { method: 'GET', path: `${podsIn(NAMESPACE)}?${query}` };
  const body = podText('default-scheduler');
  const request = { method: 'POST', path: podsIn(NAMESPACE), body };
  const amount = { until: 'bound', count, clients, timeoutMs: TIMEOUT_MS } as const;
  const report = await lab.load({ type: 'pods', ...to, watch, request, ...amount });
  await server.stop();
  return report;
}

function note(figures: Samples, pods: number, report: PodsReport): void {
  figures.add('bound', 'pods/s', (pods * 1000) / report.lastMs);
  figures.add('created', 'pods/s', report.createdPerSecond);
  figures.add('create to binding, p50', 'ms', report.p50Ms);
  figures.add('create to binding, p99', 'ms', report.p99Ms);
  figures.add('CPU of the server', 'us/pod', report.serverCpuUs);
}

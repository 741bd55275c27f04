import { join } from 'node:path';
import { Api } from '../lib/api.ts';
import { KUBERNETES } from '../lib/kubernetes.ts';
import type { Lab } from '../lib/lab.ts';
import { ROOT } from '../lib/machine.ts';
import { NOBODY, podsIn, podText } from '../lib/objects.ts';
import { cpuMsOf, residentBytesOf } from '../lib/process-usage.ts';
import { atMost, type Goal, Samples } from '../lib/result.ts';
import { type Scenario, SkippedError } from '../lib/scenario.ts';
import type { TuttiCluster } from '../lib/tutti-cluster.ts';

const SIZES = {
  full: { rounds: 3, settleMs: 3_000, idleMs: 20_000, pods: 1_000 },
  quick: { rounds: 1, settleMs: 0, idleMs: 200, pods: 20 },
};

type Parameters = (typeof SIZES)['full'];

/** A cluster with a real node, from nothing to an application that answers, and at rest. */
export const up: Scenario = {
  name: 'up',
  summary: '`tutti up -f examples/hello` on an empty data folder; then memory and CPU at rest',
  async run(lab, size) {
    if (process.getuid?.() !== 0) throw new SkippedError('starting containers takes root');
    const parameters = SIZES[size];
    const figures = new Samples();
    for (let round = 1; round <= parameters.rounds; round++) {
      const cluster = lab.cluster();
      await start(cluster, figures);
      if (round === parameters.rounds) await rest(lab, cluster, parameters, figures);
      figures.add('down', 'ms', cluster.down());
    }
    const goals = goalsOf(figures);
    return [{ scenario: 'up', parameters, figures: figures.figures, limits: [], goals }];
  },
};

async function start(cluster: TuttiCluster, figures: Samples): Promise<void> {
  const times = await cluster.up('-f', join(ROOT, 'examples/hello'));
  const answer = await (await fetch(times.urls[0] ?? '')).text();
  if (!answer.includes('hello')) throw new Error(`the example answered ${answer}`);
  figures.add('API ready', 'ms', times.apiReadyMs);
  figures.add('node ready', 'ms', times.nodeReadyMs);
  figures.add('example healthy', 'ms', times.doneMs);
}

/** What the cluster's process takes while nothing happens, and with pods stored. */
async function rest(
  lab: Lab,
  cluster: TuttiCluster,
  { settleMs, idleMs, pods }: Parameters,
  figures: Samples,
): Promise<void> {
  const { pid } = cluster;
  await pause(settleMs);
  figures.add('idle', 'MB', residentBytesOf(pid) / 1e6);
  const cpuBefore = cpuMsOf(pid);
  await pause(idleMs);
  figures.add('idle CPU', '% of a core', ((cpuMsOf(pid) - cpuBefore) / idleMs) * 100);
  const { target } = cluster;
  const api = new Api(target);
  await api.ensureNamespace('rest');
  api.close();
  const request = { method: 'POST', path: podsIn('rest'), body: podText(NOBODY) };
  const amount = { count: pods, clients: 32 };
  await lab.load({ type: 'requests', target, serverPid: pid, request, ...amount });
  await pause(settleMs);
  figures.add(`${pods} pods stored`, 'MB', residentBytesOf(pid) / 1e6);
}

function goalsOf(figures: Samples): Goal[] {
  const idle = figures.median('idle');
  const { pods } = SIZES.full;
  const full = figures.figures.some(({ name }) => name === `${pods} pods stored`);
  return [
    atMost('API ready: milliseconds', figures.median('API ready'), 500),
    atMost('node ready: milliseconds', figures.median('node ready'), 1_500),
    atMost('example healthy: milliseconds', figures.median('example healthy'), 3_000),
    atMost('idle: megabytes', idle, 150),
    ...(full
      ? [atMost(`${pods} pods stored: megabytes`, figures.median(`${pods} pods stored`), 220)]
      : []),
    atMost('idle CPU: percent of a core', figures.median('idle CPU'), 1),
    atMost('idle: share of Kubernetes', (idle * 1e6) / KUBERNETES.idleWithNodeBytes, 0.25),
  ];
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

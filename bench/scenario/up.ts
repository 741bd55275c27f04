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

const EXAMPLE = 'examples/hello';
const SIZES = {
  full: { rounds: 3, application: EXAMPLE, settleMs: 3_000, idleMs: 20_000, pods: 1_000 },
  // Without the example, whose port on the machine another test may have.
  quick: { rounds: 1, application: '', settleMs: 0, idleMs: 200, pods: 20 },
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
      await start(cluster, figures, parameters.application);
      if (round === parameters.rounds) await rest(lab, cluster, parameters, figures);
      figures.add('down', 'ms', cluster.down());
    }
    const goals = goalsOf(figures);
    return [{ scenario: 'up', parameters, figures: figures.figures, limits: [], goals }];
  },
};

async function start(cluster: TuttiCluster, figures: Samples, application: string): Promise<void> {
  const words = application ? ['-f', join(ROOT, application)] : [];
  const times = await cluster.up(...words);
  figures.add('API ready', 'ms', times.apiReadyMs);
  figures.add('node ready', 'ms', times.nodeReadyMs);
  if (!application) return;
  figures.add('example healthy', 'ms', times.doneMs);
  const answer = await (await fetch(times.urls[0] ?? '')).text();
  if (!answer.includes('hello')) throw new Error(`the example answered ${answer}`);
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
  const bounds: readonly [name: string, unit: string, most: number][] = [
    ['API ready', 'milliseconds', 500],
    ['node ready', 'milliseconds', 1_500],
    ['example healthy', 'milliseconds', 3_000],
    ['idle', 'megabytes', 150],
    ['1000 pods stored', 'megabytes', 220],
    ['idle CPU', 'percent of a core', 1],
  ];
  const measured = new Map(figures.figures.map(({ name, value }) => [name, value]));
  const share = (figures.median('idle') * 1e6) / KUBERNETES.idleWithNodeBytes;
  return [
    ...bounds.flatMap(([name, unit, most]) => {
      const value = measured.get(name);
      return value === undefined ? [] : [atMost(`${name}: ${unit}`, value, most)];
    }),
    atMost('idle: share of Kubernetes', share, 0.25),
  ];
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

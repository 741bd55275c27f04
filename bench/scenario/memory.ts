import { Api } from '../lib/api.ts';
import { KUBERNETES } from '../lib/kubernetes.ts';
import type { Lab, Size } from '../lib/lab.ts';
import { NOBODY, podsIn, podText } from '../lib/objects.ts';
import { cpuMsOf, residentBytesOf } from '../lib/process-usage.ts';
import { atMost, Samples } from '../lib/result.ts';
import type { Scenario } from '../lib/scenario.ts';
import type { TuttiServer } from '../lib/tutti-server.ts';

const SIZES = {
  full: { podCounts: [1_000, 5_000], patches: 10_000, settleMs: 3_000, idleMs: 20_000 },
  quick: { podCounts: [20], patches: 20, settleMs: 100, idleMs: 300 },
};
const EVERYTHING = 'api,controllers,scheduler';
const NAMESPACE = 'memory';

/** What a control plane costs that does nothing, empty and with pods stored. */
export const memory: Scenario = {
  name: 'memory',
  summary: 'Resident memory and CPU of an idle control plane: empty, with pods, started again',
  async run(lab, size) {
    const parameters = SIZES[size];
    const figures = new Samples();
    const limits = new Samples();
    const server = await lab.startServer({ components: EVERYTHING });
    const bare = await lab.startBare(server);
    limits.add('bare server', 'MB', residentBytesOf(bare.pid) / 1e6);
    await pause(parameters.settleMs);
    noteMemory(figures, 'idle', server);
    const cpuBefore = cpuMsOf(server.pid);
    await pause(parameters.idleMs);
    const share = (cpuMsOf(server.pid) - cpuBefore) / parameters.idleMs;
    figures.add('idle CPU', '% of a core', share * 100);
    await fill(lab, server, parameters, figures);
    await server.stop();
    await startAgain(lab, server.folder, parameters, figures);
    return [
      {
        scenario: 'memory',
        parameters: { ...parameters, podCounts: parameters.podCounts.join(',') },
        figures: figures.figures,
        limits: limits.figures,
        goals: goalsOf(figures, size),
      },
    ];
  },
};

const noteMemory = (figures: Samples, name: string, { pid }: TuttiServer): void =>
  figures.add(name, 'MB', residentBytesOf(pid) / 1e6);

type Parameters = (typeof SIZES)[Size];

async function fill(
  lab: Lab,
  server: TuttiServer,
  { podCounts, patches, settleMs }: Parameters,
  figures: Samples,
): Promise<void> {
  const api = new Api(server.target);
  await api.ensureNamespace(NAMESPACE);
  api.close();
  const request = { method: 'POST', path: podsIn(NAMESPACE), body: podText(NOBODY) };
  const to = { target: server.target, serverPid: server.pid };
  let made = 0;
  for (const pods of podCounts) {
    const amount = { count: pods - made, from: made, clients: 32 };
    await lab.load({ type: 'requests', request, ...to, ...amount });
    made = pods;
    await pause(settleMs);
    noteMemory(figures, `${pods} pods made`, server);
  }
  for (let round = 1; round * made <= patches; round++) {
    await lab.load({ type: 'requests', request: patchOf(round), ...to, count: made, clients: 32 });
  }
  await pause(settleMs);
  noteMemory(figures, AFTER_PATCHES, server);
}

const AFTER_PATCHES = 'and then patched';

/** Changes a label of each pod, to what it wasn't. */
const patchOf = (round: number) => ({
  method: 'PATCH',
  path: `${podsIn(NAMESPACE)}/item-{i}`,
  type: 'application/merge-patch+json',
  body: JSON.stringify({ metadata: { labels: { round: String(round) } } }),
});

async function startAgain(
  lab: Lab,
  folder: string,
  { podCounts, settleMs }: Parameters,
  figures: Samples,
): Promise<void> {
  const startedAt = performance.now();
  const server = await lab.startServer({ components: EVERYTHING, folder });
  const name = `started with ${podCounts.at(-1)} pods`;
  figures.add(name, 'ms', performance.now() - startedAt);
  await pause(settleMs);
  noteMemory(figures, `${name}, memory`, server);
  await server.stop();
}

function goalsOf(figures: Samples, size: Size) {
  const idle = figures.median('idle');
  const cpuShare = figures.median('idle CPU') / 100;
  return [
    atMost('idle: megabytes', idle, 150),
    ...(size === 'full'
      ? [
          atMost('1000 pods made: megabytes', figures.median('1000 pods made'), 220),
          atMost(
            'and then patched: share of Kubernetes',
            (figures.median(AFTER_PATCHES) * 1e6) / KUBERNETES.loadedApiServerAndEtcdBytes,
            0.2,
          ),
        ]
      : []),
    atMost('idle CPU: share of a core', cpuShare, 0.01),
    atMost('idle: share of Kubernetes', (idle * 1e6) / KUBERNETES.idleControlPlaneBytes, 0.25),
    atMost('idle CPU: share of Kubernetes', cpuShare / KUBERNETES.idleCpuShare, 0.25),
  ];
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

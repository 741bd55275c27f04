import { KUBERNETES } from '../lib/kubernetes.ts';
import type { Bench, Lab } from '../lib/lab.ts';
import { NOBODY, podsIn, podText } from '../lib/objects.ts';
import { atMost, type Result } from '../lib/result.ts';
import { inTurns, noteRequests, type Scenario } from '../lib/scenario.ts';

interface ListParameters {
  readonly pods: number;
  readonly rounds: number;
  readonly requests: number;
  readonly clients: number;
}

const COMMON = { rounds: 7, requests: 10, clients: 1 };
const SIZES = {
  full: [
    { ...COMMON, pods: 1_000 },
    { ...COMMON, pods: 5_000 },
  ],
  quick: [{ rounds: 1, requests: 2, clients: 1, pods: 50 }],
};

/** LIST of all pods of a namespace by one client, beside a server that sends the same bytes. */
export const list: Scenario = {
  name: 'list',
  summary: 'LIST of 1,000 and 5,000 pods, beside a bare server that sends the same bytes',
  async run(lab, size) {
    const bench = await lab.shared();
    const results: Result[] = [];
    for (const parameters of SIZES[size]) results.push(await measure(lab, bench, parameters));
    return results;
  },
};

async function measure(lab: Lab, bench: Bench, parameters: ListParameters): Promise<Result> {
  const { server, api, bare } = bench;
  const { pods, rounds, requests: count, clients } = parameters;
  const namespace = `list-${pods}`;
  const path = podsIn(namespace);
  await api.ensureNamespace(namespace);
  const tutti = { target: server.target, serverPid: server.pid };
  const create = { method: 'POST', path, body: podText(NOBODY) };
  await lab.load({ ...tutti, type: 'requests', request: create, count: pods, clients: 32 });
  await bare.answer({ bodies: { [`GET ${path}`]: await api.get(path) } });
  const job = { type: 'requests', request: { method: 'GET', path }, count, clients } as const;
  const { figures, limits } = await inTurns(rounds, [
    async (notes) => {
      const report = await lab.load({ ...job, ...tutti });
      noteRequests(notes.figures, 'list', report);
      notes.figures.add('list, length', 'MB', report.bytes / 1e6);
    },
    async (notes) => {
      const report = await lab.load({ ...job, target: bare.target, serverPid: bare.pid });
      noteRequests(notes.limits, 'bare server', report);
    },
  ]);
  const ms = figures.median('list, p50');
  const isLong = pods >= 5_000;
  const theirs = isLong ? KUBERNETES.list5000Ms : KUBERNETES.list1000Ms;
  return {
    scenario: 'list',
    parameters: { ...parameters },
    figures: figures.figures,
    limits: limits.figures,
    goals: [
      atMost('times the bare server takes', ms / limits.median('bare server, p50'), isLong ? 3 : 2),
      atMost('share of what Kubernetes takes', ms / theirs, 0.2),
    ],
  };
}

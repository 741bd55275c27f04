import { join } from 'node:path';
import { Api } from '../lib/api.ts';
import { bareCommitsPerSecond } from '../lib/bare/disk.ts';
import { KUBERNETES } from '../lib/kubernetes.ts';
import type { Bench, Lab } from '../lib/lab.ts';
import type { RequestTemplate } from '../lib/load/connection.ts';
import type { RequestsJob } from '../lib/load/requests.ts';
import { NOBODY, podsIn, podText } from '../lib/objects.ts';
import { atLeast, atMost, type Goal } from '../lib/result.ts';
import { inTurns, type Notes, noteRequests, type Scenario } from '../lib/scenario.ts';

const SIZES = {
  full: { warmUpRounds: 6, rounds: 9, requests: 2_000, clients: 32, requestsOfOne: 300 },
  quick: { warmUpRounds: 0, rounds: 1, requests: 40, clients: 4, requestsOfOne: 10 },
};

type Parameters = (typeof SIZES)['full'];

const CREATED = 'write-create';
const CHANGED = { merge: 'write-merge', apply: 'write-apply' };

/** Writes that are answered when they are on disk, beside the bare disk and a bare server. */
export const write: Scenario = {
  name: 'write',
  summary: 'Create, merge patch and server-side apply, beside bare group commits and a bare server',
  async run(lab, size) {
    const parameters = SIZES[size];
    const { rounds, warmUpRounds, requests } = parameters;
    const justStarted = await createOnNewServer(lab, parameters);
    const bench = await lab.shared();
    const { api, bare, server } = bench;
    for (const name of [CREATED, ...Object.values(CHANGED)]) await api.ensureNamespace(name);
    for (const name of Object.values(CHANGED)) {
      await send(lab, bench, createIn(name), { count: requests, clients: 32, from: 0 });
    }
    const stored = await api.get(`${podsIn(CHANGED.merge)}/item-0`);
    await bare.answer({
      bodies: { [`POST ${podsIn(CREATED)}`]: stored, 'GET /readyz': 'ok' },
    });
    const disk = { rows: requests * 4, group: 32, rowBytes: Buffer.byteLength(stored) };
    const file = join(server.folder, 'bare.db'); // On the same disk.
    const { figures, limits } = await inTurns(
      rounds,
      [
        ...contenders(lab, bench, parameters),
        (notes) => notes.limits.add('bare disk', 'rows/s', bareCommitsPerSecond(file, disk)),
      ],
      { warmUpRounds },
    );
    noteRequests(figures, 'create, just started', justStarted);
    const goals = goalsOf({ figures, limits });
    const result = { figures: figures.figures, limits: limits.figures, goals };
    return [{ scenario: 'write', parameters, ...result }];
  },
};

/** The first creates in a server's life, while its code is still being compiled. */
async function createOnNewServer(lab: Lab, { requests: count, clients }: Parameters) {
  const server = await lab.startServer();
  const api = new Api(server.target);
  await api.ensureNamespace(CREATED);
  api.close();
  const to = { target: server.target, serverPid: server.pid };
  const report = await lab.load({
    type: 'requests',
    request: createIn(CREATED),
    count,
    clients,
    ...to,
  });
  await server.stop();
  return report;
}

const createIn = (namespace: string): RequestTemplate => ({
  method: 'POST',
  path: podsIn(namespace),
  body: podText(NOBODY),
});

const label = (name: string, value: number) => ({ labels: { [name]: String(value) } });

/** Changes a label of each pod, to what it wasn't. */
const mergePatch = (round: number): RequestTemplate => ({
  method: 'PATCH',
  path: `${podsIn(CHANGED.merge)}/item-{i}`,
  type: 'application/merge-patch+json',
  body: JSON.stringify({ metadata: label('merged', round) }),
});

const apply = (round: number): RequestTemplate => ({
  method: 'PATCH',
  path: `${podsIn(CHANGED.apply)}/item-{i}?fieldManager=applier&force=true`,
  type: 'application/apply-patch+yaml',
  body: JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'item-{i}', ...label('applied', round) },
  }),
});

function contenders(lab: Lab, bench: Bench, parameters: Parameters) {
  const { requests: count, clients, requestsOfOne } = parameters;
  let made = 0;
  const create = async (
    notes: Notes,
    name: string,
    special?: { count: number; clients: 1 } | { by: 'node:https' },
  ) => {
    const amount = { count, clients, ...special, from: made };
    made += amount.count;
    noteRequests(notes.figures, name, await send(lab, bench, createIn(CREATED), amount));
  };
  const change = async (notes: Notes, name: string, request: RequestTemplate) => {
    const report = await send(lab, bench, request, { count, clients, from: 0 });
    noteRequests(notes.figures, name, report);
  };
  const { bare } = bench;
  const bareCreate = async ({ limits }: Notes, name: string, special?: { by: 'node:https' }) => {
    const job = { request: createIn(CREATED), count, clients, ...special };
    const to = { target: bare.target, serverPid: bare.pid };
    noteRequests(limits, name, await lab.load({ type: 'requests', ...job, ...to }));
  };
  const by = 'node:https' as const;
  return [
    (notes: Notes) => create(notes, 'create'),
    (notes: Notes) => bareCreate(notes, 'bare server'),
    (notes: Notes) => create(notes, 'create by node:https', { by }),
    (notes: Notes) => bareCreate(notes, 'bare server, asked by node:https', { by }),
    (notes: Notes, round: number) => change(notes, 'merge patch', mergePatch(round)),
    (notes: Notes, round: number) => change(notes, 'apply', apply(round)),
    (notes: Notes) => create(notes, 'create by one', { count: requestsOfOne, clients: 1 }),
  ];
}

const send = (
  lab: Lab,
  { server }: Bench,
  request: RequestTemplate,
  amount: Pick<RequestsJob, 'count' | 'clients' | 'from' | 'by'>,
) =>
  lab.load({
    type: 'requests',
    target: server.target,
    serverPid: server.pid,
    request,
    ...amount,
  });

function goalsOf({ figures, limits }: Notes): Goal[] {
  const limit = Math.min(limits.median('bare server'), limits.median('bare disk'));
  const limitByNode = limits.median('bare server, asked by node:https');
  const shareByNode = figures.median('create by node:https') / limitByNode;
  const cpu = (name: string) => figures.median(`${name}, CPU of the server`);
  const times = (name: string, theirs: number) => figures.median(name) / theirs;
  return [
    atLeast('create: share of the lower limit', figures.median('create') / limit, 0.4),
    atLeast("create by node:https: share of the bare server's", shareByNode, 0.4),
    atMost("merge patch: times a create's CPU", cpu('merge patch') / cpu('create'), 1.5),
    atMost("apply: times a create's CPU", cpu('apply') / cpu('create'), 3),
    atLeast('create: times Kubernetes', times('create', KUBERNETES.createPerSecond), 4),
    atLeast(
      'create by one: times Kubernetes',
      times('create by one', KUBERNETES.createPerSecondOneClient),
      3,
    ),
    atLeast(
      'merge patch: times Kubernetes',
      times('merge patch', KUBERNETES.mergePatchPerSecond),
      4,
    ),
    atLeast('apply: times Kubernetes', times('apply', KUBERNETES.applyPerSecond), 4),
  ];
}

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KUBERNETES } from '../bench/lib/kubernetes.ts';

// Writes the table of figures in README.md from the newest results in bench/results:
//   node tools/figures.ts

const ROOT = join(import.meta.dirname, '..');
const FILE = join(ROOT, 'README.md');
const [BEGIN, END] = ['<!-- figures: generated -->', '<!-- /figures -->'];

interface Measured {
  readonly value: number;
  readonly unit: string;
}

/** One line of a file in bench/results. */
interface Recorded {
  readonly scenario: string;
  readonly parameters: Readonly<Record<string, number | string>>;
  readonly figures: Readonly<Record<string, Measured>>;
  readonly limits: Readonly<Record<string, Measured>>;
  readonly machine: { readonly cores: number };
  readonly node: string;
  readonly at: string;
}

interface Row {
  readonly title: string;
  /** Scenario and figure. */
  readonly of: readonly [scenario: string, figure: string];
  /** Which of the sizes that a scenario is measured in. */
  readonly where?: Readonly<Record<string, number>>;
  /** The name of what bare parts reach, beside it. */
  readonly limit?: string;
  /** What Kubernetes reached, in the figure's unit. */
  readonly kubernetes?: number | undefined;
}

const K = KUBERNETES;
const BARE = 'bare server';

const ROWS: readonly Row[] = [
  { title: '`tutti up`: API ready', of: ['up', 'API ready'] },
  { title: '`tutti up`: node ready', of: ['up', 'node ready'] },
  { title: '`tutti up -f examples/hello`: all healthy', of: ['up', 'example healthy'] },
  {
    title: 'API server: launch to `/readyz`',
    of: ['start', 'API server'],
    limit: BARE,
    kubernetes: K.readyMs,
  },
  {
    title: 'Memory: control plane, idle',
    of: ['memory', 'idle'],
    limit: BARE,
    kubernetes: K.idleControlPlaneBytes / 1e6,
  },
  {
    title: 'Memory: whole cluster, idle',
    of: ['up', 'idle'],
    kubernetes: K.idleWithNodeBytes / 1e6,
  },
  { title: 'Memory: whole cluster, 1,000 pods stored', of: ['up', '1000 pods stored'] },
  {
    title: 'Memory: control plane, 5,000 pods made and patched',
    of: ['memory', 'and then patched'],
    kubernetes: K.loadedApiServerAndEtcdBytes / 1e6,
  },
  {
    title: 'CPU: whole cluster, idle',
    of: ['up', 'idle CPU'],
    kubernetes: K.idleCpuShare * 100,
  },
  { title: 'get, 32 clients', of: ['get', 'get'], limit: BARE, kubernetes: K.getPerSecond },
  {
    title: 'create, 32 clients',
    of: ['write', 'create'],
    limit: BARE,
    kubernetes: K.createPerSecond,
  },
  {
    title: 'create, 32 clients of `node:https`',
    of: ['write', 'create by node:https'],
    limit: 'bare server, asked by node:https',
    kubernetes: K.createPerSecond,
  },
  {
    title: 'create, one client',
    of: ['write', 'create by one'],
    kubernetes: K.createPerSecondOneClient,
  },
  {
    title: 'merge patch, 32 clients',
    of: ['write', 'merge patch'],
    kubernetes: K.mergePatchPerSecond,
  },
  {
    title: 'server-side apply, 32 clients',
    of: ['write', 'apply'],
    kubernetes: K.applyPerSecond,
  },
  listOf(1000, K.list1000Ms),
  listOf(5000, K.list5000Ms),
  watched('p50', K.watchP50Ms),
  watched('p99', K.watchP99Ms),
  ...[100, 1000, 5000].map((nodes) => ({
    title: `2,000 pods bound, ${grouped(nodes)} nodes`,
    of: ['schedule', 'bound'] as const,
    where: { nodes },
    kubernetes: K.boundPerSecond[nodes],
  })),
  {
    title: 'One pod: POST to Ready',
    of: ['pod-start', 'one pod'],
    limit: 'bare calls, one pod',
    kubernetes: K.podReadyMs,
  },
  {
    title: '30 pods at once: POST to the last Ready',
    of: ['pod-start', '30 pods at once'],
    limit: 'bare calls, 30 pods',
    kubernetes: K.thirtyPodsReadyMs,
  },
  { title: 'Cluster in a test: ready', of: ['testing', 'further cluster'] },
  {
    title: 'Cluster in a test: the first of a process',
    of: ['testing', 'first cluster of a process'],
  },
  {
    title: 'Cluster in a test: Deployment of 3, applied to ready',
    of: ['testing', 'apply of a deployment of 3, until ready'],
  },
  {
    title: '100 clusters in a test: memory',
    of: ['testing', 'clusters side by side, resident'],
  },
  { title: 'Fork of a cluster with 5,000 pods', of: ['testing', 'fork'] },
  {
    title: 'Virtual time to CPU time, 20 nodes, 200 pods',
    of: ['testing', 'virtual time to CPU time, at rest'],
  },
];

function listOf(pods: number, kubernetes: number): Row {
  const of = ['list', 'list, p50'] as const;
  const title = `list of ${grouped(pods)} pods, p50`;
  return { title, of, where: { pods }, limit: `${BARE}, p50`, kubernetes };
}

function watched(quantile: string, kubernetes: number): Row {
  const title = `watch, 100 watchers: answer to event, ${quantile}`;
  const of = ['watch', `event, ${quantile}`] as const;
  return { title, of, limit: `${BARE}, ${quantile}`, kubernetes };
}

/** The newest line of each scenario and size. */
function newest(): Recorded[] {
  const folder = join(ROOT, 'bench/results');
  const lines = readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').filter(Boolean))
    .map((line) => JSON.parse(line) as Recorded)
    .sort((a, b) => (a.at < b.at ? -1 : 1));
  return [...new Map(lines.map((each) => [keyOf(each), each])).values()];
}

const keyOf = ({ scenario, parameters: { pods, nodes } }: Recorded): string =>
  [scenario, pods, nodes].join('/');

function lineOf(
  { title, of: [scenario, name], where = {}, limit, kubernetes }: Row,
  results: readonly Recorded[],
): string[] {
  const found = results.find(
    (each) =>
      each.scenario === scenario &&
      Object.entries(where).every(([parameter, value]) => each.parameters[parameter] === value),
  );
  const figure = found?.figures[name];
  if (figure === undefined) return [];
  const show = (value: number | undefined) =>
    value === undefined ? '' : shown(value, figure.unit);
  const bare = limit === undefined ? undefined : found?.limits[limit]?.value;
  return [`| ${title} | ${show(figure.value)} | ${show(bare)} | ${show(kubernetes)} |`];
}

const UNITS: Readonly<Record<string, string>> = { 'requests/s': '/s', 'pods/s': '/s' };

function shown(value: number, unit: string): string {
  const digits = value >= 1000 ? grouped(Math.round(value)) : String(Number(value.toPrecision(2)));
  return `${value >= 100 && value < 1000 ? Math.round(value) : digits}${UNITS[unit] ?? ` ${unit.replace(' of a core', '')}`}`;
}

/** 12,300 */
function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** The README with the table of the newest results in it. */
export function withFigures(document: string): string {
  const [before = ''] = document.split(BEGIN);
  const [, after = ''] = document.split(END);
  const head = '| | Tutti | bare parts | Kubernetes 1.36.2 |\n|---|--:|--:|--:|';
  const results = newest();
  const lines = ROWS.flatMap((row) => lineOf(row, results));
  return `${before}${BEGIN}\n${head}\n${lines.join('\n')}\n${END}${after}`;
}

if (import.meta.main) writeFileSync(FILE, withFigures(readFileSync(FILE, 'utf8')));

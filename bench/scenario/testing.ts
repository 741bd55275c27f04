import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Size } from '../lib/lab.ts';
import { ROOT } from '../lib/machine.ts';
import { atLeast, atMost, type Goal, Samples } from '../lib/result.ts';
import type { Scenario } from '../lib/scenario.ts';

const SIZES = {
  full: {
    rounds: 5,
    clusters: 100,
    forkNodes: 60,
    forkPods: 5_000,
    nodes: 20,
    pods: 200,
    minutes: 400,
  },
  quick: { rounds: 1, clusters: 3, forkNodes: 2, forkPods: 20, nodes: 2, pods: 20, minutes: 2 },
};
type Parameters = (typeof SIZES)[Size];

const run = promisify(execFile);

/** What clusters inside a test cost: to begin, to have many, to fork, and for time to pass in. */
export const testing: Scenario = {
  name: 'testing',
  summary: "Clusters inside a test: to begin, many side by side, forks, virtual time to the CPU's",
  async run(_lab, size) {
    const parameters = SIZES[size];
    const module = size === 'full' ? await packaged() : join(ROOT, 'src/testing/testing.ts');
    const figures = new Samples();
    for (let round = 0; round < parameters.rounds; round++)
      await measure(module, parameters, figures);
    return [
      {
        scenario: 'testing',
        parameters,
        figures: figures.figures,
        limits: [],
        goals: goalsOf(figures),
      },
    ];
  },
};

/** The module as those have it who install the package: bundled. */
async function packaged(): Promise<string> {
  await run(process.execPath, [join(ROOT, 'tools/build.ts'), '--package'], { cwd: ROOT });
  return join(ROOT, 'dist/testing.js');
}

/** One round, each part of it in a process of its own, as test runners do it. */
async function measure(module: string, parameters: Parameters, figures: Samples): Promise<void> {
  const { clusters, forkNodes, forkPods, nodes, pods, minutes } = parameters;
  const begun = await ask(module, 'begin', 10);
  figures.add('import', 'ms', begun.importMs);
  figures.add('first cluster of a process', 'ms', begun.firstMs);
  figures.add('further cluster', 'ms', begun.laterMs);
  figures.add('apply of a deployment of 3, until ready', 'ms', begun.readyMs);
  const { residentBytes } = await ask(module, 'many', clusters);
  figures.add('clusters side by side, resident', 'MB', residentBytes / 1e6);
  const forked = await ask(module, 'fork', forkNodes, forkPods, 20);
  figures.add('fork', 'ms', forked.forkMs);
  figures.add('fork, memory', 'MB', forked.forkBytes / 1e6);
  figures.add('fork, its first answer', 'ms', forked.firstUseMs);
  const { atRest, changing } = await ask(module, 'rate', nodes, pods, minutes);
  figures.add('virtual time to CPU time, at rest', 'times', atRest);
  figures.add('virtual time to CPU time, a rollout each 10 min', 'times', changing);
}

type Answer = Readonly<
  Record<
    | 'importMs'
    | 'firstMs'
    | 'laterMs'
    | 'readyMs'
    | 'residentBytes'
    | 'forkMs'
    | 'forkBytes'
    | 'firstUseMs'
    | 'atRest'
    | 'changing',
    number
  >
>;

async function ask(module: string, what: string, ...numbers: readonly number[]): Promise<Answer> {
  const program = join(import.meta.dirname, '../lib/testing/main.ts');
  const words = [pathToFileURL(module).href, what, ...numbers.map(String)];
  const { stdout } = await run(process.execPath, ['--expose-gc', program, ...words]);
  return JSON.parse(stdout) as Answer;
}

const goalsOf = (figures: Samples): Goal[] => [
  atMost('first cluster of a process: ms', figures.median('first cluster of a process'), 400),
  atMost('further cluster: ms', figures.median('further cluster'), 100),
  atMost(
    'deployment of 3 ready: ms',
    figures.median('apply of a deployment of 3, until ready'),
    50,
  ),
  atMost('100 clusters: MB', figures.median('clusters side by side, resident'), 300),
  atMost('fork of 5,000 pods: ms', figures.median('fork'), 5),
  atMost('fork of 5,000 pods: MB', figures.median('fork, memory'), 1),
  atLeast(
    '20 nodes and 200 pods: times real time',
    figures.median('virtual time to CPU time, at rest'),
    5_000,
  ),
];

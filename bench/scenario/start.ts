import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Api } from '../lib/api.ts';
import { KUBERNETES } from '../lib/kubernetes.ts';
import type { Lab } from '../lib/lab.ts';
import { atMost } from '../lib/result.ts';
import { inTurns, type Notes, type Scenario } from '../lib/scenario.ts';
import type { TuttiServer } from '../lib/tutti-server.ts';

const SIZES = { full: { rounds: 7 }, quick: { rounds: 1 } };

/** From the launch of `tutti server` to the first good answer of `/readyz`. */
export const start: Scenario = {
  name: 'start',
  summary: 'Launch to /readyz of the API server alone and of all components, beside bare Node',
  async run(lab, size) {
    const parameters = SIZES[size];
    const { server } = await lab.shared();
    // Not before somebody has started it once: then the code lies compiled in the user's cache.
    const { figures, limits } = await inTurns(parameters.rounds, [
      (notes) => launch(lab, notes, 'API server', { components: 'api' }),
      (notes) => launchBare(lab, notes, server),
      ...(size === 'full' ? more(lab) : []),
    ]);
    const ms = figures.median('API server');
    return [
      {
        scenario: 'start',
        parameters,
        figures: figures.figures,
        limits: limits.figures,
        goals: [
          atMost('API server: milliseconds', ms, 400),
          atMost('API server: share of what Kubernetes takes', ms / KUBERNETES.readyMs, 0.2),
        ],
      },
    ];
  },
};

const EVERYTHING = 'api,controllers,scheduler';

const more = (lab: Lab) => [
  (notes: Notes) => launch(lab, notes, 'all components', { components: EVERYTHING }),
  async (notes: Notes) => {
    const cache = join(lab.folder, 'compiled');
    const environment = { NODE_COMPILE_CACHE: cache };
    await launch(lab, notes, 'API server, never started before', { environment });
    rmSync(cache, { recursive: true, force: true });
  },
];

async function launch(
  lab: Lab,
  { figures }: Notes,
  name: string,
  options: Parameters<Lab['startServer']>[0],
): Promise<void> {
  const startedAt = performance.now();
  const server = await lab.startServer({ ...options, profileFolder: undefined });
  const api = new Api(server.target);
  await api.get('/readyz');
  figures.add(name, 'ms', performance.now() - startedAt);
  api.close();
  await server.stop();
}

/** The limit: a process of Node that answers over TLS. */
async function launchBare(lab: Lab, { limits }: Notes, beside: TuttiServer): Promise<void> {
  const startedAt = performance.now();
  const bare = await lab.startBare(beside);
  const api = new Api(bare.target);
  await api.send({ method: 'GET', path: '/readyz' }, [404]);
  limits.add('bare server', 'ms', performance.now() - startedAt);
  api.close();
  bare.kill();
}

import { KUBERNETES } from '../lib/kubernetes.ts';
import { NOBODY, podsIn, podText } from '../lib/objects.ts';
import { atLeast } from '../lib/result.ts';
import { inTurns, noteRequests, type Scenario } from '../lib/scenario.ts';

const SIZES = {
  full: { rounds: 7, requests: 6_000, clients: 32 },
  quick: { rounds: 1, requests: 100, clients: 4 },
};

/** GET of one pod by many clients, beside a server that sends the same bytes. */
export const get: Scenario = {
  name: 'get',
  summary: 'GET of one pod by 32 clients, beside a bare server that sends the same bytes',
  async run(lab, size) {
    const parameters = SIZES[size];
    const { rounds, requests: count, clients } = parameters;
    const { server, api, bare } = await lab.shared();
    await api.ensureNamespace('get');
    const path = `${podsIn('get')}/item-0`;
    const body = podText(NOBODY).replace('{i}', '0');
    await api.send({ method: 'POST', path: podsIn('get'), body });
    await bare.answer({ bodies: { [`GET ${path}`]: await api.get(path) } });
    const request = { method: 'GET', path };
    const job = { type: 'requests', request, count, clients } as const;
    const { figures, limits } = await inTurns(rounds, [
      async (notes) => {
        const report = await lab.load({ ...job, target: server.target, serverPid: server.pid });
        noteRequests(notes.figures, 'get', report);
      },
      async (notes) => {
        const report = await lab.load({ ...job, target: bare.target, serverPid: bare.pid });
        noteRequests(notes.limits, 'bare server', report);
      },
    ]);
    const reached = figures.median('get');
    return [
      {
        scenario: 'get',
        parameters,
        figures: figures.figures,
        limits: limits.figures,
        goals: [
          atLeast('share of the bare server', reached / limits.median('bare server'), 0.6),
          atLeast('times Kubernetes', reached / KUBERNETES.getPerSecond, 3),
        ],
      },
    ];
  },
};

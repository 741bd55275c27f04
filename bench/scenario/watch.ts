import { KUBERNETES } from '../lib/kubernetes.ts';
import type { FanOutReport } from '../lib/load/fan-out.ts';
import { NOBODY, podsIn, podText } from '../lib/objects.ts';
import { atMost, type Samples } from '../lib/result.ts';
import { inTurns, type Scenario } from '../lib/scenario.ts';

const SIZES = {
  full: { rounds: 5, watchers: 100, events: 60, pauseMs: 20 },
  quick: { rounds: 1, watchers: 5, events: 5, pauseMs: 2 },
};

/** How long after the answer to a write everyone who watches has the event. */
export const watch: Scenario = {
  name: 'watch',
  summary: '100 watchers: from the answer of a create to its event, beside a bare server',
  async run(lab, size) {
    const parameters = SIZES[size];
    const { rounds, ...amount } = parameters;
    const { server, api, bare } = await lab.shared();
    let made = 0;
    const inNamespace = async () => {
      const namespace = `watch-${made++}`;
      await api.ensureNamespace(namespace);
      const path = podsIn(namespace);
      const { metadata } = JSON.parse(await api.get(path));
      const query = `watch=true&resourceVersion=${metadata.resourceVersion}`;
      const request = { method: 'POST', path, body: podText(NOBODY) };
      return { request, watch: { method: 'GET', path: `${path}?${query}` } };
    };
    const { figures, limits } = await inTurns(rounds, [
      async (notes) => {
        const job = { type: 'fanOut', ...amount, ...(await inNamespace()) } as const;
        const to = { target: server.target, serverPid: server.pid };
        note(notes.figures, 'event', await lab.load({ ...job, ...to }));
      },
      async (notes) => {
        const job = { type: 'fanOut', ...amount, ...(await inNamespace()) } as const;
        const body = podText(NOBODY).replace('{i}', '0');
        const sample = await api.send({ ...job.request, body });
        const numbered = sample.trimEnd().replace('"name":"item-0"', '"name":"item-{i}"');
        const frame = `{"type":"ADDED","object":${numbered}}\n`;
        await bare.answer({ bodies: { [`POST ${job.request.path}`]: sample }, frame });
        const to = { target: bare.target, serverPid: bare.pid };
        note(notes.limits, 'bare server', await lab.load({ ...job, ...to }));
      },
    ]);
    const [p50, p99] = [figures.median('event, p50'), figures.median('event, p99')];
    return [
      {
        scenario: 'watch',
        parameters,
        figures: figures.figures,
        limits: limits.figures,
        goals: [
          atMost('p99 in milliseconds', p99, 5),
          atMost("share of Kubernetes' p50", p50 / KUBERNETES.watchP50Ms, 0.5),
          atMost("share of Kubernetes' p99", p99 / KUBERNETES.watchP99Ms, 0.5),
        ],
      },
    ];
  },
};

function note(samples: Samples, name: string, report: FanOutReport): void {
  samples.add(`${name}, p50`, 'ms', report.p50Ms);
  samples.add(`${name}, p99`, 'ms', report.p99Ms);
  samples.add(`${name}, from the request, p50`, 'ms', report.fromRequestP50Ms);
  samples.add(`${name}, from the request, p99`, 'ms', report.fromRequestP99Ms);
  samples.add(`${name}, answer, p50`, 'ms', report.answerP50Ms);
  samples.add(`${name}, CPU of the server`, 'us/event', report.serverCpuUs);
}

import { sleep } from '../../base/clock.ts';
import { command } from '../command.ts';
import { healthOf } from '../health.ts';
import { LiveView } from '../live-view.ts';
import { namespaceOption, parseDuration } from '../options.ts';
import { selectNamed, titleOf } from '../selection.ts';

const LOOK_MS = 100;

export const rolloutStatus = command({
  name: 'rollout status',
  summary: 'Follow a rollout until it is done',
  details: `Exits with 1 when the rollout fails or takes longer than --timeout.

Example:
  tutti rollout status deploy/web`,
  arguments: [{ name: 'TYPE/NAME', description: 'The workload that rolls', variadic: true }],
  options: {
    namespace: namespaceOption,
    timeout: { value: 'DURATION', description: 'How long to wait', default: '10m' },
    'no-wait': { description: 'Tell how it stands now, and end' },
  },
  async run({ arguments: words, options }, context) {
    const { clock, signal, io } = context;
    const timeoutMs = parseDuration(options.timeout, 'timeout');
    const cluster = await context.openCluster();
    const namespace = options.namespace ?? cluster.namespace;
    const deadlineMs = clock.monotonicMs() + timeoutMs;
    const targets = await selectNamed(cluster, words, { namespace });
    const view = new LiveView(io, clock);
    try {
      for (;;) {
        const rows = await Promise.all(
          targets.map(async (target) => {
            const object = await cluster.client.get(target.resource, target);
            return { label: `${titleOf(target.resource)}/${target.name}`, ...healthOf(object) };
          }),
        );
        view.show(rows);
        if (rows.every(({ state }) => state === 'healthy')) return 0;
        if (options['no-wait'] || rows.some(({ state }) => state === 'failed')) return 1;
        if (clock.monotonicMs() >= deadlineMs) {
          io.note(`error: the rollout was not done within ${options.timeout}`);
          return 1;
        }
        await sleep(clock, LOOK_MS, signal);
      }
    } finally {
      view.close();
    }
  },
});

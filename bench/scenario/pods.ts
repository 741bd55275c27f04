import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PodsJob, PodsReport } from '../lib/pods/main.ts';
import { atMost, Samples } from '../lib/result.ts';
import { type Scenario, SkippedError } from '../lib/scenario.ts';

const SIZES = {
  full: { rounds: 5, together: 30, idleSeconds: 10 },
  quick: { rounds: 1, together: 2, idleSeconds: 1 },
};

/** From the POST of a pod to its being Ready on a real runtime. */
export const pods: Scenario = {
  name: 'pods',
  summary: 'A pod from POST to Ready, one and many at once, beside the bare calls of the runtime',
  async run(_lab, size) {
    const parameters = SIZES[size];
    if (process.getuid?.() !== 0) throw new SkippedError('pods need root');
    if (!existsSync('/usr/bin/containerd')) throw new SkippedError('containerd is not installed');
    const report = await inOwnNetwork(parameters);
    const figures = new Samples();
    const limits = new Samples();
    const note = (samples: Samples, name: string, unit: string, values: readonly number[]) => {
      for (const value of values) samples.add(name, unit, value);
    };
    const many = `${parameters.together} at once, the last`;
    note(figures, 'one pod', 'ms', report.one);
    note(figures, many, 'ms', report.many);
    note(figures, 'CPU of agent and API server', 'ms/pod', report.cpuPerPodMs);
    note(figures, 'CPU with pods that run', '% of a core', [report.idleCpuPercent]);
    note(limits, 'one pod', 'ms', report.bareOne);
    note(limits, many, 'ms', report.bareMany);
    const ratio = (name: string) => figures.median(name) / limits.median(name);
    return [
      {
        scenario: 'pods',
        parameters,
        figures: figures.figures,
        limits: limits.figures,
        goals: [
          atMost('one pod: times the bare calls', ratio('one pod'), 1.5),
          atMost(`${many}: times the bare calls`, ratio(many), 1.5),
          atMost('CPU with pods that run: percent of a core', report.idleCpuPercent, 1),
        ],
      },
    ];
  },
};

/** The node makes bridges and addresses, which nobody else is to see. */
async function inOwnNetwork(job: PodsJob): Promise<PodsReport> {
  const file = join(import.meta.dirname, '../lib/pods/main.ts');
  const script = 'ip link set lo up && exec "$0" "$1" "$2"';
  const args = ['--net', 'sh', '-c', script, process.execPath, file, JSON.stringify(job)];
  const { stdout } = await promisify(execFile)('unshare', args);
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as PodsReport;
}

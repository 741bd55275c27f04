import { type FanOutJob, type FanOutReport, runFanOut } from './fan-out.ts';
import { type PodsJob, type PodsReport, runPods } from './pods.ts';
import { type RequestsJob, type RequestsReport, runRequests } from './requests.ts';

// The process in which the clients live, so that their CPU time isn't the server's.

export type Job = RequestsJob | FanOutJob | PodsJob;

/** What each kind of job comes to. */
export interface Reports {
  readonly requests: RequestsReport;
  readonly fanOut: FanOutReport;
  readonly pods: PodsReport;
}

/** What the process answers to a job. */
export type Answer = { readonly report: Reports[keyof Reports] } | { readonly error: string };

function run(job: Job): Promise<Reports[keyof Reports]> {
  switch (job.type) {
    case 'requests':
      return runRequests(job);
    case 'fanOut':
      return runFanOut(job);
    case 'pods':
      return runPods(job);
  }
}

if (import.meta.main) {
  process.on('message', async (job: Job) => {
    try {
      process.send?.({ report: await run(job) } satisfies Answer);
    } catch (error) {
      process.send?.({ error: String((error as Error).stack) } satisfies Answer);
    }
  });
  process.on('disconnect', () => process.exit(0));
}

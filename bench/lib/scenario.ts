import type { Lab, Size } from './lab.ts';
import type { RequestsReport } from './load/requests.ts';
import { type Result, Samples } from './result.ts';

/** One question that the bench answers. */
export interface Scenario {
  readonly name: string;
  readonly summary: string;
  /** Throws SkippedError where it can't be asked. */
  run(lab: Lab, size: Size): Promise<Result[]>;
}

/** Something that a scenario needs isn't on this machine; the message says what. */
export class SkippedError extends Error {}

/** Where a scenario's rounds are noted. */
export interface Notes {
  readonly figures: Samples;
  readonly limits: Samples;
}

/**
 * Has all contenders take turns, so that what else happens on the machine happens to all of them.
 * Before the rounds that count there are some that don't, one unless said, in which code is
 * compiled: what is to be measured is a server at work, and who takes more code takes longer.
 */
export async function inTurns(
  rounds: number,
  contenders: readonly ((notes: Notes, round: number) => Promise<void> | void)[],
  { warmUpRounds = 1 }: { readonly warmUpRounds?: number } = {},
): Promise<Notes> {
  const notes = { figures: new Samples(), limits: new Samples() };
  const scrap = { figures: new Samples(), limits: new Samples() };
  for (let round = 0; round < warmUpRounds + rounds; round++) {
    for (const contend of contenders) await contend(round < warmUpRounds ? scrap : notes, round);
  }
  return notes;
}

/** Notes what clients and server made of requests. */
export function noteRequests(samples: Samples, name: string, report: RequestsReport): void {
  samples.add(name, 'requests/s', report.perSecond);
  samples.add(`${name}, p50`, 'ms', report.p50Ms);
  samples.add(`${name}, p99`, 'ms', report.p99Ms);
  samples.add(`${name}, CPU of the server`, 'us/request', report.serverCpuUs);
}

import { type Random, randomInt } from '../base/random.ts';

/** How often what goes wrong between a component and the API. Shares are of 1, times in ms. */
export interface FaultRates {
  /** Calls that are refused before they reach the server. */
  readonly refused: number;
  /** Writes that are told to conflict, and aren't done. */
  readonly conflict: number;
  /** Calls that get lost on the way there. */
  readonly lostRequest: number;
  /** Calls that are carried out, and whose answer gets lost. */
  readonly lostReply: number;
  /** Calls that nobody answers, and that are carried out later all the same. */
  readonly late: number;
  readonly latencyMaxMs: number;
  readonly watchDelayMaxMs: number;
  /** Watches that stand still for up to `stallMaxMs` at some time in their life. */
  readonly watchStall: number;
  readonly stallMaxMs: number;
  /** Watches that fall silent at some time and never speak again, as behind a broken connection. */
  readonly watchDead: number;
  /** How long a watch lives at most before it breaks; 0 for ever. */
  readonly watchLifeMaxMs: number;
  /** Of the watches that break, those whose revision is forgotten meanwhile. */
  readonly watchExpired: number;
}

/** Nothing goes wrong. */
export const NO_FAULTS: FaultRates = {
  refused: 0,
  conflict: 0,
  lostRequest: 0,
  lostReply: 0,
  late: 0,
  latencyMaxMs: 0,
  watchDelayMaxMs: 0,
  watchStall: 0,
  stallMaxMs: 0,
  watchDead: 0,
  watchLifeMaxMs: 0,
  watchExpired: 0,
};

/**
 * Draws which things go wrong in one run, and how often. Most runs have some and not others.
 * `severity` multiplies how many calls meet with something.
 */
export function drawFaults(random: Random, severity = 1): FaultRates {
  const share = (max: number) => (random.float() < 0.5 ? 0 : random.float() * max);
  const callShare = (max: number) => share(max * severity);
  const ms = (max: number) => (random.float() < 0.5 ? 0 : 1 + randomInt(random, max));
  return {
    refused: callShare(0.1),
    conflict: callShare(0.1),
    lostRequest: callShare(0.05),
    lostReply: callShare(0.1),
    late: callShare(0.03),
    latencyMaxMs: ms(200),
    watchDelayMaxMs: ms(1000),
    watchStall: share(0.3),
    stallMaxMs: 1 + randomInt(random, 240_000),
    watchDead: share(0.1),
    watchLifeMaxMs: ms(120_000),
    watchExpired: share(0.5),
  };
}

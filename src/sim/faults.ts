import { type Random, randomInt } from '../base/random.ts';

/** How often what goes wrong between a component and the API. Shares are of 1, times in ms. */
export interface FaultRates {
  /** Calls that are refused before they reach the server. */
  readonly refused: number;
  /** Calls that are told to come back later: 429, with a time to wait. */
  readonly throttled: number;
  /** Calls of which the server says that it failed; half of them are carried out nevertheless. */
  readonly failed: number;
  /** Writes that are told to conflict, and aren't done. */
  readonly conflict: number;
  /** Calls that get lost on the way there. */
  readonly lostRequest: number;
  /** Calls that are carried out, and whose answer gets lost. */
  readonly lostReply: number;
  /** Calls that nobody answers, and that are carried out later all the same. */
  readonly late: number;
  /** Calls at which their component dies: before it is sent, or before it is answered. */
  readonly crash: number;
  /** Of the calls that are under way when their component dies, those that still arrive. */
  readonly ghost: number;
  /** Calls that take up to `slowMaxMs`. */
  readonly slow: number;
  readonly slowMaxMs: number;
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
  throttled: 0,
  failed: 0,
  conflict: 0,
  lostRequest: 0,
  lostReply: 0,
  late: 0,
  crash: 0,
  ghost: 0,
  slow: 0,
  slowMaxMs: 0,
  latencyMaxMs: 0,
  watchDelayMaxMs: 0,
  watchStall: 0,
  stallMaxMs: 0,
  watchDead: 0,
  watchLifeMaxMs: 0,
  watchExpired: 0,
};

/**
 * Draws which things go wrong in one run, and how often. Most runs have some and not others. Nobody
 * dies of them: who is to start again what has died draws `drawDeadlyFaults`.
 */
export const drawFaults = (random: Random): FaultRates => ({
  ...drawDeadlyFaults(random),
  crash: 0,
});

/** As `drawFaults`, with calls at which components die. `severity` multiplies all shares of calls. */
export function drawDeadlyFaults(random: Random, severity = 1): FaultRates {
  const share = (max: number) => (random.float() < 0.5 ? 0 : random.float() * max);
  const callShare = (max: number) => share(max * severity);
  const ms = (max: number) => (random.float() < 0.5 ? 0 : 1 + randomInt(random, max));
  return {
    refused: callShare(0.1),
    throttled: callShare(0.05),
    failed: callShare(0.05),
    conflict: callShare(0.1),
    lostRequest: callShare(0.05),
    lostReply: callShare(0.1),
    late: callShare(0.03),
    crash: callShare(0.002),
    ghost: share(1),
    slow: callShare(0.03),
    slowMaxMs: 1 + randomInt(random, 20_000),
    latencyMaxMs: ms(200),
    watchDelayMaxMs: ms(1000),
    watchStall: share(0.3),
    stallMaxMs: 1 + randomInt(random, 240_000),
    watchDead: share(0.1),
    watchLifeMaxMs: ms(120_000),
    watchExpired: share(0.5),
  };
}

/** What happens to machines and processes, each as likely as its weight among what users do. */
export interface DisturbanceWeights {
  /** A node loses power. */
  readonly powerOff: number;
  /** Somebody takes a node without power out of the cluster. */
  readonly removeNode: number;
  /** A component dies. */
  readonly crash: number;
  /** The API server dies, and comes back some seconds later. */
  readonly serverCrash: number;
  /** A component stands still, and goes on later as though nothing had been. */
  readonly freeze: number;
  /** The network between a component and the API is cut for a while. */
  readonly partition: number;
  /** A component's clock jumps, as far as times of day go. */
  readonly clockJump: number;
  /** A component's clock runs too fast or too slow from now on. */
  readonly clockDrift: number;
  /** The store forgets all that has been. */
  readonly compaction: number;
  /** The server's disk is full for a while. */
  readonly diskFull: number;
  /** A node has too little of something, and drives a pod away. */
  readonly pressure: number;
}

/** Nothing happens to machines and processes. */
export const NO_DISTURBANCES: DisturbanceWeights = {
  powerOff: 0,
  removeNode: 0,
  crash: 0,
  serverCrash: 0,
  freeze: 0,
  partition: 0,
  clockJump: 0,
  clockDrift: 0,
  compaction: 0,
  diskFull: 0,
  pressure: 0,
};

/** Draws what happens to machines and processes in one run, and how often. */
export function drawDisturbances(random: Random): DisturbanceWeights {
  const weight = (max: number) => (random.float() < 0.4 ? 0 : random.float() * max);
  return {
    powerOff: weight(4),
    removeNode: weight(2),
    crash: weight(5),
    serverCrash: weight(2),
    freeze: weight(3),
    partition: weight(3),
    clockJump: weight(2),
    clockDrift: weight(2),
    compaction: weight(3),
    diskFull: weight(1),
    pressure: weight(3),
  };
}

import type { Pod } from '../api/generated/core/v1/types.ts';
import { type Random, randomInt } from '../base/random.ts';

/** How the containers of one pod behave. Times in milliseconds. */
export interface PodBehaviour {
  /** From being bound to running. */
  readonly startMs: number;
  /** From running to ready; undefined for a pod that never is. */
  readonly readyMs: number | undefined;
  /** From running to a crash; undefined for a pod that doesn't crash. */
  readonly crashMs: number | undefined;
  /** When and how its containers end by themselves; undefined where they run until deleted. */
  readonly end?: { readonly afterMs: number; readonly exitCode: number } | undefined;
  /** From being deleted to having ended. */
  readonly stopMs: number;
}

/** Decides how a pod behaves, each time it is started. */
export type PodModel = (pod: Pod, random: Random) => PodBehaviour;

/** A word in a pod's image by which it never becomes ready. */
export const BROKEN = 'broken';

/** A word in a pod's image by which it takes a minute and a half longer to end. */
export const SLOW = 'slow';
const SLOW_MS = 90_000;

/**
 * Pods start within seconds, seldom crash, and are never ready when their image is broken. Those that
 * are to end do so within seconds, and seldom badly.
 */
export const ordinaryPods: PodModel = (pod, random) => {
  const has = (word: string) => pod.spec.containers.some(({ image }) => image?.includes(word));
  const isBroken = has(BROKEN);
  const crashes = random.float() < 0.05;
  const hasEnd = (pod.spec.restartPolicy ?? 'Always') !== 'Always';
  return {
    startMs: 200 + randomInt(random, 2000),
    readyMs: isBroken ? undefined : randomInt(random, 3000),
    crashMs: crashes ? 5000 + randomInt(random, 60_000) : undefined,
    end: hasEnd
      ? {
          afterMs: (has(SLOW) ? SLOW_MS : 0) + 1000 + randomInt(random, 8000),
          exitCode: random.float() < 0.1 ? 1 : 0,
        }
      : undefined,
    stopMs: randomInt(random, 3000),
  };
};

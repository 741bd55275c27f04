import type { Random } from '../base/random.ts';
import { isStatusError } from '../machinery/status.ts';
import type { World } from './world.ts';

/** Something that happens to a world. */
export type Step = (world: World, random: Random) => unknown;

/** Things that happen, each with its weight and its name. */
export type Steps = readonly (readonly [weight: number, name: string, step: Step])[];

/** Does one thing of many at random. Answers what it was. What the API refuses is no failure. */
export async function stepAtRandom(world: World, random: Random, steps: Steps): Promise<string> {
  const total = steps.reduce((sum, [weight]) => sum + weight, 0);
  let left = random.float() * total;
  for (const [weight, name, step] of steps) {
    left -= weight;
    if (left >= 0) continue;
    try {
      await step(world, random);
    } catch (error) {
      if (!isStatusError(error)) throw error;
    }
    return name;
  }
  return '';
}

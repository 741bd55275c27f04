import type { Configuration } from './configuration.ts';
import { NO_DISTURBANCES, NO_FAULTS } from './faults.ts';
import type { Outcome } from './simulation.ts';

const ATTEMPTS_MAX = 200;

/**
 * Makes a configuration that fails smaller: fewer things go wrong and happen, in a smaller cluster,
 * for a shorter time, as long as `run` still tells of the same broken promise. Answers the smallest
 * that it found, with its outcome.
 */
export async function shrink(
  failed: Outcome,
  run: (configuration: Configuration) => Promise<Outcome>,
  steps: readonly string[],
): Promise<Outcome> {
  let [smallest, attempts] = [failed, 0];
  for (let isProgress = true; isProgress; ) {
    isProgress = false;
    for (const simpler of simplerOnes(smallest, steps)) {
      if (attempts++ === ATTEMPTS_MAX) return smallest;
      const outcome = await run(simpler);
      if (outcome.promised !== failed.promised) continue;
      smallest = outcome;
      isProgress = true;
      break;
    }
  }
  return smallest;
}

/** Configurations that differ by one thing less; the boldest come first. */
function* simplerOnes(
  { configuration, virtualMs }: Outcome,
  steps: readonly string[],
): Generator<Configuration> {
  const { faults, disturbances, omitted, troubleMs, nodeCount } = configuration;
  if (!isEmpty(faults)) yield { ...configuration, faults: NO_FAULTS };
  if (!isEmpty(disturbances)) yield { ...configuration, disturbances: NO_DISTURBANCES };
  if (configuration.isDoubled) yield { ...configuration, isDoubled: false };
  if (configuration.drill !== 'none') yield { ...configuration, drill: 'none' };
  if (virtualMs < troubleMs) yield { ...configuration, troubleMs: virtualMs };
  for (const part of [0.5, 0.8]) {
    const shorter = Math.floor(troubleMs * part);
    if (shorter > 5000) yield { ...configuration, troubleMs: shorter };
  }
  if (nodeCount > 1) yield { ...configuration, nodeCount: nodeCount - 1 };
  for (const name of keysOf(faults)) {
    if (faults[name] > 0) yield { ...configuration, faults: { ...faults, [name]: 0 } };
  }
  for (const name of keysOf(disturbances)) {
    if (disturbances[name] === 0) continue;
    yield { ...configuration, disturbances: { ...disturbances, [name]: 0 } };
  }
  for (const name of steps) {
    if (!omitted.includes(name)) yield { ...configuration, omitted: [...omitted, name] };
  }
}

const keysOf = <T extends object>(object: T): (keyof T)[] => Object.keys(object) as (keyof T)[];

const isEmpty = (rates: object): boolean => Object.values(rates).every((rate) => rate === 0);

/** What of a configuration is worth telling: who shrinks leaves little. */
export function describe(configuration: Configuration): string {
  const { faults, disturbances, omitted, ...shape } = configuration;
  const some = (rates: object) =>
    Object.entries(rates)
      .filter(([, rate]) => rate > 0)
      .map(([name, rate]) => `${name} ${Number(rate.toPrecision(3))}`)
      .join(', ') || 'none';
  return [
    `shape         ${JSON.stringify(shape)}`,
    `faults        ${some(faults)}`,
    `disturbances  ${some(disturbances)}`,
    `omitted       ${omitted.join(', ') || 'nothing'}`,
  ].join('\n');
}

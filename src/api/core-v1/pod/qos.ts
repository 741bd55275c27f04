import { parseQuantity, Quantity } from '../../../machinery/quantity.ts';
import type { PodQOSClass, PodSpec, ResourceRequirements } from '../../generated/core/v1/types.ts';

const COMPUTE = ['cpu', 'memory'] as const;

/** Sums of what counts for the class: amounts of CPU and memory above zero. */
class Totals {
  readonly #amounts = new Map<string, Quantity>();

  /** Answers whether the list has all that counts. */
  add(list: ResourceRequirements['requests']): boolean {
    let found = 0;
    for (const name of COMPUTE) {
      const amount = list?.[name] === undefined ? Quantity.zero : parseQuantity(list[name]);
      if (amount.nanos <= 0n) continue;
      found++;
      this.#amounts.set(name, amount.plus(this.#amounts.get(name) ?? Quantity.zero));
    }
    return found === COMPUTE.length;
  }

  get isEmpty(): boolean {
    return this.#amounts.size === 0;
  }

  equals(other: Totals): boolean {
    return COMPUTE.every((name) => {
      const [a, b] = [this.#amounts.get(name), other.#amounts.get(name)];
      return a === undefined || b === undefined ? a === b : a.compare(b) === 0;
    });
  }
}

/**
 * How a pod is treated when its node runs out: Guaranteed when it may use exactly what it asks for,
 * BestEffort when it asks for nothing, else Burstable.
 */
export function qosClassOf({ resources, containers, initContainers }: PodSpec): PodQOSClass {
  const all = resources
    ? [resources]
    : [...(containers ?? []), ...(initContainers ?? [])].map((each) => each.resources ?? {});
  const [requests, limits] = [new Totals(), new Totals()];
  let isLimited = true;
  for (const each of all) {
    requests.add(each.requests);
    if (!limits.add(each.limits)) isLimited = false;
  }
  if (requests.isEmpty && limits.isEmpty) return 'BestEffort';
  return isLimited && requests.equals(limits) ? 'Guaranteed' : 'Burstable';
}

import { Quantity } from '../../../machinery/quantity.ts';
import type { ScopedResourceSelectorRequirement as Requirement } from '../../generated/core/v1/types.ts';

/** Amounts of what quotas limit, by its name: `pods`, `requests.cpu`, `count/jobs.batch`. */
export type Usage = ReadonlyMap<string, Quantity>;

/** What the objects of one kind use of what quotas limit. Pure. */
export interface QuotaEvaluator<T> {
  /** Whether objects of the kind use any of what goes by this name. */
  counts(name: string): boolean;
  /** What an object uses at a time, in milliseconds since the epoch. */
  usageOf(object: T, now: number): Usage;
  /** Whether an object is among those that a scope is about; none is unless said. */
  isInScope?(object: T, requirement: Requirement): boolean;
  /** What is missing in an object that has to say how much it needs of these; else undefined. */
  missing?(object: T, names: readonly string[]): string | undefined;
  /** Whether such a write can change what an object uses. */
  isCharged(operation: 'CREATE' | 'UPDATE', subresource: string | undefined): boolean;
}

/** One, as objects are counted. */
export const ONE: Quantity = Quantity.of(1);

/** Whether what has one of these names, or none, is selected by a scope's requirement. */
export function selectsName(
  { operator, values }: Requirement,
  names: ReadonlySet<string>,
): boolean {
  const isListed = [...names].some((name) => values?.includes(name));
  switch (operator) {
    case 'Exists':
      return names.size > 0;
    case 'DoesNotExist':
      return names.size === 0;
    case 'In':
      return isListed;
    case 'NotIn':
      return names.size === 0 || [...names].some((name) => !values?.includes(name));
    default:
      return false;
  }
}

import type { Endpoint, EndpointSlice } from '../../api/generated/discovery/v1/types.ts';
import { isEqual } from '../../machinery/equal.ts';
import type { EndpointGroup } from './endpoints.ts';

const ENDPOINTS_MAX = 100; // A slice is sent whole on each change: it must stay small.

/** A slice as it is, and what it shall hold. */
export interface Filled {
  readonly slice: EndpointSlice;
  readonly group: EndpointGroup;
  readonly endpoints: readonly Endpoint[];
}

/** What becomes of the slices of one address family. */
export interface Packing {
  readonly kept: readonly Filled[];
  /** Contents that need a slice of their own. */
  readonly fresh: readonly Omit<Filled, 'slice'>[];
  readonly spare: readonly EndpointSlice[];
}

/**
 * Spreads a group over its slices with as few writes as it takes: endpoints stay where they are,
 * new ones fill what is written anyhow, then the one untouched slice that they fill best, then new
 * slices.
 */
export function pack(group: EndpointGroup, slices: readonly EndpointSlice[]): Packing {
  const wanted = new Map(group.endpoints.map((endpoint) => [identityOf(endpoint), endpoint]));
  const kept = slices.map((slice) => {
    const endpoints = takeKnown(slice, wanted);
    return { slice, endpoints, isWritten: !isEqual(endpoints, slice.endpoints ?? []) };
  });
  const rest = [...wanted.values()];
  const room = ({ endpoints }: { endpoints: Endpoint[] }) => ENDPOINTS_MAX - endpoints.length;
  for (const each of kept) {
    if (each.isWritten) each.endpoints.push(...rest.splice(0, room(each)));
  }
  if (rest.length > 0 && rest.length < ENDPOINTS_MAX) {
    const fitting = kept.filter((each) => room(each) >= rest.length);
    const best = fitting.toSorted((a, b) => room(a) - room(b))[0];
    best?.endpoints.push(...rest.splice(0));
  }
  const fresh: Packing['fresh'][number][] = [];
  while (rest.length > 0) fresh.push({ group, endpoints: rest.splice(0, ENDPOINTS_MAX) });
  return {
    kept: kept
      .filter(({ endpoints }) => endpoints.length > 0)
      .map(({ slice, endpoints }) => ({ slice, group, endpoints })),
    fresh,
    spare: kept.filter(({ endpoints }) => endpoints.length === 0).map(({ slice }) => slice),
  };
}

/** The endpoints of a slice that are still wanted, as they are now; they are wanted no more then. */
function takeKnown({ endpoints }: EndpointSlice, wanted: Map<string, Endpoint>): Endpoint[] {
  return (endpoints ?? []).flatMap((old) => {
    const identity = identityOf(old);
    const endpoint = wanted.get(identity);
    wanted.delete(identity);
    return endpoint ? [endpoint] : [];
  });
}

/** The same pod at the same addresses is the same endpoint, whatever its conditions. */
const identityOf = ({ addresses, targetRef }: Endpoint): string =>
  `${targetRef?.uid ?? ''} ${addresses.join(' ')}`;

/**
 * Gives fresh contents the slices that are left over: readers see endpoints change, instead of
 * first going and then coming.
 */
export function recycle({ kept, fresh, spare }: Packing): Packing {
  const reused = Math.min(fresh.length, spare.length);
  return {
    kept: [
      ...kept,
      ...fresh.slice(0, reused).map((contents, i) => ({ ...contents, slice: spare[i]! })),
    ],
    fresh: fresh.slice(reused),
    spare: spare.slice(reused),
  };
}

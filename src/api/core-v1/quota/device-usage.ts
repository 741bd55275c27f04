import { Quantity } from '../../../machinery/quantity.ts';
import type { ResourceClaim } from '../../generated/resource/v1/types.ts';
import { isExtendedRequest } from './pod-usage.ts';
import { ONE, type QuotaEvaluator } from './usage.ts';

const COUNT = 'count/resourceclaims.resource.k8s.io';
const OF_CLASS = '.deviceclass.resource.k8s.io/devices';
const IMPLICIT = 'requests.deviceclass.resource.kubernetes.io/';
/** On claims that the scheduler makes for a pod's extended resources. */
const FOR_EXTENDED = 'resource.kubernetes.io/extended-resource-claim';
/** As many devices as one claim can get at most. */
const DEVICES_MAX = 32;

/** What claims of devices use: themselves, and devices of each class in the worst case. */
export const deviceUsage: QuotaEvaluator<ResourceClaim> = {
  counts: (name) =>
    name === COUNT ||
    name.endsWith(OF_CLASS) ||
    name.startsWith(IMPLICIT) ||
    isExtendedRequest(name),

  usageOf({ metadata, spec }) {
    const usage = new Map([[COUNT, ONE]]);
    const add = (name: string, amount: Quantity) =>
      usage.set(name, usage.get(name)?.plus(amount) ?? amount);
    // The pod was charged with what its claim for extended resources is about.
    const isCharged = metadata.annotations?.[FOR_EXTENDED] === 'true';
    for (const request of spec.devices?.requests ?? []) {
      const most = mostByClass(
        request.exactly ? [request.exactly] : (request.firstAvailable ?? []),
      );
      for (const [deviceClass, count] of most) {
        add(deviceClass + OF_CLASS, Quantity.of(count));
        if (!isCharged) add(IMPLICIT + deviceClass, Quantity.of(count));
      }
    }
    return usage;
  },

  isCharged: (_operation, subresource) => !subresource,
};

interface Wanted {
  readonly deviceClassName: string;
  readonly allocationMode?: string;
  readonly count?: number;
}

/** How many of each class any one of these may get. */
function mostByClass(alternatives: readonly Wanted[]): ReadonlyMap<string, number> {
  const most = new Map<string, number>();
  for (const { deviceClassName, allocationMode, count = 0 } of alternatives) {
    const wanted =
      allocationMode === 'All' ? DEVICES_MAX : allocationMode === 'ExactCount' ? count : 0;
    most.set(deviceClassName, Math.max(most.get(deviceClassName) ?? 0, wanted));
  }
  return most;
}

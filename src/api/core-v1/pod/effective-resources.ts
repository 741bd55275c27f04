import type { Quantity } from '../../../machinery/quantity.ts';
import type { Container, PodSpec, ResourceRequirements } from '../../generated/core/v1/types.ts';
import { addResources } from '../resource-list.ts';

type Totals = Map<string, Quantity>;

function raiseTo(totals: Totals, floor: Totals): void {
  for (const [name, amount] of floor) {
    const current = totals.get(name);
    if (current === undefined || current.compare(amount) < 0) totals.set(name, amount);
  }
}

function plus(totals: Totals, list: ResourceRequirements['requests']): Totals {
  const sum = new Map(totals);
  addResources(sum, list);
  return sum;
}

/** An init container that goes on running beside the others. */
export const isSidecar = (container: Container): boolean => container.restartPolicy === 'Always';

/**
 * What the containers of a pod need together at the worst moment. Init containers run one after
 * another, each beside the sidecars started before it; then all others run at once.
 */
export function containersNeed(
  spec: Pick<PodSpec, 'containers' | 'initContainers'>,
  side: 'requests' | 'limits',
): Map<string, Quantity> {
  const running: Totals = new Map();
  for (const { resources } of spec.containers ?? []) addResources(running, resources?.[side]);
  let sidecars: Totals = new Map();
  const starting: Totals = new Map();
  for (const container of spec.initContainers ?? []) {
    const own = container.resources?.[side];
    const moment = plus(sidecars, own);
    if (isSidecar(container)) {
      addResources(running, own);
      sidecars = moment;
    }
    raiseTo(starting, moment);
  }
  raiseTo(running, starting);
  return running;
}

import type { Container, Pod } from '../api/generated/core/v1/types.ts';
import { parseQuantity, Quantity } from '../machinery/quantity.ts';
import { isSidecar } from './pod-runtime.ts';
import type { Ending } from './pod-status.ts';

const RESOURCE = 'ephemeral-storage';

/** What a pod has written to its node's disk, in bytes. */
export interface StorageUsage {
  /** By name, of volumes of the kind emptyDir that aren't in memory. */
  readonly volumes: ReadonlyMap<string, number>;
  /** By name, logs and what is written beside volumes. */
  readonly containers: ReadonlyMap<string, number>;
}

/** Why a pod has to go for what it has written, if it has (limits of volumes, pod and containers). */
export function storageExcess(
  { spec }: Pod,
  { volumes, containers }: StorageUsage,
): Ending | undefined {
  for (const { name, emptyDir } of spec.volumes ?? []) {
    const limit = positive(emptyDir?.sizeLimit);
    if (!limit || (volumes.get(name) ?? 0) <= limit.value) continue;
    return evicted(`Usage of EmptyDir volume "${name}" exceeds the limit "${limit}". `);
  }
  const total = sum(volumes.values()) + sum(containers.values());
  const whole = podLimit(spec);
  if (whole && total > whole.value) {
    return evicted(
      `Pod ephemeral local storage usage exceeds the total limit of containers ${whole}. `,
    );
  }
  for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) {
    const limit = limitOf(container);
    if (!limit || (containers.get(container.name) ?? 0) <= limit.value) continue;
    return evicted(
      `Container ${container.name} exceeded its local ephemeral storage limit "${limit}". `,
    );
  }
  return undefined;
}

/** Which of a pod's volumes are to be measured: those that a limit counts. */
export const measuredVolumes = (pod: Pod): string[] =>
  (pod.spec.volumes ?? [])
    .filter(({ emptyDir }) => emptyDir && emptyDir.medium !== 'Memory')
    .filter(({ emptyDir }) => limitsStorage(pod) || positive(emptyDir?.sizeLimit) !== undefined)
    .map(({ name }) => name);

/** Whether what the pod's containers write is limited. */
export const limitsStorage = ({ spec }: Pod): boolean =>
  [...spec.containers, ...(spec.initContainers ?? [])].some((each) => limitOf(each) !== undefined);

const evicted = (message: string): Ending => ({ reason: 'Evicted', message });

const limitOf = ({ resources }: Container): Quantity | undefined =>
  positive(resources?.limits?.[RESOURCE]);

function positive(text: string | undefined): Quantity | undefined {
  const quantity = text === undefined ? undefined : parseQuantity(text);
  return quantity && quantity.value > 0 ? quantity : undefined;
}

/** The limits of all containers that stay, or of the largest init container beside sidecars. */
function podLimit({ containers, initContainers = [] }: Pod['spec']): Quantity | undefined {
  const of = (container: Container) => limitOf(container) ?? Quantity.zero;
  const plus = (total: Quantity, container: Container) => total.plus(of(container));
  const sidecars = initContainers.filter(isSidecar).reduce(plus, Quantity.zero);
  const main = containers.reduce(plus, sidecars);
  const most = initContainers
    .filter((container) => !isSidecar(container))
    .reduce((max, container) => (of(container).compare(max) > 0 ? of(container) : max), main);
  return most.isZero ? undefined : most;
}

const sum = (numbers: Iterable<number>): number => {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
};

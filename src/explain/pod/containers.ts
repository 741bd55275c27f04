import type { Container, ContainerStatus, Pod } from '../../api/generated/core/v1/types.ts';

/** A container of a pod with what is reported of it. */
export interface WatchedContainer {
  readonly container: Container;
  readonly status: ContainerStatus | undefined;
  readonly isInit: boolean;
}

/** All containers of a pod in the order in which they start. */
export function containersOf({ spec, status }: Pod): WatchedContainer[] {
  const find = (statuses: readonly ContainerStatus[] | undefined, name: string) =>
    statuses?.find((each) => each.name === name);
  return [
    ...(spec.initContainers ?? []).map((container) => ({
      container,
      status: find(status.initContainerStatuses, container.name),
      isInit: true,
    })),
    ...spec.containers.map((container) => ({
      container,
      status: find(status.containerStatuses, container.name),
      isInit: false,
    })),
  ];
}

import type { Draft } from '../../../machinery/object.ts';
import type {
  Container,
  ContainerStatus,
  PodSpec,
  PodStatus,
  PodTemplateSpec,
} from '../../generated/core/v1/types.ts';

// What belongs to features that 1.36 knows but has closed unless told otherwise.
const CLOSED_SOURCES = ['clusterTrustBundle', 'podCertificate'] as const;

/**
 * Drops fields of features that aren't open: who sets them has set nothing. What is stored with
 * such fields keeps them.
 */
export function dropClosedFields(spec: Draft<PodSpec>, previous?: PodSpec): void {
  if (previous && usesClosedFields(previous)) return;
  if (spec.schedulingGroup !== undefined) delete spec.schedulingGroup;
  for (const containers of containersOf(spec as PodSpec)) {
    for (const { lifecycle } of containers as readonly Draft<Container>[]) {
      if (lifecycle?.stopSignal !== undefined) delete lifecycle.stopSignal;
    }
  }
  for (const { projected } of spec.volumes ?? []) {
    for (const source of projected?.sources ?? []) {
      for (const field of CLOSED_SOURCES) if (source[field] !== undefined) delete source[field];
    }
  }
}

/** As `dropClosedFields`, of a template that pods are made from. */
export function dropClosedTemplateFields(
  template: Draft<PodTemplateSpec> | undefined,
  previous?: PodTemplateSpec,
): void {
  if (template?.spec) dropClosedFields(template.spec, previous?.spec);
}

/** As `dropClosedFields`, of what is said of a pod; each feature by itself. */
export function dropClosedStatusFields(status: Draft<PodStatus>, previous: PodStatus): void {
  const before = statusesOf(previous);
  const all = statusesOf(status as PodStatus) as readonly Draft<ContainerStatus>[];
  if (!before.some(({ stopSignal }) => stopSignal !== undefined)) {
    for (const each of all) if (each.stopSignal !== undefined) delete each.stopSignal;
  }
  if (!before.some(hasVolumeStatus)) {
    for (const mount of all.flatMap(({ volumeMounts }) => volumeMounts ?? [])) {
      if (mount.volumeStatus !== undefined) delete mount.volumeStatus;
    }
  }
  if (previous.nodeAllocatableResourceClaimStatuses === undefined) {
    delete status.nodeAllocatableResourceClaimStatuses;
  }
}

const hasVolumeStatus = ({ volumeMounts }: ContainerStatus): boolean =>
  volumeMounts?.some(({ volumeStatus }) => volumeStatus !== undefined) === true;

const statusesOf = (status: PodStatus): readonly ContainerStatus[] => [
  ...(status.containerStatuses ?? []),
  ...(status.initContainerStatuses ?? []),
  ...(status.ephemeralContainerStatuses ?? []),
];

const containersOf = ({ containers, initContainers, ephemeralContainers }: PodSpec) =>
  [containers, initContainers, ephemeralContainers].map(
    (all) => (all ?? []) as readonly Container[],
  );

const usesClosedFields = (spec: PodSpec): boolean =>
  spec.schedulingGroup !== undefined ||
  containersOf(spec).some((all) =>
    all.some(({ lifecycle }) => lifecycle?.stopSignal !== undefined),
  ) ||
  (spec.volumes ?? []).some(({ projected }) =>
    projected?.sources?.some((source) => CLOSED_SOURCES.some((field) => source[field])),
  );

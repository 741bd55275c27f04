import type { StatefulSet } from '../../api/generated/apps/v1/types.ts';
import type {
  PersistentVolumeClaim,
  Pod,
  PodTemplateSpec,
  Volume,
} from '../../api/generated/core/v1/types.ts';
import { controllerReference, type NewObject } from '../../machinery/object.ts';
import { REVISION_HASH } from '../controller-revisions.ts';

// What a pod of a StatefulSet is by its number: its name, host, labels and claims.

/** The label of a pod with its own name, by which a Service can select a single one. */
const POD_NAME = 'statefulset.kubernetes.io/pod-name';
/** The label of a pod with its number. */
const POD_INDEX = 'apps.kubernetes.io/pod-index';

// One name a number: `db-07` would be a second pod in the place of `db-7`.
const NUMBERED = /^(.*)-(0|[1-9][0-9]*)$/;
const ORDINAL_MAX = 2 ** 31 - 1;

/** The name of the set that a pod is called after, and its number; -1 when it has none. */
function parsePodName(name: string): { readonly parent: string; readonly ordinal: number } {
  const [, parent = '', digits] = NUMBERED.exec(name) ?? [];
  const ordinal = digits === undefined || Number(digits) > ORDINAL_MAX ? -1 : Number(digits);
  return { parent, ordinal };
}

export const ordinalOf = ({ metadata }: Pod): number => parsePodName(metadata.name).ordinal;

export const isMemberOf = (set: StatefulSet, { metadata }: Pod): boolean =>
  parsePodName(metadata.name).parent === set.metadata.name;

/** The first number that a set gives. */
export const startOf = ({ spec }: StatefulSet): number => spec.ordinals?.start ?? 0;

/** How many pods a set is to have. */
export const replicasOf = ({ spec }: StatefulSet): number => spec.replicas ?? 1;

export function isInRange(set: StatefulSet, ordinal: number): boolean {
  const start = startOf(set);
  return ordinal >= start && ordinal < start + replicasOf(set);
}

/** The name of the revision that a pod was made from. */
export const podRevision = ({ metadata }: { metadata: NewObject<Pod>['metadata'] }): string =>
  metadata.labels?.[REVISION_HASH] ?? '';

const identityLabels = (name: string, ordinal: number) => ({
  [POD_NAME]: name,
  [POD_INDEX]: String(ordinal),
});

/** Whether a pod says of itself who it is. */
export const isIdentified = ({ metadata }: Pod): boolean =>
  metadata.labels?.[POD_NAME] === metadata.name;

/** The pod with the labels that say who it is. */
export const identified = (pod: Pod): Pod => ({
  ...pod,
  metadata: {
    ...pod.metadata,
    labels: { ...pod.metadata.labels, ...identityLabels(pod.metadata.name, ordinalOf(pod)) },
  },
});

/** What a pod of a set is made from. */
export interface PodOrigin {
  readonly template: PodTemplateSpec;
  /** The name of the revision that keeps the template. */
  readonly revision: string;
  readonly ordinal: number;
}

/** The pod with a number. */
export function newPod(set: StatefulSet, { template, revision, ordinal }: PodOrigin) {
  const { namespace = '' } = set.metadata;
  const name = `${set.metadata.name}-${ordinal}`;
  const { labels, annotations, finalizers } = template.metadata ?? {};
  const { serviceName } = set.spec;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${set.metadata.name}-`,
      name,
      namespace,
      labels: { ...labels, ...identityLabels(name, ordinal), [REVISION_HASH]: revision },
      ...(annotations && { annotations }),
      ...(finalizers && { finalizers }),
      ownerReferences: [controllerReference(set)],
    },
    spec: {
      ...(template.spec ?? { containers: [] }),
      hostname: name,
      ...(serviceName && { subdomain: serviceName }),
      ...volumesOf(set, template, ordinal),
    },
  } satisfies NewObject<Pod>;
}

function volumesOf(set: StatefulSet, { spec }: PodTemplateSpec, ordinal: number) {
  const claimed = (set.spec.volumeClaimTemplates ?? []).map((template): Volume => {
    const { name } = template.metadata;
    return { name, persistentVolumeClaim: { claimName: claimName(set, name, ordinal) } };
  });
  const others = (spec?.volumes ?? []).filter((each) =>
    claimed.every(({ name }) => name !== each.name),
  );
  const volumes = [...claimed, ...others];
  return volumes.length > 0 ? { volumes } : {};
}

const claimName = (set: StatefulSet, template: string, ordinal: number): string =>
  `${template}-${set.metadata.name}-${ordinal}`;

/** The claims of the pod with a number: they outlive it, and its successor finds them. */
export function claimsOf(set: StatefulSet, ordinal: number): NewObject<PersistentVolumeClaim>[] {
  const { namespace = '' } = set.metadata;
  return (set.spec.volumeClaimTemplates ?? []).map(({ metadata, spec }) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: claimName(set, metadata.name, ordinal),
      namespace,
      labels: { ...metadata.labels, ...set.spec.selector.matchLabels },
      ...(metadata.annotations && { annotations: metadata.annotations }),
      ...(metadata.finalizers && { finalizers: metadata.finalizers }),
      ...(metadata.ownerReferences && { ownerReferences: metadata.ownerReferences }),
    },
    spec,
  }));
}

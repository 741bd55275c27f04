import { matchesRequiredNodeAffinity } from '../../api/core-v1/node-selector.ts';
import { untolerated } from '../../api/core-v1/tolerations.ts';
import type { DaemonSet } from '../../api/generated/apps/v1/types.ts';
import type {
  Affinity,
  Node,
  Pod,
  PodSpec,
  PodTemplateSpec,
  Toleration,
} from '../../api/generated/core/v1/types.ts';
import { REVISION_HASH } from '../controller-revisions.ts';

// On which nodes pods of a DaemonSet belong, and how each is tied to its node.

const NAME = 'metadata.name';

/** Troubles of a node that its daemons live with: they may be what mends it. */
const TOLERATED: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
];
const NO_NETWORK: Toleration = {
  key: 'node.kubernetes.io/network-unavailable',
  operator: 'Exists',
  effect: 'NoSchedule',
};

/** Its own tolerations with those that all daemons have. */
function tolerationsOf({ tolerations = [], hostNetwork }: PodSpec): Toleration[] {
  const result = [...tolerations];
  for (const added of hostNetwork ? [...TOLERATED, NO_NETWORK] : TOLERATED) {
    const at = result.findIndex(
      ({ key, operator, effect, value }) =>
        key === added.key && operator === added.operator && effect === added.effect && !value,
    );
    if (at < 0) result.push(added);
    else result[at] = added;
  }
  return result;
}

/** Whether a node is to have a pod of the set, and whether one that is there may stay. */
export interface Fit {
  readonly shouldRun: boolean;
  readonly mayStay: boolean;
}

const NEITHER: Fit = { shouldRun: false, mayStay: false };

/** Says of nodes how they fit a set. Looks at the set once, however many nodes there are. */
export function fitsOf({ spec }: DaemonSet): (node: Node) => Fit {
  const podSpec = spec.template.spec ?? { containers: [] };
  const tolerations = tolerationsOf(podSpec);
  return (node) => {
    if (podSpec.nodeName && podSpec.nodeName !== node.metadata.name) return NEITHER;
    if (!matchesRequiredNodeAffinity({ spec: podSpec } as Pod, node)) return NEITHER;
    const taints = (node.spec.taints ?? []).filter(({ effect }) => effect !== 'PreferNoSchedule');
    if (!untolerated(taints, tolerations)) return { shouldRun: true, mayStay: true };
    const driving = taints.filter(({ effect }) => effect === 'NoExecute');
    return { shouldRun: false, mayStay: !untolerated(driving, tolerations) };
  };
}

/** The node that a pod is on, or is tied to; undefined for a pod that is tied to none. */
export function targetOf({ spec }: Pod): string | undefined {
  if (spec.nodeName) return spec.nodeName;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const names = (required?.nodeSelectorTerms ?? [])
    .flatMap(({ matchFields = [] }) => matchFields)
    .find(({ key, operator }) => key === NAME && operator === 'In')?.values;
  return names?.length === 1 ? names[0] : undefined;
}

/** The affinity with nothing required of the node but its name. */
function tiedTo(nodeName: string, affinity: Affinity | undefined): Affinity {
  const matchFields = [{ key: NAME, operator: 'In', values: [nodeName] }] as const;
  return {
    ...affinity,
    nodeAffinity: {
      ...affinity?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] },
    },
  };
}

const GENERATION = 'pod-template-generation';

/** The generation of the template, as DaemonSets told it before there were revisions. */
function generationOf({ metadata }: DaemonSet): string | undefined {
  const text = metadata.annotations?.['deprecated.daemonset.template.generation'];
  return text !== undefined && /^\d+$/.test(text) ? text : undefined;
}

/** The template of the pod for a node. */
export function podTemplate(set: DaemonSet, nodeName: string, hash: string): PodTemplateSpec {
  const { metadata, spec = { containers: [] } } = set.spec.template;
  const generation = generationOf(set);
  return {
    metadata: {
      ...metadata,
      labels: {
        ...metadata?.labels,
        [REVISION_HASH]: hash,
        ...(generation !== undefined && { [GENERATION]: generation }),
      },
    },
    spec: {
      ...spec,
      tolerations: tolerationsOf(spec),
      affinity: tiedTo(nodeName, spec.affinity),
    },
  };
}

/**
 * Whether a pod was made from the set's template. Generations only tell of pods without a hash: the
 * first of this set is as high as the first of another one, whose pods it has adopted.
 */
export function isUpdated({ metadata }: Pod, set: DaemonSet, hash: string): boolean {
  const generation = generationOf(set);
  const { [REVISION_HASH]: own, [GENERATION]: ownGeneration } = metadata.labels ?? {};
  if (own !== undefined) return own === hash;
  return generation !== undefined && ownGeneration === generation;
}

import { toTime } from '../../../base/clock.ts';
import { type FieldError, forbiddenField } from '../../../machinery/field-error.ts';
import { FieldPath } from '../../../machinery/field-path.ts';
import type { Draft } from '../../../machinery/object.ts';
import { ipWarnings } from '../../../machinery/validation/addresses.ts';
import { untilNothingFound } from '../../../machinery/validation/once.ts';
import type { ResourceDefinition } from '../../definition.ts';
import { pods as resource } from '../../generated/core/v1/resources.ts';
import type { Pod, PodStatus } from '../../generated/core/v1/types.ts';
import { nameWarnings } from '../../name-warnings.ts';
import { shapeOf } from '../../shapes.ts';
import { validatePodAnnotations, validateProfilesAgree } from './annotation-rules.ts';
import { takeOverProfiles } from './app-armor.ts';
import { dropClosedFields, dropClosedStatusFields } from './closed-fields.ts';
import { podColumns, podRowConditions } from './columns.ts';
import { defaultPod } from './defaults.ts';
import {
  ephemeralRefusal,
  prepareEphemeralContainers,
  validateEphemeralUpdate,
} from './ephemeral-rules.ts';
import { validateImageTexts } from './image-rules.ts';
import { selectByOwnLabels } from './match-label-keys.ts';
import { validatePodSpec } from './pod-spec-rules.ts';
import { qosClassOf } from './qos.ts';
import { prepareResize, resizeRefusal, validateResize } from './resize-rules.ts';
import { validatePodStatusUpdate } from './status-rules.ts';
import { validatePodUpdate } from './update-rules.ts';
import { podWarnings } from './warnings.ts';

function prepareCreate(draft: Draft<Pod>, now: number): void {
  draft.status = { phase: 'Pending', qosClass: qosClassOf(draft.spec as Pod['spec']) };
  if (draft.spec.schedulingGates?.length) {
    draft.status.conditions = [
      {
        type: 'PodScheduled',
        status: 'False',
        lastProbeTime: null,
        lastTransitionTime: toTime(now),
        reason: 'SchedulingGated',
        message: 'Scheduling is blocked due to non-empty scheduling gates',
      },
    ];
  }
  selectByOwnLabels(draft);
}

function validate({ metadata, spec }: Pod, path: FieldPath, previous?: Pod): FieldError[] {
  // Only the claims of a pod's own volumes are named after it; all other rules see but the spec.
  const ownsClaims = spec.volumes?.some(({ ephemeral }) => ephemeral !== undefined) === true;
  const { annotations } = metadata;
  const annotationsPath = path.at('metadata', 'annotations');
  return [
    ...validatePodAnnotations(annotations, spec, annotationsPath, previous?.metadata.annotations),
    ...(ownsClaims ? validateSpec(spec, metadata) : validatePlainSpec(spec)),
  ];
}

const specPath = FieldPath.root.at('spec');

const validateSpec = (spec: Pod['spec'], metadata?: Pod['metadata']): FieldError[] => [
  ...validatePodSpec(spec, { metadata, isPod: true }, specPath),
  ...validateTokensHaveOwner(spec, specPath),
  ...validateImageTexts(spec.containers, specPath.at('containers')),
  ...validateImageTexts(spec.initContainers, specPath.at('initContainers')),
];

// Most pods are made from templates, and share their specs with others.
const validatePlainSpec = untilNothingFound((spec: Pod['spec']) => validateSpec(spec));
const plainWarnings = untilNothingFound((spec: Pod['spec']) => podWarnings({ spec }));

// Who updates pods are mostly machines, which don't read warnings.
function warnings(pod: Pod, previous: Pod | undefined): string[] {
  if (previous) return [];
  const { metadata, spec } = pod;
  const found = metadata.annotations ? podWarnings(pod) : plainWarnings(spec);
  return [...nameWarnings(pod, "the Pod's hostname"), ...found];
}

/** A token in a volume speaks for the pod's service account, so there has to be one. */
function validateTokensHaveOwner(spec: Pod['spec'], path: FieldPath): FieldError[] {
  if (spec.serviceAccountName) return [];
  return (spec.volumes ?? []).flatMap(({ projected }, i) =>
    (projected?.sources ?? []).flatMap(({ serviceAccountToken }, j) => {
      if (!serviceAccountToken) return [];
      const at = path.at('volumes').index(i).at('projected', 'sources').index(j);
      const detail = 'must not be specified when serviceAccountName is not set';
      return [forbiddenField(at.at('serviceAccountToken'), detail)];
    }),
  );
}

function validateCreate({ metadata, spec }: Pod, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.ephemeralContainers?.length) {
    errors.push(forbiddenField(path.at('spec', 'ephemeralContainers'), 'cannot be set on create'));
  }
  if (spec.nodeName && spec.schedulingGates?.length) {
    const detail = 'cannot be set until all schedulingGates have been cleared';
    errors.push(forbiddenField(path.at('spec', 'nodeName'), detail));
  }
  return [...errors, ...validateProfilesAgree(metadata.annotations, spec, path.at('spec'))];
}

/** Who says nothing of the generation that was seen hasn't forgotten it, but doesn't know of it. */
function keepObserved(status: Draft<PodStatus>, previous: PodStatus): void {
  if (previous.observedGeneration) status.observedGeneration ||= previous.observedGeneration;
  if (!previous.conditions?.some(({ observedGeneration }) => observedGeneration)) return;
  const before = [...previous.conditions];
  for (const condition of status.conditions ?? []) {
    const i = before.findIndex(({ type }) => type === condition.type);
    const [old] = i < 0 ? [] : before.splice(i, 1);
    if (old?.observedGeneration) condition.observedGeneration ||= old.observedGeneration;
  }
}

const addressWarnings = ({ podIPs, hostIPs }: PodStatus): string[] =>
  Object.entries({ podIPs, hostIPs }).flatMap(([field, all]) =>
    (all ?? []).flatMap(({ ip }, i) =>
      ipWarnings(ip ?? '', FieldPath.root.at('status', field).index(i).at('ip')),
    ),
  );

/** How long a pod has to shut down: at once where nothing of it runs. */
function gracePeriodSeconds({ spec, status }: Pod, asked: number | undefined): number {
  if (!spec.nodeName || status.phase === 'Failed' || status.phase === 'Succeeded') return 0;
  const seconds = asked ?? spec.terminationGracePeriodSeconds ?? 0;
  return seconds < 0 ? 1 : seconds;
}

/** Containers that share a node, an address and volumes: the unit that is scheduled and run. */
export const pods: ResourceDefinition<Pod> = {
  ...resource,
  shape: shapeOf(resource),
  shortNames: ['po'],
  categories: ['all'],
  generation: true,
  deleteAnswersObject: true,
  checksMetadataAgain: true,

  defaults: defaultPod,
  prepareCreate(draft, { now, warnings }) {
    dropClosedFields(draft.spec);
    prepareCreate(draft, now);
    warnings.push(...takeOverProfiles(draft));
  },
  prepareUpdate: ({ spec }, previous) => dropClosedFields(spec, previous.spec),
  validate: (pod, { path, previous }) => validate(pod, path, previous),
  validateCreate: (pod, { path }) => validateCreate(pod, path),
  validateUpdate: (pod, previous, { path }) => validatePodUpdate(pod, previous, path),
  warnings,
  gracePeriodSeconds,

  status: {
    keeps: ['metadata.deletionTimestamp', 'metadata.ownerReferences'],
    prepareUpdate(draft, previous) {
      draft.status.qosClass ||= previous.status.qosClass;
      keepObserved(draft.status, previous.status);
      dropClosedStatusFields(draft.status, previous.status);
      // Nodes know little of owners, and old ones wrote them back wrong.
      const { ownerReferences } = previous.metadata as Draft<Pod['metadata']>;
      if (ownerReferences) draft.metadata.ownerReferences = ownerReferences;
      else delete draft.metadata.ownerReferences;
    },
    validateUpdate: (pod, previous, { path }) => validatePodStatusUpdate(pod, previous, path),
    warnings: ({ status }) => addressWarnings(status),
  },
  updates: {
    ephemeralcontainers: {
      prepareUpdate: prepareEphemeralContainers,
      validateUpdate: (pod, previous, { path }) =>
        ephemeralRefusal(previous) ?? [
          ...validate(pod, path, previous),
          ...validateEphemeralUpdate(pod, previous, path),
        ],
    },
    resize: {
      prepareUpdate: prepareResize,
      validateUpdate: (pod, previous, { path }) =>
        resizeRefusal(previous) ?? [
          ...validate(pod, path, previous),
          ...validateResize(pod, previous, path),
        ],
    },
  },
  connects: {
    attach: { kind: 'PodAttachOptions', verbs: ['create', 'get'] },
    binding: { kind: 'Binding', verbs: ['create'] },
    eviction: { kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] },
    exec: { kind: 'PodExecOptions', verbs: ['create', 'get'] },
    log: { kind: 'Pod', verbs: ['get'] },
    portforward: { kind: 'PodPortForwardOptions', verbs: ['create', 'get'] },
    proxy: { kind: 'PodProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] },
  },

  columns: podColumns,
  rowConditions: podRowConditions,
  selectableFields: {
    'spec.nodeName': ({ spec }) => spec.nodeName ?? '',
    'spec.host': ({ spec }) => spec.nodeName ?? '', // As the field was called before it was in v1.
    'spec.restartPolicy': ({ spec }) => spec.restartPolicy ?? '',
    'spec.schedulerName': ({ spec }) => spec.schedulerName ?? '',
    'spec.serviceAccountName': ({ spec }) => spec.serviceAccountName ?? '',
    'spec.hostNetwork': ({ spec }) => `${spec.hostNetwork ?? false}`,
    'status.phase': ({ status }) => status.phase ?? '',
    'status.podIP': ({ status }) => status.podIPs?.[0]?.ip ?? '',
    'status.podIPs': () => '', // Taken, and never filled.
    'status.nominatedNodeName': ({ status }) => status.nominatedNodeName ?? '',
  },
};

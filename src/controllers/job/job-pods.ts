import type { Job } from '../../api/generated/batch/v1/types.ts';
import type { Container, Pod, PodTemplateSpec } from '../../api/generated/core/v1/types.ts';
import { judgeFailure } from './policies.ts';

// What a job's pods carry, and what is read off them.

/** Keeps a pod until its end is counted. */
export const TRACKING = 'batch.kubernetes.io/job-tracking';

const INDEX = 'batch.kubernetes.io/job-completion-index';
const FAILURES = 'batch.kubernetes.io/job-index-failure-count';
const IGNORED_FAILURES = 'batch.kubernetes.io/job-index-ignored-failure-count';

export const isTracked = ({ metadata }: Pod): boolean =>
  metadata.finalizers?.includes(TRACKING) ?? false;

export const isIndexed = ({ spec }: Job): boolean => spec.completionMode === 'Indexed';

/** The index that a pod works on; undefined when it says none. */
export function indexOf({ metadata }: Pod): number | undefined {
  const text = metadata.annotations?.[INDEX] ?? '';
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** The index that a pod works on, when the job has such an index. */
export function validIndexOf(pod: Pod, { spec }: Job): number | undefined {
  const index = indexOf(pod);
  return index !== undefined && index < (spec.completions ?? 0) ? index : undefined;
}

/** Whether pods are made again only once they have failed, not when they begin to end. */
export const replacesFailedOnly = ({ spec }: Job): boolean =>
  spec.podReplacementPolicy === 'Failed' || spec.podFailurePolicy !== undefined;

/** Whether a pod has failed, or won't end in any other way any more. */
export function hasFailed({ metadata, status }: Pod, job: Job): boolean {
  if (status.phase === 'Failed') return true;
  if (replacesFailedOnly(job)) return false;
  return metadata.deletionTimestamp !== undefined && status.phase !== 'Succeeded';
}

const countIn = ({ metadata }: Pod, annotation: string): number => {
  const count = Number(metadata.annotations?.[annotation] ?? 0);
  return Number.isInteger(count) && count >= 0 ? count : 0;
};

/** Failures of an index before this pod, those that didn't count included. */
export const allFailuresBefore = (pod: Pod): number =>
  countIn(pod, FAILURES) + countIn(pod, IGNORED_FAILURES);

/** Whether with this pod its index has failed for good. */
export function failsIndex(pod: Pod, job: Job): boolean {
  const { podFailurePolicy, backoffLimitPerIndex = 0 } = job.spec;
  if (!hasFailed(pod, job)) return false;
  const { action, isCounted } = judgeFailure(podFailurePolicy, pod);
  if (action === 'FailIndex') return true;
  return isCounted && countIn(pod, FAILURES) >= backoffLimitPerIndex;
}

/** What the pod of an index is to remember of those before it. */
function failureCounts(job: Job, replaced: Pod | undefined): Record<string, string> {
  const isCounted = replaced && judgeFailure(job.spec.podFailurePolicy, replaced).isCounted;
  const failures = replaced ? countIn(replaced, FAILURES) + (isCounted ? 1 : 0) : 0;
  const ignored = replaced ? countIn(replaced, IGNORED_FAILURES) + (isCounted ? 0 : 1) : 0;
  return {
    [FAILURES]: String(failures),
    ...(ignored > 0 && { [IGNORED_FAILURES]: String(ignored) }),
  };
}

/** The template of a job's pods: of that with an index, when it has one. */
export function podTemplate(job: Job, index?: number, replaced?: Pod): PodTemplateSpec {
  const { template } = job.spec;
  const { finalizers = [] } = template.metadata ?? {};
  const tracked = {
    ...template,
    metadata: {
      ...template.metadata,
      finalizers: finalizers.includes(TRACKING) ? finalizers : [...finalizers, TRACKING],
    },
  };
  return index === undefined ? tracked : indexed(job, tracked, index, replaced);
}

function indexed(job: Job, template: PodTemplateSpec, index: number, replaced?: Pod) {
  const own = { [INDEX]: String(index) };
  const { metadata, spec = { containers: [] } } = template;
  const counts = job.spec.backoffLimitPerIndex === undefined ? {} : failureCounts(job, replaced);
  const { initContainers } = spec;
  return {
    ...template,
    metadata: {
      ...metadata,
      labels: { ...metadata?.labels, ...own },
      annotations: { ...metadata?.annotations, ...own, ...counts },
    },
    spec: {
      ...spec,
      hostname: `${job.metadata.name}-${index}`,
      containers: spec.containers.map(withIndexVariable),
      ...(initContainers && { initContainers: initContainers.map(withIndexVariable) }),
    },
  };
}

const VARIABLE = 'JOB_COMPLETION_INDEX';

function withIndexVariable(container: Container): Container {
  const { env = [] } = container;
  if (env.some(({ name }) => name === VARIABLE)) return container;
  const fieldRef = { fieldPath: `metadata.labels['${INDEX}']` };
  return { ...container, env: [...env, { name: VARIABLE, valueFrom: { fieldRef } }] };
}

const GENERATED_MAX = 63 - 5; // Room for the suffix.

/** What the names of a job's pods begin with. */
export function podNamePrefix({ metadata: { name } }: Job, index?: number): string {
  if (index === undefined) return `${name}-`;
  const end = `-${index}-`;
  return name.slice(0, GENERATED_MAX - end.length) + end;
}

import { isSemanticallyEqual } from '../../../machinery/equal.ts';
import { type FieldError, invalid } from '../../../machinery/field-error.ts';
import type { FieldPath } from '../../../machinery/field-path.ts';
import { validateImmutableField } from '../../../machinery/validation/object-meta.ts';
import { shownSelector } from '../../apps-v1/template-rules.ts';
import { podSpecStruct } from '../../core-v1/pod/pod-struct.ts';
import type { Job, JobSpec } from '../../generated/batch/v1/types.ts';
import type { PodSpec } from '../../generated/core/v1/types.ts';

const FIXED = [
  'completionMode',
  'podFailurePolicy',
  'backoffLimitPerIndex',
  'managedBy',
  'successPolicy',
] as const satisfies readonly (keyof JobSpec)[];

/** What of a job stays as it is: nearly everything, as its pods come from it. */
export function validateJobUpdate(next: Job, previous: Job, path: FieldPath): FieldError[] {
  const [now, then] = [next.spec, previous.spec];
  const errors = validateCompletions(now, then, path);
  if (!isSemanticallyEqual(now.selector, then.selector)) {
    const shown = now.selector ? shownSelector(now.selector) : null;
    errors.push(invalid(path.at('selector'), shown, 'field is immutable'));
  }
  errors.push(...validateTemplateUpdate(next, previous, path.at('template')));
  const changes = FIXED.map((field) =>
    validateImmutableField(now[field], then[field], path.at(field)),
  );
  return [...errors, ...changes.flat()];
}

function validateCompletions(next: JobSpec, previous: JobSpec, path: FieldPath): FieldError[] {
  const { completions, parallelism } = next;
  const at = path.at('completions');
  if (next.completionMode !== 'Indexed') {
    return validateImmutableField(completions, previous.completions, at);
  }
  if (completions === previous.completions || completions === undefined) return [];
  if (completions === parallelism) return [];
  const detail = `can only be modified in tandem with ${path.at('parallelism')}`;
  return [invalid(at, completions, detail)];
}

function validateTemplateUpdate(next: Job, previous: Job, path: FieldPath): FieldError[] {
  const [now, then] = [next.spec.template, previous.spec.template];
  const mayMove = previous.spec.suspend === true && !previous.status.startTime;
  const errors = mayMove
    ? []
    : validateImmutableField(now.metadata, then.metadata, path.at('metadata'));
  const allowed = mayMove ? movedTo(then.spec, now.spec) : then.spec;
  if (isSemanticallyEqual(now.spec, allowed)) return errors;
  return [...errors, invalid(path.at('spec'), podSpecStruct(now.spec), 'field is immutable')];
}

/** Where pods go, and what they get, may be decided while a job waits: by a queue, say. */
function movedTo(previous: PodSpec, next: PodSpec): PodSpec {
  const { nodeSelector, tolerations, schedulingGates } = next;
  const affinity = { ...previous.affinity, nodeAffinity: next.affinity?.nodeAffinity };
  const isBare = Object.values(affinity).every((part) => part === undefined);
  return {
    ...previous,
    affinity: isBare ? undefined : affinity,
    nodeSelector,
    tolerations,
    schedulingGates,
    containers: withResourcesOf(previous.containers, next.containers),
    initContainers: withResourcesOf(previous.initContainers, next.initContainers),
  } as PodSpec;
}

type Containers = PodSpec['initContainers'];

const withResourcesOf = (previous: Containers, next: Containers): Containers =>
  previous?.map((container) => {
    const now = next?.find(({ name }) => name === container.name);
    return now ? { ...container, resources: now.resources } : container;
  }) as Containers;

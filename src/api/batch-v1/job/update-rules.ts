import { isSemanticallyEqual } from '../../../machinery/equal.ts';
import { type FieldError, invalid } from '../../../machinery/field-error.ts';
import type { FieldPath } from '../../../machinery/field-path.ts';
import { isMessage, type MessageShape } from '../../../machinery/shape.ts';
import { validateImmutableField } from '../../../machinery/validation/object-meta.ts';
import { validateFixedSelector } from '../../apps-v1/template-rules.ts';
import { podSpecStruct, podTemplateStruct } from '../../core-v1/pod/pod-struct.ts';
import { jobs } from '../../generated/batch/v1/resources.ts';
import type { Job, JobSpec } from '../../generated/batch/v1/types.ts';
import type { PodSpec } from '../../generated/core/v1/types.ts';
import { goStruct } from '../../go-struct.ts';
import { shapeOf } from '../../shapes.ts';
import { holds } from './status-rules.ts';

const FIXED = [
  'completionMode',
  'podFailurePolicy',
  'backoffLimitPerIndex',
  'managedBy',
  'successPolicy',
] as const satisfies readonly (keyof JobSpec)[];

const IMMUTABLE = 'field is immutable';

/** What of a job stays as it is: nearly everything, as its pods come from it. */
export function validateJobUpdate(next: Job, previous: Job, path: FieldPath): FieldError[] {
  const [now, then] = [next.spec, previous.spec];
  const errors = validateCompletions(now, then, path);
  errors.push(...validateFixedSelector(now.selector, then.selector, path.at('selector')));
  errors.push(...validateTemplateUpdate(next, previous, path.at('template')));
  for (const field of FIXED) {
    if (isSemanticallyEqual(now[field], then[field])) continue;
    errors.push(invalid(path.at(field), shownField(field, now[field]), IMMUTABLE));
  }
  return errors;
}

function shownField(name: (typeof FIXED)[number], value: unknown): unknown {
  const type = specShape().fieldsByName.get(name)!.type;
  return isMessage(type) && value ? goStruct(type, value) : value;
}

const specShape = (): MessageShape => shapeOf(jobs).fieldsByName.get('spec')!.type as MessageShape;

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
  if (!waits(previous)) {
    if (isSemanticallyEqual(now, then)) return [];
    return [invalid(path, podTemplateStruct(now), IMMUTABLE)];
  }
  if (isSemanticallyEqual(now.spec, movedTo(then.spec, now.spec))) return [];
  return [invalid(path.at('spec'), podSpecStruct(now.spec), IMMUTABLE)];
}

/** Whether a job is suspended, and no pod of it runs (any more). */
function waits(job: Job): boolean {
  const { startTime, active = 0 } = job.status;
  if (!job.spec.suspend || active > 0) return false;
  return !startTime || holds(job, 'Suspended');
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

import { isSemanticallyEqual } from '../../../machinery/equal.ts';
import { type FieldError, forbiddenField, invalid } from '../../../machinery/field-error.ts';
import { FieldPath } from '../../../machinery/field-path.ts';
import type { Draft } from '../../../machinery/object.ts';
import type {
  Container,
  Pod,
  PodSpec,
  ResourceRequirements,
} from '../../generated/core/v1/types.ts';
import { MIRROR_POD } from './annotation-rules.ts';
import { isSidecar } from './effective-resources.ts';
import { keepMetadata } from './ephemeral-rules.ts';
import { qosClassOf } from './qos.ts';

const LISTS = ['containers', 'initContainers'] as const;
type List = (typeof LISTS)[number];

/**
 * Of the `resize` subresource only resources, and resize policies of containers, count. Where the
 * containers are others than before all stays as it was sent, for validation to refuse.
 */
export function prepareResize(draft: Draft<Pod>, previous: Pod): void {
  const wanted = draft.spec;
  const old = previous.spec;
  if (LISTS.some((list) => (wanted[list] ?? []).length !== (old[list] ?? []).length)) return;
  const { resources, containers, initContainers } = wanted;
  keepMetadata(draft, previous);
  draft.spec = { ...(old as Draft<PodSpec>), containers: resized(old.containers, containers) };
  if (old.initContainers) {
    draft.spec.initContainers = resized(old.initContainers, initContainers ?? []);
  }
  if (resources) draft.spec.resources = resources;
  else delete draft.spec.resources;
  draft.status = previous.status as Draft<Pod['status']>;
}

function resized(previous: readonly Container[], wanted: Draft<Container>[]): Draft<Container>[] {
  if (previous.some(({ name }, i) => wanted[i]!.name !== name)) return wanted;
  return previous.map((container, i) => {
    const { resizePolicy: _, ...rest } = container as Draft<Container>;
    const { resources, resizePolicy } = wanted[i]!;
    return { ...rest, resources: resources ?? {}, ...(resizePolicy && { resizePolicy }) };
  });
}

/** Why the pod may not be resized at all, if so. */
export function resizeRefusal({ metadata, spec }: Pod): FieldError[] | undefined {
  const refuse = (detail: string) => [forbiddenField(FieldPath.root.at(''), detail)];
  if (metadata.annotations?.[MIRROR_POD] !== undefined) {
    return refuse('static pods cannot be resized');
  }
  return spec.os?.name === 'windows' ? refuse('windows pods cannot be resized') : undefined;
}

/** CPU and memory of a running pod may change, without changing how it is treated. */
export function validateResize(next: Pod, previous: Pod, path: FieldPath): FieldError[] {
  const at = path.at('spec');
  const errors: FieldError[] = [];
  if (qosClassOf(next.spec) !== (previous.status.qosClass ?? qosClassOf(previous.spec))) {
    const detail = 'Pod QOS Class may not change as a result of resizing';
    errors.push(invalid(at, next.status.qosClass ?? '', detail));
  }
  if (!nodeReportsResources(previous)) {
    errors.push(forbiddenField(at, 'Pod running on node without support for resize'));
  }
  errors.push(...validatePodResize(next.spec, previous.spec, at));
  const order = LISTS.flatMap((list) => validateSameContainers(list, next.spec, previous.spec, at));
  if (order.length > 0) return [...errors, ...order];
  errors.push(
    ...validateNothingRemoved('initContainers', next.spec, previous.spec, at),
    ...validateNothingRemoved('containers', next.spec, previous.spec, at),
    ...validateContainers(next.spec, previous.spec, at),
    ...validateInitContainers(next.spec, previous.spec, at),
  );
  return errors;
}

/** Whether the node says what its containers really have; unknown until one runs. */
function nodeReportsResources({ status }: Pod): boolean {
  const running = status.containerStatuses?.find(({ state }) => state?.running);
  return running === undefined || running.resources !== undefined;
}

/** What the pod has as a whole (KEP-5419). */
function validatePodResize(next: PodSpec, previous: PodSpec, path: FieldPath): FieldError[] {
  const [now, old] = [next.resources, previous.resources];
  if (isEmpty(now) && isEmpty(old)) return [];
  const at = path.at('resources');
  if (!now) return [forbiddenField(at, 'pod-level resources cannot be removed')];
  const errors = old ? validateKept(now, old, 'pod-level resource', at) : [];
  const same = { ...now, ...withComputeOf(now, old ?? {}) };
  if (isSemanticallyEqual(same, old ?? {})) return errors;
  const detail = 'only cpu and memory resources are mutable at pod-level';
  return [...errors, forbiddenField(path, detail)];
}

const isEmpty = (resources: ResourceRequirements | undefined): boolean =>
  Object.keys({ ...resources?.requests, ...resources?.limits }).length === 0;

/** Containers stay the same ones, in their order. */
function validateSameContainers(
  list: List,
  next: PodSpec,
  previous: PodSpec,
  path: FieldPath,
): FieldError[] {
  const [now, old] = [next[list] ?? [], previous[list] ?? []];
  if (now.length !== old.length) {
    return [forbiddenField(path.at(list), `${list} may not be added or removed on resize`)];
  }
  return old.flatMap(({ name }, i) =>
    now[i]!.name === name
      ? []
      : [
          forbiddenField(
            path.at(list).index(i).at('name'),
            `${list} may not be renamed or reordered on resize`,
          ),
        ],
  );
}

const validateNothingRemoved = (
  list: List,
  next: PodSpec,
  previous: PodSpec,
  path: FieldPath,
): FieldError[] =>
  (previous[list] ?? []).flatMap((old, i) => {
    const at = path.at(list).index(i).at('resources');
    return validateKept(next[list]![i]!.resources, old.resources, 'resource', at);
  });

function validateKept(
  now: ResourceRequirements | undefined,
  old: ResourceRequirements | undefined,
  what: string,
  path: FieldPath,
): FieldError[] {
  return (['requests', 'limits'] as const)
    .filter((side) =>
      Object.keys(old?.[side] ?? {}).some((name) => now?.[side]?.[name] === undefined),
    )
    .map((side) => forbiddenField(path.at(side), `${what} ${side} cannot be removed`));
}

/** With CPU and memory taken from the previous container, nothing may differ. */
const validateContainers = (next: PodSpec, previous: PodSpec, path: FieldPath): FieldError[] =>
  next.containers.flatMap((now, i) =>
    differsInCompute(now, previous.containers[i]!)
      ? []
      : [forbiddenField(path, 'only cpu and memory resources are mutable')],
  );

function validateInitContainers(next: PodSpec, previous: PodSpec, path: FieldPath): FieldError[] {
  return (next.initContainers ?? []).flatMap((now, i) => {
    const old = previous.initContainers![i]!;
    const at = path.at('initContainers').index(i);
    const errors: FieldError[] = [];
    if (!differsInCompute(now, old)) {
      const detail = 'only cpu and memory resources for init or sidecar containers are mutable';
      errors.push(forbiddenField(at, detail));
    }
    const restarts = now.resizePolicy?.some((each) => each.restartPolicy === 'RestartContainer');
    if (restarts && !isSidecar(now) && !isSemanticallyEqual(now, old)) {
      const detail =
        'non-sidecar init containers with a resize policy of RestartContainer cannot be resized';
      errors.push(forbiddenField(at, detail));
    }
    return errors;
  });
}

/** Whether containers differ in CPU and memory at most. With claims they can't be resized. */
const differsInCompute = (now: Container, old: Container): boolean =>
  isSemanticallyEqual(
    { ...now, resources: withComputeOf(now.resources ?? {}, old.resources ?? {}) },
    old,
  );

function withComputeOf(now: ResourceRequirements, old: ResourceRequirements): ResourceRequirements {
  const side = (which: 'requests' | 'limits') => {
    const { cpu: _cpu, memory: _memory, ...others } = now[which] ?? {};
    const { cpu, memory } = old[which] ?? {};
    return { ...others, ...(cpu && { cpu }), ...(memory && { memory }) };
  };
  return { requests: side('requests'), limits: side('limits') };
}

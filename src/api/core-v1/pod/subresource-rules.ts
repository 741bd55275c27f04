import { isSemanticallyEqual } from '../../../machinery/equal.ts';
import { type FieldError, forbiddenField, invalid } from '../../../machinery/field-error.ts';
import { FieldPath } from '../../../machinery/field-path.ts';
import type { Draft, ObjectMeta } from '../../../machinery/object.ts';
import { objectDiff } from '../../../machinery/object-diff.ts';
import { quote } from '../../../machinery/quote.ts';
import type { Container, Pod, ResourceRequirements } from '../../generated/core/v1/types.ts';
import { MIRROR_POD, validatePodAnnotationsUpdate } from './annotation-rules.ts';
import { isSidecar } from './effective-resources.ts';
import { qosClassOf } from './qos.ts';

/** What a subresource that changes the spec leaves as it was: all metadata but the version. */
function keepMetadata(draft: Draft<Pod>, previous: Pod): void {
  const { resourceVersion, managedFields } = draft.metadata;
  draft.metadata = {
    ...(previous.metadata as Draft<ObjectMeta>),
    resourceVersion,
    ...(managedFields && { managedFields }),
  };
}

/** Of the `ephemeralcontainers` subresource only these containers count. */
export function prepareEphemeralContainers(draft: Draft<Pod>, previous: Pod): void {
  const { ephemeralContainers } = draft.spec;
  keepMetadata(draft, previous);
  draft.spec = { ...(previous.spec as Draft<Pod['spec']>) };
  if (ephemeralContainers) draft.spec.ephemeralContainers = ephemeralContainers;
  else delete draft.spec.ephemeralContainers;
  draft.status = previous.status as Draft<Pod['status']>;
}

/** Containers may be added to look at a pod, and then stay as they are. */
export function validateEphemeralUpdate(next: Pod, previous: Pod, path: FieldPath): FieldError[] {
  if (previous.metadata.annotations?.[MIRROR_POD] !== undefined) {
    return [
      forbiddenField(FieldPath.root.at(''), 'static pods do not support ephemeral containers'),
    ];
  }
  const errors = validatePodAnnotationsUpdate(next, previous, path.at('metadata', 'annotations'));
  const at = path.at('spec', 'ephemeralContainers');
  for (const old of previous.spec.ephemeralContainers ?? []) {
    const now = next.spec.ephemeralContainers?.find(({ name }) => name === old.name);
    const which = `existing ephemeral containers ${quote(old.name)} may not be`;
    if (!now) errors.push(forbiddenField(at, `${which} removed\n`));
    else if (!isSemanticallyEqual(now, old)) {
      errors.push(forbiddenField(at, `${which} changed\n${objectDiff(old, now)}`));
    }
  }
  return errors;
}

/** Of the `resize` subresource only resources and resize policies of containers count. */
export function prepareResize(draft: Draft<Pod>, previous: Pod): void {
  const wanted = draft.spec;
  keepMetadata(draft, previous);
  draft.spec = {
    ...(previous.spec as Draft<Pod['spec']>),
    containers: resized(previous.spec.containers, wanted.containers),
  };
  if (previous.spec.initContainers) {
    draft.spec.initContainers = resized(previous.spec.initContainers, wanted.initContainers ?? []);
  }
  draft.status = previous.status as Draft<Pod['status']>;
}

function resized(
  previous: readonly Container[],
  wanted: readonly Draft<Container>[],
): Draft<Container>[] {
  return previous.map((container, i) => {
    const { resizePolicy: _, ...rest } = container as Draft<Container>;
    const now = wanted[i];
    if (now?.name !== container.name || wanted.length !== previous.length) {
      return container as Draft<Container>;
    }
    const { resources, resizePolicy } = now;
    return { ...rest, resources: resources ?? {}, ...(resizePolicy && { resizePolicy }) };
  });
}

/** CPU and memory of running containers may change, without changing how the pod is treated. */
export function validateResize(next: Pod, previous: Pod, path: FieldPath): FieldError[] {
  const refused = resizeRefusal(previous);
  if (refused) return [forbiddenField(FieldPath.root.at(''), refused)];
  const specPath = path.at('spec');
  const errors: FieldError[] = [];
  if (qosClassOf(next.spec) !== (previous.status.qosClass ?? qosClassOf(previous.spec))) {
    const detail = 'Pod QOS Class may not change as a result of resizing';
    errors.push(invalid(specPath, next.status.qosClass ?? '', detail));
  }
  if (!nodeReportsResources(previous)) {
    errors.push(forbiddenField(specPath, 'Pod running on node without support for resize'));
  }
  const all = { next, previous, path: specPath };
  errors.push(...validateEachResize('initContainers', all));
  errors.push(...validateEachResize('containers', all));
  errors.push(...validateOnlyComputeChanges('containers', all));
  errors.push(...validateOnlyComputeChanges('initContainers', all));
  return errors;
}

function resizeRefusal({ metadata, spec }: Pod): string | undefined {
  const { requests = {}, limits = {} } = spec.resources ?? {};
  if (Object.keys(requests).length + Object.keys(limits).length > 0) {
    return 'pods with pod-level resources cannot be resized';
  }
  if (metadata.annotations?.[MIRROR_POD] !== undefined) return 'static pods cannot be resized';
  return spec.os?.name === 'windows' ? 'windows pods cannot be resized' : undefined;
}

/** Whether the node says what its containers really have; unknown until one runs. */
function nodeReportsResources({ status }: Pod): boolean {
  const running = status.containerStatuses?.find(({ state }) => state?.running);
  return running === undefined || running.resources !== undefined;
}

interface Change {
  readonly next: Pod;
  readonly previous: Pod;
  readonly path: FieldPath;
}

function validateEachResize(
  field: 'containers' | 'initContainers',
  { next, previous, path }: Change,
): FieldError[] {
  return (previous.spec[field] ?? []).flatMap((old, i) => {
    if (field === 'initContainers' && !isSidecar(old)) return [];
    const now = next.spec[field]![i]!;
    return validateContainerResize(now, old, path.at(field).index(i).at('resources'));
  });
}

function validateContainerResize(now: Container, old: Container, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  for (const side of ['requests', 'limits'] as const) {
    const kept = Object.keys(old.resources?.[side] ?? {}).every(
      (name) => now.resources?.[side]?.[name] !== undefined,
    );
    if (!kept) errors.push(forbiddenField(path.at(side), `resource ${side} cannot be removed`));
  }
  const policy = now.resizePolicy?.find(({ resourceName }) => resourceName === 'memory');
  if ((policy?.restartPolicy ?? 'NotRequired') !== 'NotRequired') return errors;
  const [limit, before] = [now.resources?.limits?.memory, old.resources?.limits?.memory];
  if (limit === undefined || before !== undefined) return errors;
  const detail = 'memory limits cannot be added unless resizePolicy is RestartContainer';
  return [...errors, forbiddenField(path.at('limits').key('memory'), detail)];
}

/** With CPU and memory taken from the previous container, nothing may differ. */
function validateOnlyComputeChanges(
  field: 'containers' | 'initContainers',
  { next, previous, path }: Change,
): FieldError[] {
  return (next.spec[field] ?? []).flatMap((now, i) => {
    const old = previous.spec[field]![i]!;
    if (field === 'initContainers' && !isSidecar(now)) {
      if (isSemanticallyEqual(now, old)) return [];
      return [forbiddenField(path, 'resources for non-sidecar init containers are immutable')];
    }
    const same = {
      ...now,
      resources: withComputeOf(now.resources ?? {}, old.resources ?? {}),
    };
    if (isSemanticallyEqual(same, old)) return [];
    const what = field === 'containers' ? 'resources' : 'resources for sidecar containers';
    return [forbiddenField(path, `only cpu and memory ${what} are mutable`)];
  });
}

function withComputeOf(now: ResourceRequirements, old: ResourceRequirements): ResourceRequirements {
  const side = (which: 'requests' | 'limits') => {
    const { cpu: _cpu, memory: _memory, ...others } = now[which] ?? {};
    const { cpu, memory } = old[which] ?? {};
    return { ...others, ...(cpu && { cpu }), ...(memory && { memory }) };
  };
  return { ...now, requests: side('requests'), limits: side('limits') };
}

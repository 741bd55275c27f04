import { isEqual, isSemanticallyEqual } from '../../../machinery/equal.ts';
import {
  type FieldError,
  forbiddenField,
  invalid,
  required,
} from '../../../machinery/field-error.ts';
import type { FieldPath } from '../../../machinery/field-path.ts';
import { objectDiff } from '../../../machinery/object-diff.ts';
import { sortedByKey } from '../../../machinery/quote.ts';
import { validateEach } from '../../checks.ts';
import type {
  Affinity,
  Container,
  NodeAffinity,
  NodeSelectorTerm,
  Pod,
  PodSchedulingGate,
  PodSpec,
  Toleration,
} from '../../generated/core/v1/types.ts';
import { validatePodAnnotationsUpdate } from './annotation-rules.ts';
import { validateImageText } from './image-rules.ts';
import { validateTolerations } from './scheduling-rules.ts';

/** What may change in a pod: images, its deadline, more tolerations, fewer gates. */
export function validatePodUpdate(next: Pod, previous: Pod, path: FieldPath): FieldError[] {
  const errors = validatePodAnnotationsUpdate(next, previous, path.at('metadata', 'annotations'));
  if (next.spec === previous.spec) return errors; // Shared, and so it was accepted before.
  const specPath = path.at('spec');
  for (const field of ['containers', 'initContainers'] as const) {
    const now = next.spec[field] ?? [];
    const at = specPath.at(field);
    if (now.length !== (previous.spec[field] ?? []).length) {
      return [...errors, forbiddenField(at, 'pod updates may not add or remove containers')];
    }
    errors.push(...validateEach(now, at, validateImage));
  }
  const deadline = validateDeadline(next.spec, previous.spec, specPath.at('activeDeadlineSeconds'));
  errors.push(...deadline);
  // Only a deadline that was taken away lets the rest be looked at.
  if (deadline.length > 0 && next.spec.activeDeadlineSeconds !== undefined) return errors;
  errors.push(
    ...validateAddedTolerations(
      next.spec.tolerations ?? [],
      previous.spec.tolerations ?? [],
      specPath.at('tolerations'),
    ),
    ...validateNoNewGates(
      next.spec.schedulingGates ?? [],
      previous.spec.schedulingGates ?? [],
      specPath.at('schedulingGates'),
    ),
  );
  if (isSemanticallyEqual(next.spec, previous.spec)) return errors;
  return [...errors, ...validateRest(next.spec, previous.spec, specPath)];
}

const validateImage = (container: Container, path: FieldPath): FieldError[] => [
  ...(container.image ? [] : [required(path.at('image'))]),
  ...validateImageText(container, path),
];

const MAX_INT32 = 2 ** 31 - 1;

function validateDeadline(next: PodSpec, previous: PodSpec, path: FieldPath): FieldError[] {
  const [now, then] = [next.activeDeadlineSeconds, previous.activeDeadlineSeconds];
  if (now === undefined) {
    if (then === undefined) return [];
    return [invalid(path, null, 'must not update from a positive integer to nil value')];
  }
  if (now < 0 || now > MAX_INT32) {
    return [invalid(path, now, `must be between 0 and ${MAX_INT32}, inclusive`)];
  }
  if (then === undefined || now <= then) return [];
  return [invalid(path, now, 'must be less than or equal to previous value')];
}

function validateAddedTolerations(
  next: readonly Toleration[],
  previous: readonly Toleration[],
  path: FieldPath,
): FieldError[] {
  const isKept = (old: Toleration): boolean =>
    next.some((now) => isEqual({ ...now, tolerationSeconds: old.tolerationSeconds }, old));
  if (previous.every(isKept)) return validateTolerations(next, path);
  const detail = 'existing toleration can not be modified except its tolerationSeconds';
  return [forbiddenField(path, detail)];
}

function validateNoNewGates(
  next: readonly PodSchedulingGate[],
  previous: readonly PodSchedulingGate[],
  path: FieldPath,
): FieldError[] {
  return validateEach(next, path, ({ name }, at) => {
    if (previous.some((gate) => gate.name === name)) return [];
    const detail = `only deletion is allowed, but found new scheduling gate '${name}'`;
    return [forbiddenField(at.at('name'), detail)];
  });
}

const UPDATABLE = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

/** With all that may change taken from the previous spec, nothing may differ. */
function validateRest(next: PodSpec, previous: PodSpec, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  let rest: PodSpec = {
    ...next,
    containers: withImagesOf(next.containers, previous.containers),
    ...(next.initContainers && {
      initContainers: withImagesOf(next.initContainers, previous.initContainers),
    }),
    activeDeadlineSeconds: previous.activeDeadlineSeconds,
    schedulingGates: previous.schedulingGates,
    tolerations: previous.tolerations,
  };
  const wasNegative = (previous.terminationGracePeriodSeconds ?? 0) < 0;
  if (wasNegative && next.terminationGracePeriodSeconds === 1) {
    const { terminationGracePeriodSeconds } = previous;
    rest = { ...rest, terminationGracePeriodSeconds };
  }
  if (previous.schedulingGates?.length) {
    errors.push(...validateGatedPod(next, previous, path));
    rest = { ...rest, nodeSelector: previous.nodeSelector };
    const affinity = withNodeAffinityOf(previous.affinity, next.affinity);
    rest = { ...rest, affinity };
  }
  if (!isSemanticallyEqual(rest, previous)) {
    const detail = `pod updates may not change fields other than ${UPDATABLE}`;
    errors.push(forbiddenField(path, `${detail}\n${objectDiff(previous, rest)}`));
  }
  return errors;
}

const withImagesOf = (
  next: readonly Container[],
  previous: readonly Container[] | undefined,
): Container[] => next.map((container, i) => ({ ...container, image: previous?.[i]?.image }));

function withNodeAffinityOf(
  previous: Affinity | undefined,
  next: Affinity | undefined,
): Affinity | undefined {
  const { nodeAffinity: _, ...others } = next ?? {};
  const affinity = {
    ...others,
    ...(previous?.nodeAffinity && { nodeAffinity: previous.nodeAffinity }),
  };
  const isAbsent = previous === undefined && Object.keys(affinity).length === 0;
  return isAbsent ? undefined : affinity;
}

/** While gates hold a pod, where it may go can be narrowed. */
function validateGatedPod(next: PodSpec, previous: PodSpec, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  const kept = Object.entries(previous.nodeSelector ?? {}).every(
    ([key, value]) => next.nodeSelector?.[key] === value,
  );
  if (!kept) {
    const detail = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)';
    errors.push(invalid(path.at('nodeSelector'), sortedByKey(next.nodeSelector), detail));
  }
  const [now, then] = [next.affinity?.nodeAffinity, previous.affinity?.nodeAffinity];
  if (!isSemanticallyEqual(now, then)) {
    errors.push(...validateNarrowed(now, then, path.at('affinity', 'nodeAffinity')));
  }
  return errors;
}

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';

function validateNarrowed(
  next: NodeAffinity | undefined,
  previous: NodeAffinity | undefined,
  path: FieldPath,
): FieldError[] {
  const oldTerms = previous?.[REQUIRED]?.nodeSelectorTerms ?? [];
  const newTerms = next?.[REQUIRED]?.nodeSelectorTerms ?? [];
  const at = path.at(REQUIRED, 'nodeSelectorTerms');
  if (oldTerms.length > 0 && oldTerms.length !== newTerms.length) {
    const detail = 'no additions/deletions to non-empty NodeSelectorTerms list are allowed';
    return [invalid(at, newTerms.map(termStruct), detail)];
  }
  return validateEach(oldTerms, at, (term, termPath) => {
    const now = newTerms[oldTerms.indexOf(term)]!;
    if (hasOnlyAdditions(now, term)) return [];
    const detail = 'only additions are allowed (no mutations or deletions)';
    return [invalid(termPath, termStruct(now), detail)];
  });
}

function hasOnlyAdditions(next: NodeSelectorTerm, previous: NodeSelectorTerm): boolean {
  const parts = ['matchExpressions', 'matchFields'] as const;
  // A term that selects nothing goes on doing so.
  if (parts.every((part) => !previous[part]?.length)) {
    return parts.every((part) => !next[part]?.length);
  }
  return parts.every((part) => {
    const old = previous[part] ?? [];
    return isSemanticallyEqual((next[part] ?? []).slice(0, old.length), old);
  });
}

const termStruct = ({ matchExpressions, matchFields }: NodeSelectorTerm): object => {
  const requirements = (list: NodeSelectorTerm['matchFields']) =>
    list?.map(({ key, operator, values }) => ({
      Key: key,
      Operator: operator,
      Values: values ?? null,
    })) ?? null;
  return {
    MatchExpressions: requirements(matchExpressions),
    MatchFields: requirements(matchFields),
  };
};

import { isSemanticallyEqual } from '../../machinery/equal.ts';
import {
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
  required,
} from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { sortedByKey } from '../../machinery/quote.ts';
import { LabelSelector } from '../../machinery/selector/label-selector.ts';
import { validateLabelSelector } from '../../machinery/validation/labels.ts';
import { validatePodTemplate } from '../core-v1/pod-template.ts';
import type { PodTemplateSpec } from '../generated/core/v1/types.ts';
import type { LabelSelector as LabelSelectorObject } from '../generated/meta/v1/types.ts';

/** The part of a spec that says which pods are whose, and what new ones look like. */
interface PodMaker {
  readonly selector?: LabelSelectorObject;
  readonly template?: PodTemplateSpec;
}

/** Whether a selector selects by nothing, and so everything. */
export const isEmptySelector = ({ matchLabels, matchExpressions }: LabelSelectorObject): boolean =>
  Object.keys(matchLabels ?? {}).length === 0 && (matchExpressions ?? []).length === 0;

/** The selector as messages show it. */
export const shownSelector = ({ matchLabels, matchExpressions }: LabelSelectorObject): object => ({
  ...(matchLabels && { matchLabels: sortedByKey(matchLabels) }),
  ...(matchExpressions && {
    matchExpressions: matchExpressions.map(({ key, operator, values }) => ({
      key,
      operator,
      ...(values && { values }),
    })),
  }),
});

/** A selector may not change: whose pods are whose would. */
export function validateFixedSelector(
  next: LabelSelectorObject | undefined,
  previous: LabelSelectorObject | undefined,
  path: FieldPath,
): FieldError[] {
  if (isSemanticallyEqual(next, previous)) return [];
  return [invalid(path, next ? shownSelector(next) : null, 'field is immutable')];
}

/**
 * A selector that has to be there and select by something, and a template whose pods it selects;
 * `maker` is the kind that messages name.
 */
export function validatePodMaker(
  { selector, template }: PodMaker,
  maker: string,
  path: FieldPath,
): FieldError[] {
  const at = path.at('selector');
  if (!selector) return [required(at), ...validateTemplate(undefined, template, maker, path)];
  const errors = validateLabelSelector(selector, at);
  if (errors.length > 0) {
    return [...errors, invalid(at, shownSelector(selector), 'invalid label selector')];
  }
  if (isEmptySelector(selector)) {
    const detail = 'empty selector is invalid for deployment';
    errors.push(invalid(at, shownSelector(selector), detail));
  }
  return [...errors, ...validateTemplate(selector, template, maker, path)];
}

function validateTemplate(
  selector: LabelSelectorObject | undefined,
  template: PodTemplateSpec | undefined,
  maker: string,
  path: FieldPath,
): FieldError[] {
  const at = path.at('template');
  if (!template) return [required(at)];
  return [
    ...validateSelects(selector, template, at),
    ...validatePodTemplate(template, at),
    ...validateRunsForever(template, maker, at),
  ];
}

/** The template's pods are selected: else there would be ever more of them. */
export function validateSelects(
  selector: LabelSelectorObject | undefined,
  { metadata }: PodTemplateSpec,
  path: FieldPath,
): FieldError[] {
  if (LabelSelector.from(selector).matches(metadata?.labels)) return [];
  const detail = '`selector` does not match template `labels`';
  return [invalid(path.at('metadata', 'labels'), sortedByKey(metadata?.labels), detail)];
}

/** The template's pods run until they are stopped. */
export function validateRunsForever(
  { spec }: PodTemplateSpec,
  maker: string,
  path: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.restartPolicy !== 'Always') {
    const at = path.at('spec', 'restartPolicy');
    errors.push(notSupported(at, spec.restartPolicy ?? '', ['Always']));
  }
  if (spec.activeDeadlineSeconds !== undefined) {
    const detail = `activeDeadlineSeconds in ${maker} is not Supported`;
    errors.push(forbiddenField(path.at('spec', 'activeDeadlineSeconds'), detail));
  }
  return errors;
}

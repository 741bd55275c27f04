import { isEqual } from '../../../machinery/equal.ts';
import { type FieldError, invalid, required } from '../../../machinery/field-error.ts';
import { FieldPath } from '../../../machinery/field-path.ts';
import type { Draft } from '../../../machinery/object.ts';
import { sortedByKey } from '../../../machinery/quote.ts';
import { LabelSelector } from '../../../machinery/selector/label-selector.ts';
import { validateLabelSelector } from '../../../machinery/validation/labels.ts';
import { shownSelector } from '../../apps-v1/template-rules.ts';
import { part } from '../../drafts.ts';
import type { Job } from '../../generated/batch/v1/types.ts';

const LABEL_MAX = 63;
const OWNER = 'batch.kubernetes.io/controller-uid';

/** The labels by which a job's pods are told from all others; two of them for older clients. */
const identityOf = ({ metadata }: Pick<Job, 'metadata'>): Readonly<Record<string, string>> => ({
  'job-name': metadata.name,
  'batch.kubernetes.io/job-name': metadata.name,
  'controller-uid': metadata.uid,
  [OWNER]: metadata.uid,
});

/** In the order in which they are looked at. */
const CHECKED = ['controller-uid', 'job-name', OWNER, 'batch.kubernetes.io/job-name'] as const;

/** Gives a new job a selector of its own, and its pods the labels, unless it brings its own. */
export function generateSelector(draft: Draft<Job>): void {
  const { metadata, spec } = draft;
  const templateMetadata = part(spec.template, 'metadata');
  // Labels that were taken over from the template go on being the template's.
  const takenOver = isEqual(metadata.labels ?? {}, templateMetadata.labels ?? {});
  if (!spec.manualSelector) {
    templateMetadata.labels = { ...identityOf(draft as Job), ...templateMetadata.labels };
    const matchLabels = part(part(spec, 'selector'), 'matchLabels');
    matchLabels[OWNER] ??= metadata.uid;
  }
  // A name too long for a label is refused, and told of once: in the template.
  if (!takenOver || metadata.name.length > LABEL_MAX) return;
  if (templateMetadata.labels) metadata.labels = { ...templateMetadata.labels };
}

/** Whether the selector, if it was to be generated, and the labels are those generated. */
export function validateGeneratedSelector(job: Job, path: FieldPath): FieldError[] {
  const { selector, manualSelector, template } = job.spec;
  if (manualSelector || !selector) return [];
  const labels = template.metadata?.labels;
  const at = path.at('spec', 'template', 'metadata', 'labels');
  const identity = identityOf(job);
  const errors = CHECKED.flatMap((key) => {
    const value = identity[key];
    if (labels?.[key] === value) return [];
    const detail = `must be '${value}'`;
    const labelPath = at.key(key);
    if (labels?.[key] === undefined) return [required(labelPath, detail)];
    return [invalid(labelPath, sortedByKey(labels), detail)];
  });
  if (isReadable(selector) && !LabelSelector.from(selector).matches(identity)) {
    const shown = shownSelector(selector);
    errors.push(invalid(path.at('spec', 'selector'), shown, '`selector` not auto-generated'));
  }
  return errors;
}

/** Whether the selector can be read at all; what is wrong with it is said elsewhere. */
export const isReadable = (selector: Job['spec']['selector']): boolean =>
  validateLabelSelector(selector, FieldPath.root).length === 0;

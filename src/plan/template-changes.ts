import type { KubeObject } from '../machinery/object.ts';
import { type FieldChange, fieldChanges } from './field-changes.ts';
import { shownChange } from './shown-change.ts';

interface Templated extends KubeObject {
  readonly spec?: { readonly template?: object; readonly replicas?: number };
}

/** What differs between the pods that two states of a workload ask for, a short text each. */
export function templateChanges(before: KubeObject, after: KubeObject): string[] {
  const templateOf = (object: Templated) =>
    ({ metadata: {}, template: object.spec?.template }) as unknown as KubeObject;
  return fieldChanges(templateOf(before), templateOf(after)).map(changeText);
}

/** `main image web:1 → web:2` of `template.spec.containers[main].image`. */
function changeText({ path, ...values }: FieldChange): string {
  const name = path
    .replace(/^template\.(spec|metadata)\.?/, '')
    .replace(/^(?:initC|c)ontainers\[([^\]]+)\]\.?/, '$1 ')
    .trim();
  const { before, after } = shownChange(values);
  if (after === undefined) return `${name} ${before} is removed`;
  return before === undefined ? `${name} ${after} is added` : `${name} ${before} → ${after}`;
}

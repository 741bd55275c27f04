import type { KubeObject } from '../machinery/object.ts';
import { type FieldChange, fieldChanges } from './field-changes.ts';

const VALUE_MAX = 40;

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
function changeText({ path, before, after }: FieldChange): string {
  const name = path
    .replace(/^template\.(spec|metadata)\.?/, '')
    .replace(/^(?:initC|c)ontainers\[([^\]]+)\]\.?/, '$1 ')
    .trim();
  if (after === undefined) return `${name} ${shownValue(before)} is removed`;
  if (before === undefined) return `${name} ${shownValue(after)} is added`;
  return `${name} ${shownValue(before)} → ${shownValue(after)}`;
}

/** A value in as few words as will do. */
export function shownValue(value: unknown): string {
  const text = typeof value === 'string' ? value || '""' : JSON.stringify(value);
  return text.length > VALUE_MAX ? `${text.slice(0, VALUE_MAX - 1)}…` : text;
}

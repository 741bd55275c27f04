import type { RequestOptions } from '../../machinery/api-request.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { FieldSelector } from '../../machinery/selector/field-selector.ts';
import { LabelSelector } from '../../machinery/selector/label-selector.ts';
import { badRequest } from '../../machinery/status.ts';
import type { ServedResource } from './served-resource.ts';

/** Which objects of a resource a list or watch asks for, beside the namespace. */
export interface Selection {
  /** Takes an object as it is stored. Undefined when every object matches. */
  readonly matches: ((stored: KubeObject) => boolean) | undefined;
  /** The one name that can match, if the selector asks for one. */
  readonly name: string | undefined;
  /** The one namespace that can match, if the selector asks for one. */
  readonly namespace: string | undefined;
  /** The one value that a field of the kind's own must have, if the selector asks for one. */
  readonly indexed: IndexedField | undefined;
}

/** A field that an object must have a certain value in. */
export interface IndexedField {
  readonly field: string;
  readonly value: string;
  readonly read: (stored: KubeObject) => string;
}

const EVERYTHING: Selection = {
  matches: undefined,
  name: undefined,
  namespace: undefined,
  indexed: undefined,
};

/** The selectors of a request, of which it isn't known yet whether the resource has what they ask. */
export interface Selectors {
  readonly labels: LabelSelector;
  readonly fields: FieldSelector;
}

/** Reads the selectors of a request. Throws BadRequest for what is none. */
export const selectorsOf = ({ labelSelector, fieldSelector }: RequestOptions): Selectors => ({
  labels: labelSelector ? LabelSelector.parse(labelSelector) : LabelSelector.everything,
  fields: fieldSelector ? FieldSelector.parse(fieldSelector) : FieldSelector.everything,
});

/** What selectors choose of a resource. Throws BadRequest for what it can't be selected by. */
export function selectionOf(resource: ServedResource, { labels, fields }: Selectors): Selection {
  for (const { field } of fields.requirements) checkSelectable(resource, field);
  if (labels.isEverything && fields.isEverything) return EVERYTHING;
  return {
    matches: matcher(resource, labels, fields),
    name: fields.exactValueOf('metadata.name'),
    namespace: fields.exactValueOf('metadata.namespace'),
    indexed: indexedField(resource, fields),
  };
}

// Any one will do: it only has to make most objects not worth a look.
function indexedField(resource: ServedResource, fields: FieldSelector): IndexedField | undefined {
  const exact = fields.requirements.find(({ operator }) => operator === '=');
  if (exact === undefined) return undefined;
  const { field, value } = exact;
  const read = (stored: KubeObject) => readField(resource, readable(resource, stored), field);
  return { field, value, read };
}

function matcher(resource: ServedResource, labels: LabelSelector, fields: FieldSelector) {
  if (fields.isEverything) return (object: KubeObject) => labels.matches(object.metadata.labels);
  return (stored: KubeObject) => {
    if (!labels.matches(stored.metadata.labels)) return false;
    const object = readable(resource, stored);
    return fields.matches((field) => readField(resource, object, field));
  };
}

/** Where somebody would have to be asked to convert an object, fields are read as they rest. */
const readable = (resource: ServedResource, stored: KubeObject): KubeObject =>
  resource.isAsked ? stored : resource.fromStored(stored);

function readField({ definition }: ServedResource, object: KubeObject, field: string): string {
  const read = definition.selectableFields?.[field];
  if (read !== undefined) return read(object);
  const { name, namespace = '' } = object.metadata;
  return field === 'metadata.name' ? name : namespace;
}

// Kinds with selectable fields of their own have a message of their own, too.
function checkSelectable({ definition, namespaced }: ServedResource, field: string): void {
  const { selectableFields, unselectableField } = definition;
  if (selectableFields && Object.hasOwn(selectableFields, field)) return;
  if (field === 'metadata.name') return;
  if (field === 'metadata.namespace' && (namespaced || !selectableFields)) return;
  throw badRequest(
    selectableFields
      ? (unselectableField?.(field) ?? `field label not supported: ${field}`)
      : `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`,
  );
}

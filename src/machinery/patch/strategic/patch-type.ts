import { type FieldShape, type FieldType, isMessage, type MessageShape } from '../../shape.ts';
import { notAList, notAStruct, unknownField } from './errors.ts';

/** A type as strategic merge patch sees it: a structure with fields, or something else by kind. */
export interface PatchType {
  readonly kind: string;
  /** The name in messages, of structures. */
  readonly name: string;
  readonly shape?: MessageShape;
}

/** How a field is merged. */
export interface FieldMerge {
  /** Of the map, or of the list's elements. */
  readonly type: PatchType;
  readonly strategy: 'merge' | 'replace' | '';
  readonly mergeKey: string;
}

const STRUCTS: Readonly<Record<string, string>> = {
  quantity: 'Quantity',
  intOrString: 'IntOrString',
  time: 'Time',
  microTime: 'MicroTime',
  duration: 'Duration',
  rawExtension: 'RawExtension',
  fieldsV1: 'FieldsV1',
  json: 'JSON',
};

const KINDS: Readonly<Record<string, string>> = {
  double: 'float64',
  bytes: 'slice',
  any: 'interface',
};

/** The patch type of a message or scalar. */
export function patchTypeOf(type: FieldType): PatchType {
  if (isMessage(type)) {
    return { kind: 'struct', name: type.name.slice(type.name.lastIndexOf('.') + 1), shape: type };
  }
  const name = STRUCTS[type];
  return name ? { kind: 'struct', name } : { kind: KINDS[type] ?? type, name: type };
}

const MAP: PatchType = { kind: 'map', name: '' };

function fieldOf({ kind, name, shape }: PatchType, field: string): FieldShape {
  if (kind !== 'struct') throw notAStruct(kind);
  const exact = shape?.fieldsByName.get(field);
  if (exact) return exact;
  const folded = field.toLowerCase();
  const found = shape?.fields.find((each) => each.name.toLowerCase() === folded);
  if (found) return found;
  throw unknownField(name, field);
}

/** How the map or structure under a field is merged. Throws for fields that there are none of. */
export function mergeOfMap(type: PatchType, name: string): FieldMerge {
  const field = fieldOf(type, name);
  return { ...mergeOf(field), type: field.container === 'map' ? MAP : patchTypeOf(field.type) };
}

/** How the list under a field is merged. Throws for fields that are no lists. */
export function mergeOfList(type: PatchType, name: string): FieldMerge {
  const field = fieldOf(type, name);
  if (field.container !== 'list' && field.type !== 'bytes') throw notAList(type.kind);
  return { ...mergeOf(field), type: patchTypeOf(field.type) };
}

function mergeOf({ patchStrategies, patchMergeKey = '' }: FieldShape): Omit<FieldMerge, 'type'> {
  const strategy = patchStrategies.find((each) => each !== 'retainKeys') ?? '';
  return { strategy, mergeKey: patchMergeKey };
}

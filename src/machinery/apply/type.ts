import {
  type FieldShape,
  isMessage,
  type MessageShape,
  SCALAR_ZEROS,
  type ScalarType,
} from '../shape.ts';
import type { KeyField } from './step.ts';
import { fieldStep } from './step.ts';

/**
 * How apply sees a type: what a value may be, and what of it can have an owner of its own. Most
 * types are one of the three; free-form JSON may be any of them. Built-in types come from shapes
 * (below), those of custom resources from their schema.
 */
export interface ApplyType {
  readonly scalar?: 'string' | 'number' | 'boolean' | 'any';
  readonly list?: ListType;
  readonly map?: MapType;
}

export interface ListType {
  /** `atomic`: the list is one value. Otherwise elements are told apart by value, or by keys. */
  readonly kind: 'atomic' | 'set' | 'map';
  /** The fields that tell elements of a `map` list apart, in the order declared. */
  readonly keys: readonly KeyField[];
  readonly element: ApplyType;
}

export interface MapType {
  /** The map or structure is one value. */
  readonly atomic: boolean;
  /** Declared fields. Empty for plain maps. */
  readonly fields: ReadonlyMap<string, StructField>;
  /** The type under keys that aren't declared; without one there may be none. */
  readonly element: ApplyType | undefined;
}

export interface StructField {
  readonly name: string;
  /** The field as a key of FieldsV1: `f:name`. */
  readonly step: string;
  readonly type: ApplyType;
}

/** Free-form JSON with one owner. */
export const UNTYPED: ApplyType = lazily(() => ({
  scalar: 'any',
  list: { kind: 'atomic', keys: [], element: UNTYPED },
  map: { atomic: true, fields: new Map(), element: UNTYPED },
}));

/** Free-form JSON in which every field of an object has its owner. */
export const DEDUCED: ApplyType = lazily(() => ({
  scalar: 'any',
  list: { kind: 'atomic', keys: [], element: UNTYPED },
  map: { atomic: false, fields: new Map(), element: DEDUCED },
}));

/** A type whose parts are made when first looked at, for types that contain themselves. */
export function lazily(make: () => ApplyType): ApplyType {
  let made: ApplyType | undefined;
  const get = (): ApplyType => {
    made ??= make();
    return made;
  };
  return {
    get scalar() {
      return get().scalar;
    },
    get list() {
      return get().list;
    },
    get map() {
      return get().map;
    },
  };
}

const SCALARS: Readonly<Record<ScalarType, ApplyType>> = {
  string: { scalar: 'string' },
  bytes: { scalar: 'string' },
  duration: { scalar: 'string' },
  bool: { scalar: 'boolean' },
  int32: { scalar: 'number' },
  int64: { scalar: 'number' },
  double: { scalar: 'number' },
  quantity: { scalar: 'any' },
  intOrString: { scalar: 'any' },
  time: { scalar: 'any' },
  microTime: { scalar: 'any' },
  rawExtension: UNTYPED,
  fieldsV1: { map: { atomic: false, fields: new Map(), element: DEDUCED } },
  json: DEDUCED,
  any: DEDUCED,
};

interface ShapeTypes {
  readonly granular: ApplyType;
  readonly atomic: ApplyType;
}

const typesOfShapes = new WeakMap<MessageShape, ShapeTypes>();

/** The apply type of a message. Made once per shape, its fields when first needed. */
export function applyTypeOf(shape: MessageShape): ApplyType {
  const { granular, atomic } = typesOf(shape);
  return shape.atomic ? atomic : granular;
}

function typesOf(shape: MessageShape): ShapeTypes {
  let types = typesOfShapes.get(shape);
  if (!types) {
    types = shape.union ? unionTypes(shape) : structTypes(shape);
    typesOfShapes.set(shape, types);
  }
  return types;
}

function structTypes(shape: MessageShape): ShapeTypes {
  let fields: ReadonlyMap<string, StructField> | undefined;
  const map = (atomic: boolean): MapType => ({
    atomic,
    element: undefined,
    get fields() {
      fields ??= new Map(shape.fields.map((field) => [field.name, structField(field)]));
      return fields;
    },
  });
  return { granular: { map: map(false) }, atomic: { map: map(true) } };
}

// A lone list stands for itself; anything else of this sort has no type in OpenAPI.
function unionTypes(shape: MessageShape): ShapeTypes {
  const [first, ...rest] = shape.fields;
  const type = first && rest.length === 0 ? typeOfField(first) : DEDUCED;
  return { granular: type, atomic: type };
}

const structField = (field: FieldShape): StructField => ({
  name: field.name,
  step: fieldStep(field.name),
  type: typeOfField(field),
});

function typeOfField(field: FieldShape): ApplyType {
  const { type, container, atomic } = field;
  const value = isMessage(type) ? typeOfMessage(field, type) : SCALARS[type];
  if (container === 'none') return value;
  const element = isMessage(type) ? applyTypeOf(type) : SCALARS[type];
  if (container === 'map') return { map: { atomic, fields: new Map(), element } };
  return { list: listTypeOf(field, element) };
}

function typeOfMessage({ atomic, granular }: FieldShape, type: MessageShape): ApplyType {
  if (granular) return typesOf(type).granular;
  return atomic ? typesOf(type).atomic : applyTypeOf(type);
}

function listTypeOf(field: FieldShape, element: ApplyType): ListType {
  const { listType, listMapKeys, patchStrategies, patchMergeKey } = field;
  if (listType === 'atomic') return { kind: 'atomic', keys: [], element };
  if (listType === 'set') return { kind: 'set', keys: [], element };
  if (listType === 'map') return { kind: 'map', keys: keysOf(field, listMapKeys), element };
  // Lists that say nothing of apply are merged as strategic merge patch merges them.
  if (!patchStrategies.includes('merge')) return { kind: 'atomic', keys: [], element };
  if (patchMergeKey === undefined) return { kind: 'set', keys: [], element };
  return { kind: 'map', keys: keysOf(field, [patchMergeKey]), element };
}

function keysOf({ type }: FieldShape, names: readonly string[]): KeyField[] {
  return names.map((name) => {
    const field = isMessage(type) ? type.fieldsByName.get(name) : undefined;
    return { name, default: field && defaultOf(field) };
  });
}

// What is always written has its zero value for a default in OpenAPI.
function defaultOf({
  type,
  container,
  pointer,
  omitEmpty,
  default: declared,
}: FieldShape): unknown {
  if (declared !== undefined) return declared;
  return pointer || omitEmpty || container !== 'none' || isMessage(type)
    ? undefined
    : SCALAR_ZEROS[type];
}

const emptyObjects = new WeakMap<MessageShape, Readonly<Record<string, unknown>>>();

/**
 * The object of a kind in which nothing is set: what is always written is there, with its zero
 * value. New objects are compared with it, so that nobody owns what nobody set.
 */
export function emptyObjectOf(shape: MessageShape): Readonly<Record<string, unknown>> {
  let empty = emptyObjects.get(shape);
  if (!empty) {
    const fields = shape.fields.filter(({ pointer, omitEmpty }) => !pointer && !omitEmpty);
    empty = Object.freeze(Object.fromEntries(fields.map((field) => [field.name, zeroOf(field)])));
    emptyObjects.set(shape, empty);
  }
  return empty;
}

function zeroOf({ type, container }: FieldShape): unknown {
  if (container !== 'none') return null;
  if (!isMessage(type)) return SCALAR_ZEROS[type] ?? null;
  return type.union ? null : emptyObjectOf(type);
}

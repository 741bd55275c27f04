import { escapeField } from '../../machinery/cel/escaping.ts';
import {
  BOOL,
  BYTES,
  DOUBLE,
  DYN,
  type Field,
  INT,
  listOf,
  mapOf,
  objectOf,
  STRING,
  TIMESTAMP,
  type Type,
} from '../../machinery/cel/types.ts';
import {
  type FieldShape,
  isMessage,
  type MessageShape,
  type ScalarType,
} from '../../machinery/shape.ts';

const SCALARS: Readonly<Record<ScalarType, Type>> = {
  string: STRING,
  bytes: BYTES,
  duration: STRING,
  bool: BOOL,
  int32: INT,
  int64: INT,
  double: DOUBLE,
  time: TIMESTAMP,
  microTime: TIMESTAMP,
  // What may be a number or a text, or anything.
  ...{ quantity: DYN, intOrString: DYN, rawExtension: DYN, fieldsV1: DYN, json: DYN, any: DYN },
};

/** The type of objects of a shape; types that hold themselves are of any type there. */
export function declaredShape(shape: MessageShape, name: string): Type {
  return declare(shape, name, new Set());
}

function declare(shape: MessageShape, name: string, within: ReadonlySet<MessageShape>): Type {
  if (shape.union || within.has(shape)) return DYN;
  const inside = new Set(within).add(shape);
  const fields = new Map<string, Field>();
  for (const field of shape.fields) {
    const escaped = escapeField(field.name);
    if (escaped === undefined) continue;
    const type = typeOfField(field, `${name}.${escaped}`, inside);
    fields.set(escaped, { type, property: field.name });
  }
  return objectOf(name, fields);
}

function typeOfField(
  { type, container }: FieldShape,
  name: string,
  within: ReadonlySet<MessageShape>,
): Type {
  const place = container === 'list' ? '.@idx' : container === 'map' ? '.@elem' : '';
  const value = isMessage(type) ? declare(type, name + place, within) : SCALARS[type];
  if (container === 'list') return listOf(value);
  return container === 'map' ? mapOf(STRING, value) : value;
}

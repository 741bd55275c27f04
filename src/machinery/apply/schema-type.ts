import { fieldStep } from './step.ts';
import { type ApplyType, DEDUCED, type ListType, lazily, type MapType, UNTYPED } from './type.ts';

/** What apply reads of a structural OpenAPI v3 schema, such as that of a custom resource. */
export interface SchemaNode {
  readonly type?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly default?: unknown;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: string;
}

/** The apply type of a custom resource: its schema, with the metadata that every object has. */
export function applyTypeOfSchema(schema: SchemaNode, metadata: ApplyType): ApplyType {
  const type = typeOf({ ...schema, type: 'object' }, false);
  const text: ApplyType = { scalar: 'string' };
  const fields = new Map(type.map!.fields);
  for (const [name, fieldType] of [
    ['apiVersion', text],
    ['kind', text],
    ['metadata', metadata],
  ] as const) {
    fields.set(name, { name, step: fieldStep(name), type: fieldType });
  }
  return { map: { ...type.map!, fields } };
}

const SCALARS: Readonly<Record<string, ApplyType>> = {
  integer: { scalar: 'number' },
  number: { scalar: 'number' },
  boolean: { scalar: 'boolean' },
};

function typeOf(schema: SchemaNode, preservesAbove: boolean): ApplyType {
  // What keeps unknown fields also keeps those of all that is in it.
  const preserves = preservesAbove || schema['x-kubernetes-preserve-unknown-fields'] === true;
  switch (schema.type) {
    case 'object':
      return { map: mapOf(schema, preserves) };
    case 'array':
      return { list: listOf(schema, preserves) };
    case 'string':
      return { scalar: schema.format && schema.format !== 'byte' ? 'any' : 'string' };
    default: {
      const scalar = schema.type && SCALARS[schema.type];
      if (scalar) return scalar;
      return { scalar: 'any', list: listOf(schema, preserves), map: mapOf(schema, preserves) };
    }
  }
}

function mapOf(schema: SchemaNode, preserves: boolean): MapType {
  const fields = Object.entries(schema.properties ?? {}).map(
    ([name, property]) =>
      [
        name,
        { name, step: fieldStep(name), type: lazily(() => typeOf(property, preserves)) },
      ] as const,
  );
  return {
    atomic: schema['x-kubernetes-map-type'] === 'atomic',
    fields: new Map(fields),
    element: elementOf(schema, fields.length, preserves),
  };
}

/** The type of fields that aren't declared. */
function elementOf(
  { additionalProperties }: SchemaNode,
  declared: number,
  preserves: boolean,
): ApplyType | undefined {
  if (additionalProperties === undefined) return preserves || declared === 0 ? DEDUCED : undefined;
  if (typeof additionalProperties === 'object') return typeOf(additionalProperties, preserves);
  return additionalProperties ? DEDUCED : undefined;
}

function listOf(schema: SchemaNode, preserves: boolean): ListType {
  const { items } = schema;
  const element = items ? typeOf(items, preserves) : UNTYPED;
  const listType = schema['x-kubernetes-list-type'];
  if (listType === 'set') return { kind: 'set', keys: [], element };
  if (listType !== 'map') return { kind: 'atomic', keys: [], element };
  const keys = (schema['x-kubernetes-list-map-keys'] ?? []).map((name) => ({
    name,
    default: items?.properties?.[name]?.default,
  }));
  return { kind: 'map', keys, element };
}

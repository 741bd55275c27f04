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
  readonly 'x-kubernetes-embedded-resource'?: boolean;
}

/** The apply type of a custom resource: its schema, with the metadata that every object has. */
export function applyTypeOfSchema(schema: SchemaNode, metadata: ApplyType): ApplyType {
  const whole = { ...schema, type: 'object', 'x-kubernetes-embedded-resource': true };
  return new SchemaTyper(metadata).typeOf(whole, false);
}

const SCALARS: Readonly<Record<string, ApplyType>> = {
  integer: { scalar: 'number' },
  number: { scalar: 'number' },
  boolean: { scalar: 'boolean' },
};

const TEXT: ApplyType = { scalar: 'string' };

class SchemaTyper {
  /** What objects have, those in objects too. */
  readonly #meta: Readonly<Record<string, ApplyType>>;

  constructor(metadata: ApplyType) {
    this.#meta = { apiVersion: TEXT, kind: TEXT, metadata };
  }

  typeOf(schema: SchemaNode, preservesAbove: boolean): ApplyType {
    // What keeps unknown fields also keeps those of all that is in it.
    const preserves = preservesAbove || schema['x-kubernetes-preserve-unknown-fields'] === true;
    switch (schema.type) {
      case 'object':
        return { map: this.#mapOf(schema, preserves) };
      case 'array':
        return { list: this.#listOf(schema, preserves) };
      case 'string':
        return { scalar: schema.format && schema.format !== 'byte' ? 'any' : 'string' };
      default: {
        const scalar = schema.type && SCALARS[schema.type];
        if (scalar) return scalar;
        const [list, map] = [this.#listOf(schema, preserves), this.#mapOf(schema, preserves)];
        return { scalar: 'any', list, map };
      }
    }
  }

  #mapOf(schema: SchemaNode, preserves: boolean): MapType {
    const declared = Object.entries(schema.properties ?? {});
    const fields = new Map(
      declared.map(([name, property]) => {
        const type = lazily(() => this.typeOf(property, preserves));
        return [name, { name, step: fieldStep(name), type }];
      }),
    );
    const element = this.#elementOf(schema, declared.length, preserves);
    if (schema['x-kubernetes-embedded-resource']) {
      for (const [name, type] of Object.entries(this.#meta)) {
        fields.set(name, { name, step: fieldStep(name), type });
      }
    }
    return { atomic: schema['x-kubernetes-map-type'] === 'atomic', fields, element };
  }

  /** The type of fields that aren't declared. */
  #elementOf(
    { additionalProperties }: SchemaNode,
    declared: number,
    preserves: boolean,
  ): ApplyType | undefined {
    if (additionalProperties === undefined) {
      return preserves || declared === 0 ? DEDUCED : undefined;
    }
    if (typeof additionalProperties === 'object') {
      return this.typeOf(additionalProperties, preserves);
    }
    return additionalProperties ? DEDUCED : undefined;
  }

  #listOf(schema: SchemaNode, preserves: boolean): ListType {
    const { items } = schema;
    const element = items ? this.typeOf(items, preserves) : UNTYPED;
    const listType = schema['x-kubernetes-list-type'];
    if (listType === 'set') return { kind: 'set', keys: [], element };
    if (listType !== 'map') return { kind: 'atomic', keys: [], element };
    const keys = (schema['x-kubernetes-list-map-keys'] ?? []).map((name) => ({
      name,
      default: items?.properties?.[name]?.default,
    }));
    return { kind: 'map', keys, element };
  }
}

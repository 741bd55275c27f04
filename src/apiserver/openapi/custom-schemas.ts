import { createHash } from 'node:crypto';
import { shapes } from '../../api/shapes.ts';
import {
  additionalOf,
  itemsOf,
  type JsonSchema,
  propertiesOf,
} from '../../machinery/structural/schema.ts';
import { metaShape } from '../custom/shape.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import { type Generation, type Schema, type SchemaCollector, typeEntry } from './schemas.ts';

const LIST_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta';
const TEXT: Schema = { type: 'string' };

/** What documents say of custom resources: their schema, with what every object has. */
export class CustomSchemas {
  readonly #collector: SchemaCollector;
  readonly #generation: Generation;

  constructor(collector: SchemaCollector, generation: Generation) {
    this.#collector = collector;
    this.#generation = generation;
  }

  /** A reference to the schema of a resource's objects. */
  object(resource: ServedResource): Schema {
    const { name } = resource.definition.shape;
    const schema = this.#node(resource.definition.custom!.schema);
    return this.#collector.refToNamed(name, {
      ...schema,
      type: 'object',
      properties: {
        ...(schema.properties as Schema | undefined),
        apiVersion: TEXT,
        kind: TEXT,
        metadata: this.#wrapped(this.#collector.refTo(metaShape)),
      },
      'x-kubernetes-group-version-kind': [typeEntry(resource.apiVersion, resource.kind)],
    });
  }

  /** A reference to the schema of its lists. */
  list(resource: ServedResource): Schema {
    const { name } = resource.definition.shape;
    return this.#collector.refToNamed(`${name}List`, {
      type: 'object',
      required: ['items'],
      properties: {
        apiVersion: TEXT,
        items: { type: 'array', items: this.object(resource) },
        kind: TEXT,
        metadata: this.#wrapped(this.#collector.refTo(shapes.named(LIST_META)!)),
      },
      'x-kubernetes-group-version-kind': [typeEntry(resource.apiVersion, resource.listKind)],
    });
  }

  // Beside a reference nothing else counts, and most readers expect something beside it.
  #wrapped(reference: Schema): Schema {
    return this.#generation === 2 ? reference : { allOf: [reference] };
  }

  /** A schema as the document has it. The older generation knows less. */
  #node(schema: JsonSchema): Schema {
    const { properties, items, additionalProperties, ...others } = schema;
    const isOpen = schema['x-kubernetes-preserve-unknown-fields'] === true;
    const own = this.#generation === 2 ? olderKeywords(others as JsonSchema) : others;
    if (this.#generation === 2 && (isOpen || schema.nullable)) return own;
    const inner = additionalOf(schema);
    const elements = itemsOf(schema);
    return {
      ...own,
      ...(properties && { properties: this.#properties(schema) }),
      ...(elements && { items: this.#node(elements) }),
      ...(additionalProperties !== undefined && {
        additionalProperties: inner ? this.#node(inner) : additionalProperties,
      }),
      ...(schema['x-kubernetes-embedded-resource'] && this.#embedded(schema)),
    };
  }

  #properties(schema: JsonSchema): Schema {
    const entries = Object.entries(propertiesOf(schema));
    return Object.fromEntries(entries.map(([name, each]) => [name, this.#node(each)]));
  }

  /** What an object in an object has, too. */
  #embedded(schema: JsonSchema): Schema {
    return {
      required: [...new Set([...(schema.required ?? []), 'kind', 'apiVersion'])],
      properties: {
        ...this.#properties(schema),
        kind: TEXT,
        apiVersion: TEXT,
        metadata: this.#wrapped(this.#collector.refTo(metaShape)),
      },
    };
  }
}

/** Without what Swagger 2.0 has no words for. */
function olderKeywords(schema: JsonSchema): Schema {
  const { oneOf: _, anyOf: __, not: ___, nullable, type, ...others } = schema;
  const isAny =
    nullable ||
    schema['x-kubernetes-preserve-unknown-fields'] ||
    schema['x-kubernetes-int-or-string'];
  return { ...others, ...(!isAny && type && { type }) };
}

const digests = new WeakMap<JsonSchema, string>();

/** What changes when a schema does. */
export function schemaDigest(schema: JsonSchema): string {
  let digest = digests.get(schema);
  if (digest === undefined) {
    digest = createHash('sha256').update(JSON.stringify(schema)).digest('base64');
    digests.set(schema, digest);
  }
  return digest;
}

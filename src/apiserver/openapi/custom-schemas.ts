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
  readonly #isOlder: boolean;

  constructor(collector: SchemaCollector, generation: Generation) {
    this.#collector = collector;
    this.#isOlder = generation === 2;
  }

  /** A reference to the schema of a resource's objects. */
  object(resource: ServedResource): Schema {
    const { shape, custom, selectableFields } = resource.definition;
    const selectable = Object.keys(selectableFields ?? {}).map((fieldPath) => ({ fieldPath }));
    return this.#collector.refToNamed(shape.name, {
      ...this.#whole(custom!.schema),
      'x-kubernetes-group-version-kind': [typeEntry(resource.apiVersion, resource.kind)],
      ...(selectable.length > 0 && { 'x-kubernetes-selectable-fields': selectable }),
    });
  }

  #whole(schema: JsonSchema): Schema {
    // Clients of the older generation take what is said for all that there is.
    if (this.#isOlder && isOpen(schema)) return { type: 'object' };
    const node = this.#node(schema);
    return {
      ...node,
      type: 'object',
      properties: {
        ...(node.properties as Schema | undefined),
        apiVersion: TEXT,
        kind: TEXT,
        metadata: this.#wrapped(this.#collector.refTo(metaShape)),
      },
    };
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
    return this.#isOlder ? reference : { allOf: [reference] };
  }

  /** A schema as the document has it. The older generation knows less. */
  #node(schema: JsonSchema): Schema {
    const { properties, items: _, additionalProperties, ...rest } = schema;
    const { example: __, externalDocs: ___, ...others } = rest;
    const own = this.#isOlder ? olderKeywords(others, schema) : others;
    const isBare = this.#isOlder && (isOpen(schema) || schema.nullable);
    const inner = additionalOf(schema);
    const elements = itemsOf(schema);
    const isEmbedded = schema['x-kubernetes-embedded-resource'] && !isBare;
    return {
      ...own,
      ...(properties && !isBare && { properties: this.#properties(schema) }),
      ...(elements && !isBare && { items: this.#node(elements) }),
      ...(additionalProperties !== undefined && {
        additionalProperties: inner ? this.#node(inner) : additionalProperties,
      }),
      ...(isEmbedded && this.#embedded(schema)),
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

const isOpen = (schema: JsonSchema): boolean =>
  schema['x-kubernetes-preserve-unknown-fields'] === true;

/** Some keywords of a schema, without what Swagger 2.0 has no words for. */
function olderKeywords(keywords: JsonSchema, schema: JsonSchema): Schema {
  const { allOf: _, oneOf: __, anyOf: ___, not: ____, nullable, ...rest } = keywords;
  const { type, required, ...others } = rest;
  const isAny = nullable || (type === 'array' && isOpen(schema));
  const needed = additionalOf(schema)?.nullable
    ? []
    : (required ?? []).filter((name) => !propertiesOf(schema)[name]?.nullable);
  return {
    ...others,
    ...(!isAny && type && { type }),
    ...(needed.length > 0 && { required: needed }),
  };
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

import { parseApiVersion } from '../../machinery/resource.ts';
import {
  type FieldShape,
  isMessage,
  type MessageShape,
  SCALAR_ZEROS,
  type ScalarType,
} from '../../machinery/shape.ts';

/** A JSON schema as OpenAPI documents hold it. */
export type Schema = Readonly<Record<string, unknown>>;

/** Which generation of OpenAPI a document is of. */
export type Generation = 2 | 3;

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

const REF_PREFIXES: Readonly<Record<Generation, string>> = {
  2: '#/definitions/',
  3: '#/components/schemas/',
};

/** Types with an encoding of their own, by the names that they have in documents. */
const NAMED_SCALARS: Partial<
  Record<ScalarType, { readonly name: string; schema(of: Generation): Schema }>
> = {
  quantity: {
    name: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
    schema: (of) =>
      of === 2 ? { type: 'string' } : { oneOf: [{ type: 'string' }, { type: 'number' }] },
  },
  intOrString: {
    name: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
    schema: (of) =>
      of === 2
        ? { type: 'string', format: 'int-or-string' }
        : { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
  },
  time: { name: `${META}.Time`, schema: () => ({ type: 'string', format: 'date-time' }) },
  microTime: { name: `${META}.MicroTime`, schema: () => ({ type: 'string', format: 'date-time' }) },
  duration: { name: `${META}.Duration`, schema: () => ({ type: 'string' }) },
  rawExtension: {
    name: 'io.k8s.apimachinery.pkg.runtime.RawExtension',
    schema: () => ({ type: 'object' }),
  },
  fieldsV1: { name: `${META}.FieldsV1`, schema: () => ({ type: 'object' }) },
  json: {
    name: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON',
    schema: () => ({}),
  },
};

const PLAIN_SCALARS: Partial<Record<ScalarType, Schema>> = {
  string: { type: 'string' },
  bool: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  double: { type: 'number', format: 'double' },
  bytes: { type: 'string', format: 'byte' },
};

/** The body of a patch: whatever its dialect says. */
export const PATCH_NAME = `${META}.Patch`;

/** Collects the schemas of the messages that a document speaks of, with all that they refer to. */
export class SchemaCollector {
  readonly schemas: Record<string, Schema> = {};
  readonly #generation: Generation;
  readonly #kinds: ReadonlyMap<string, readonly object[]>;

  /** `kinds` says which messages are objects of their own: by name, what may stand in `kind`. */
  constructor(generation: Generation, kinds: ReadonlyMap<string, readonly object[]>) {
    this.#generation = generation;
    this.#kinds = kinds;
  }

  /** A reference to a message, which from now on is in the document. */
  refTo(shape: MessageShape): Schema {
    if (this.schemas[shape.name] === undefined) {
      this.schemas[shape.name] = {}; // Messages may hold themselves.
      this.schemas[shape.name] = this.#message(shape);
    }
    return this.#ref(shape.name);
  }

  /** A reference to a schema that is no message. */
  refToNamed(name: string, schema: Schema): Schema {
    this.schemas[name] ??= schema;
    return this.#ref(name);
  }

  #ref(name: string): Schema {
    return { $ref: REF_PREFIXES[this.#generation] + name };
  }

  #message(shape: MessageShape): Schema {
    if (shape.union) return this.#field(shape.fields[0]!);
    const properties: Record<string, Schema> = {};
    for (const field of shape.fields) properties[field.name] = this.#field(field);
    const required = shape.fields.filter((field) => field.required).map(({ name }) => name);
    const kinds = this.#kinds.get(shape.name);
    return {
      type: 'object',
      ...(shape.fields.length > 0 && { properties }),
      ...(required.length > 0 && { required }),
      ...(kinds && { 'x-kubernetes-group-version-kind': kinds }),
      ...(shape.atomic && { 'x-kubernetes-map-type': 'atomic' }),
    };
  }

  #field(field: FieldShape): Schema {
    const { container, listType, listMapKeys, patchStrategies, patchMergeKey } = field;
    const value = field.default ?? (this.#generation === 3 ? zeroOf(field) : undefined);
    const extensions = {
      ...(value !== undefined && { default: value }),
      ...(container === 'list' && listType && { 'x-kubernetes-list-type': listType }),
      ...(listMapKeys.length > 0 && { 'x-kubernetes-list-map-keys': listMapKeys }),
      ...(container !== 'list' && field.atomic && { 'x-kubernetes-map-type': 'atomic' }),
      ...(field.granular && { 'x-kubernetes-map-type': 'granular' }),
      ...(patchMergeKey && { 'x-kubernetes-patch-merge-key': patchMergeKey }),
      ...(patchStrategies.length > 0 && {
        'x-kubernetes-patch-strategy': patchStrategies.join(','),
      }),
    };
    const element = this.#element(field);
    if (container === 'list') return { type: 'array', items: element, ...extensions };
    if (container === 'map')
      return { type: 'object', additionalProperties: element, ...extensions };
    if (!('$ref' in element)) return { ...element, ...extensions };
    // Beside a reference nothing else counts, so in the newer form it is wrapped.
    if (this.#generation === 2) return { ...element, ...extensions };
    return { allOf: [element], ...extensions };
  }

  #element({ type, enum: values }: FieldShape): Schema {
    if (isMessage(type)) return this.refTo(type);
    const named = NAMED_SCALARS[type];
    if (named !== undefined) return this.refToNamed(named.name, named.schema(this.#generation));
    return { ...PLAIN_SCALARS[type], ...(values && { enum: values }) };
  }
}

/** What a field has that is always written, when nobody sets it. */
function zeroOf({ container, pointer, type, omitEmpty }: FieldShape): unknown {
  if (container !== 'none' || pointer) return undefined;
  if (isMessage(type)) return type.union ? undefined : {};
  return omitEmpty ? undefined : SCALAR_ZEROS[type];
}

/** `{ group, version, kind }` of an object's type, in the order in which documents list them. */
export function typeEntry(apiVersion: string, kind: string): object {
  const { group, version } = parseApiVersion(apiVersion);
  return { group, kind, version };
}

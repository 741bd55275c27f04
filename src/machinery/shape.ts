/**
 * How a type of the API looks on the wire. From shapes follow decoding from JSON, YAML and
 * protobuf, pruning, strategic merge, server-side apply and OpenAPI, for all kinds alike.
 * Built-in shapes are generated from the published sources of the API (`src/api/generated/`).
 */
export interface MessageShape {
  /** The name in OpenAPI documents: `io.k8s.api.apps.v1.Deployment`. */
  readonly name: string;
  /** In declaration order. Fields of embedded structs stand among those of the outer one. */
  readonly fields: readonly FieldShape[];
  readonly fieldsByName: ReadonlyMap<string, FieldShape>;
  /**
   * The structs behind some of the fields. JSON has those fields among the others, protobuf has them
   * in nested messages: there their own `number` is 0, and these entries tell where they go.
   */
  readonly embedded: readonly EmbeddedShape[];
  /** Apply treats the whole as one value (`+structType=atomic`, `x-kubernetes-map-type`). */
  readonly atomic: boolean;
  /**
   * JSON holds no object but the value of the one field whose JSON type fits, such as the list of an
   * `ExtraValue`. Only protobuf knows the message.
   */
  readonly union: boolean;
}

/** A nested message in protobuf whose fields, in JSON, belong to the message around it. */
export interface EmbeddedShape {
  readonly number: number;
  readonly shape: MessageShape;
}

export interface FieldShape {
  readonly name: string;
  /** Protobuf field number; 0 where the field has none. */
  readonly number: number;
  /** The type of the value, of a list's elements, or of a map's values (keys are strings). */
  readonly type: FieldType;
  readonly container: 'none' | 'list' | 'map';
  /** Unset and zero differ: a Go pointer. Others lose their zero value (or write it, see next). */
  readonly pointer: boolean;
  /** JSON leaves an empty value out. Otherwise zero, `{}` or null is written. */
  readonly omitEmpty: boolean;
  /** Listed under `required` in OpenAPI. */
  readonly required: boolean;
  /** How apply merges a list; for maps and messages only `atomic` has a meaning. */
  readonly listType: 'atomic' | 'set' | 'map' | undefined;
  /** The fields that tell elements of a `map` list apart. */
  readonly listMapKeys: readonly string[];
  /** Apply treats a map, or a message in this place, as one value. */
  readonly atomic: boolean;
  /** In this place apply looks into a message that elsewhere is one value. */
  readonly granular?: boolean;
  /** Strategic merge patch: `patchStrategy` and `patchMergeKey` of the field. */
  readonly patchStrategies: readonly ('merge' | 'replace' | 'retainKeys')[];
  readonly patchMergeKey: string | undefined;
  /** Allowed values, where the sources declare an enumeration. */
  readonly enum: readonly string[] | undefined;
  /** Declared default (`+default=`), as JSON. */
  readonly default: unknown;
  /** The type as decoding errors name it: `int32`, `v1.PullPolicy`, `[]v1.Container`. */
  readonly typeName: string;
  /** The same of an element of the list or map. */
  readonly elementTypeName: string;
  /** The embedded structs that hold the field, outermost first; decoding errors name them in paths. */
  readonly embeddedIn: readonly string[];
}

/** A message, or the name of a type with an encoding of its own. */
export type FieldType = MessageShape | ScalarType;

/**
 * - `bytes`: base64 text in JSON
 * - `int64`: a JSON number; exact only up to 2^53
 * - `quantity`, `intOrString`, `time`, `microTime`, `duration`: text (or number) in JSON, messages
 *   in protobuf
 * - `rawExtension`, `fieldsV1`, `json`: any JSON value; `any` where protobuf has no form for it
 */
export type ScalarType =
  | 'string'
  | 'bool'
  | 'int32'
  | 'int64'
  | 'double'
  | 'bytes'
  | 'quantity'
  | 'intOrString'
  | 'time'
  | 'microTime'
  | 'duration'
  | 'rawExtension'
  | 'fieldsV1'
  | 'json'
  | 'any';

/** What JSON has of a scalar that nobody has set, where its zero value is a plain one. */
export const SCALAR_ZEROS: Partial<Readonly<Record<ScalarType, unknown>>> = {
  string: '',
  bool: false,
  int32: 0,
  int64: 0,
  double: 0,
};

export const isMessage = (type: FieldType): type is MessageShape => typeof type === 'object';

/** What kind of type this is. An `opaque` type has values of its own, but neither fields nor items. */
export type Kind =
  | 'bool'
  | 'bytes'
  | 'double'
  | 'duration'
  | 'dyn'
  | 'error'
  | 'int'
  | 'list'
  | 'map'
  | 'null'
  | 'object'
  | 'opaque'
  | 'parameter'
  | 'string'
  | 'timestamp'
  | 'type'
  | 'uint';

/** How a list declared in a schema is compared and joined (`x-kubernetes-list-type`). */
export interface ListTopology {
  readonly type: 'set' | 'map';
  /** The fields that tell the items of a `map` apart. */
  readonly keys: readonly string[];
}

/** A field of a declared object. */
export interface Field {
  readonly type: Type;
  /** Its name in the data, where the expression has an escaped one. */
  readonly property: string;
}

/** A type of CEL. Types declared by a schema also know how large their values can get. */
export interface Type {
  readonly kind: Kind;
  /** As messages name it, without parameters. */
  readonly name: string;
  /** Of lists the items', of maps the keys' and values', of optionals the value's type. */
  readonly params: readonly Type[];
  /** The fields of an object by their names in expressions. */
  readonly fields?: ReadonlyMap<string, Field>;
  readonly topology?: ListTopology;
  /** How the text of a string in the data is to be read. */
  readonly format?: 'byte' | 'date' | 'date-time' | 'duration';
  /** The most items, entries, characters or bytes a value can have. */
  readonly maxElements?: number;
  /** The fewest bytes that a value takes in JSON. */
  readonly minBytes?: number;
}

const NONE: readonly Type[] = [];

const simple = (kind: Kind, name: string = kind, minBytes = 0): Type => ({
  kind,
  name,
  params: NONE,
  minBytes,
  maxElements: 0,
});

export const BOOL: Type = simple('bool', 'bool', 4);
export const BYTES: Type = simple('bytes', 'bytes', 2);
export const DOUBLE: Type = simple('double', 'double', 1);
export const DURATION: Type = simple('duration', 'google.protobuf.Duration', 3);
export const DYN: Type = simple('dyn', 'dyn', 1);
export const ERROR: Type = simple('error', '!error!');
export const INT: Type = simple('int', 'int', 1);
export const NULL: Type = simple('null', 'null_type', 4);
export const STRING: Type = simple('string', 'string', 2);
export const TIMESTAMP: Type = simple('timestamp', 'google.protobuf.Timestamp', 12);
const TYPE: Type = simple('type', 'type');
export const UINT: Type = simple('uint', 'uint', 1);

/** What a list or map may hold at most, where nothing bounds it. */
const UNBOUNDED = Number.MAX_SAFE_INTEGER;

export const listOf = (item: Type, maxElements: number = UNBOUNDED): Type => ({
  kind: 'list',
  name: 'list',
  params: [item],
  maxElements,
  minBytes: 2,
});

export const mapOf = (key: Type, value: Type, maxElements: number = UNBOUNDED): Type => ({
  kind: 'map',
  name: 'map',
  params: [key, value],
  maxElements,
  minBytes: 2,
});

/** A type without fields that only functions can look into. */
export const opaque = (name: string, ...params: Type[]): Type => ({ kind: 'opaque', name, params });

export const optionalOf = (value: Type): Type => opaque('optional_type', value);

/** An object whose fields are known. `fields` are by their escaped names. */
export const objectOf = (name: string, fields: ReadonlyMap<string, Field>): Type => ({
  kind: 'object',
  name,
  params: NONE,
  fields,
  maxElements: 0,
  minBytes: 2,
});

export const typeOf = (type: Type): Type => ({ kind: 'type', name: 'type', params: [type] });

export const parameter = (name: string): Type => ({ kind: 'parameter', name, params: NONE });

const NO_FIELDS: ReadonlyMap<string, Field> = new Map();
export const QUANTITY: Type = objectOf('kubernetes.Quantity', NO_FIELDS);
export const URL_TYPE: Type = objectOf('kubernetes.URL', NO_FIELDS);
export const SEMVER: Type = objectOf('kubernetes.Semver', NO_FIELDS);
export const NAMED_FORMAT: Type = objectOf('kubernetes.NamedFormat', NO_FIELDS);
export const AUTHORIZER: Type = objectOf('kubernetes.authorization.Authorizer', NO_FIELDS);
export const PATH_CHECK: Type = objectOf('kubernetes.authorization.PathCheck', NO_FIELDS);
export const GROUP_CHECK: Type = objectOf('kubernetes.authorization.GroupCheck', NO_FIELDS);
export const RESOURCE_CHECK: Type = objectOf('kubernetes.authorization.ResourceCheck', NO_FIELDS);
export const DECISION: Type = objectOf('kubernetes.authorization.Decision', NO_FIELDS);
export const IP: Type = opaque('net.IP');
export const CIDR: Type = opaque('net.CIDR');

/** Types that an expression can name. */
export const NAMED_TYPES: ReadonlyMap<string, Type> = new Map(
  [
    ...[BOOL, BYTES, DOUBLE, INT, NULL, STRING, UINT, TYPE, DURATION, TIMESTAMP],
    ...[listOf(DYN), mapOf(DYN, DYN), optionalOf(parameter('V'))],
    ...[IP, CIDR],
  ].map((type) => [type.name, type]),
);

/** Whether it is a library's type, in which nobody even looks for fields. */
export const isSealed = ({ fields }: Type): boolean => fields === NO_FIELDS;

export const isDyn = ({ kind }: Type): boolean => kind === 'dyn';
export const isDynOrError = ({ kind }: Type): boolean => kind === 'dyn' || kind === 'error';
export const isOptional = ({ kind, name }: Type): boolean =>
  kind === 'opaque' && name === 'optional_type';

/** The type inside of an optional; any other type as it is. */
export const unwrapped = (type: Type): Type => (isOptional(type) ? type.params[0]! : type);

const SHORT: Partial<Record<Kind, string>> = {
  duration: 'duration',
  null: 'null',
  timestamp: 'timestamp',
};

/** `map(string, int)`: a type as messages of the checker print it. */
export function printType(type: Type): string {
  const name = SHORT[type.kind] ?? type.name;
  return type.params.length === 0 ? name : `${name}(${type.params.map(printType).join(', ')})`;
}

/** How a type declares itself, where `printType` would shorten its name: `null_type`. */
export const declaredName = ({ name, params }: Type): string =>
  params.length === 0 ? name : `${name}(${params.map(declaredName).join(', ')})`;

/** Whether the two are the same type, to the last parameter. */
export function isSameType(a: Type, b: Type): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind || a.name !== b.name || a.params.length !== b.params.length) return false;
  return a.params.every((each, i) => isSameType(each, b.params[i]!));
}

import type { EmbeddedShape, FieldShape, FieldType, MessageShape, ScalarType } from './shape.ts';

/**
 * The generated shapes of one group-version, packed to load fast: a message is a list of lines,
 * read when the message is first looked at. `docs/design/api.md` has the grammar of a line.
 */
export interface ShapeData {
  /** How other packages refer to this one: `apps/v1`, `core/v1`. */
  readonly folder: string;
  readonly group: string;
  readonly version: string;
  /** What the names of its messages in OpenAPI begin with: `io.k8s.api.apps.v1`. */
  readonly prefix: string;
  /** What may stand in `kind`. */
  readonly kinds: readonly string[];
  readonly enums: Readonly<Record<string, readonly string[]>>;
  readonly messages: Readonly<Record<string, readonly string[]>>;
}

// Declared in `meta/v1`: kinds that every group-version has, and kinds of just `v1`.
const COMMON_KINDS = new Set([
  'CreateOptions',
  'DeleteOptions',
  'GetOptions',
  'ListOptions',
  'PatchOptions',
  'UpdateOptions',
  'WatchEvent',
]);
const UNVERSIONED_KINDS = new Set([
  'APIGroup',
  'APIGroupList',
  'APIResourceList',
  'APIVersions',
  'Status',
]);

/** All shapes of an API, by name and by kind. */
export class ShapeSet {
  readonly #byFolder = new Map<string, ShapeData>();
  readonly #byPrefix = new Map<string, ShapeData>();
  readonly #byGroupVersion = new Map<string, ShapeData>();
  readonly #shapes = new Map<string, PackedMessage>();

  constructor(packages: readonly ShapeData[]) {
    for (const data of packages) {
      this.#byFolder.set(data.folder, data);
      this.#byPrefix.set(data.prefix, data);
      this.#byGroupVersion.set(`${data.group}/${data.version}`, data);
    }
  }

  /** The message with this name in OpenAPI: `io.k8s.api.apps.v1.Deployment`. */
  named(name: string): MessageShape | undefined {
    const dot = name.lastIndexOf('.');
    const data = this.#byPrefix.get(name.slice(0, dot));
    return data && this.#message(data, name.slice(dot + 1));
  }

  /** The message that objects of this kind are. Kinds of lists and options count too. */
  ofKind(type: { group: string; version: string; kind: string }): MessageShape | undefined {
    const data = this.#byGroupVersion.get(`${type.group}/${type.version}`);
    if (data === undefined) return undefined;
    if (data.kinds.includes(type.kind)) return this.#message(data, type.kind);
    const isCore = type.group === '' && type.version === 'v1';
    const isCommon = COMMON_KINDS.has(type.kind) || (isCore && UNVERSIONED_KINDS.has(type.kind));
    const meta = isCommon ? this.#byFolder.get('meta/v1') : undefined;
    return meta && this.#message(meta, type.kind);
  }

  /** Every message there is, with its fields not yet read. */
  *all(): Generator<MessageShape> {
    for (const data of this.#byFolder.values()) {
      for (const name in data.messages) yield this.#message(data, name)!;
    }
  }

  /** Every kind there is. */
  *kinds(): Generator<{ group: string; version: string; kind: string }> {
    for (const { group, version, kinds } of this.#byFolder.values()) {
      for (const kind of kinds) yield { group, version, kind };
    }
  }

  #message(data: ShapeData, name: string): MessageShape | undefined {
    const fullName = `${data.prefix}.${name}`;
    let shape = this.#shapes.get(fullName);
    if (shape === undefined) {
      const lines = data.messages[name];
      if (lines === undefined) return undefined;
      shape = new PackedMessage(fullName, data, lines, this);
      this.#shapes.set(fullName, shape);
    }
    return shape;
  }

  /** @internal What `reference` means in a line of `from`: `Container`, `core/v1.Container`. */
  resolve(reference: string, from: ShapeData): MessageShape {
    const dot = reference.indexOf('.');
    const data = dot < 0 ? from : this.#byFolder.get(reference.slice(0, dot));
    const shape = data && this.#message(data, reference.slice(dot + 1));
    if (shape === undefined) throw new Error(`${from.prefix} refers to unknown ${reference}`);
    return shape;
  }

  /** @internal The allowed values of a named string type, where it is an enumeration. */
  enumOf(reference: string, from: ShapeData): readonly string[] | undefined {
    const dot = reference.indexOf('.');
    const data = dot < 0 ? from : this.#byFolder.get(reference.slice(0, dot));
    return data?.enums[reference.slice(dot + 1)];
  }
}

interface Contents {
  readonly fields: readonly FieldShape[];
  readonly byName: ReadonlyMap<string, FieldShape>;
  readonly embedded: readonly EmbeddedShape[];
}

/** A message that reads its lines when it is first asked for its fields. */
class PackedMessage implements MessageShape {
  readonly name: string;
  readonly atomic: boolean;
  readonly union: boolean;
  readonly #data: ShapeData;
  readonly #lines: readonly string[];
  readonly #set: ShapeSet;
  #contents: Contents | undefined;

  constructor(name: string, data: ShapeData, lines: readonly string[], set: ShapeSet) {
    this.name = name;
    this.atomic = lines.includes('@atomic');
    this.union = lines.includes('@union');
    this.#data = data;
    this.#lines = lines;
    this.#set = set;
  }

  get fields(): readonly FieldShape[] {
    return this.#read().fields;
  }

  get fieldsByName(): ReadonlyMap<string, FieldShape> {
    return this.#read().byName;
  }

  get embedded(): readonly EmbeddedShape[] {
    return this.#read().embedded;
  }

  #read(): Contents {
    this.#contents ??= this.#unpack();
    return this.#contents;
  }

  #unpack(): Contents {
    const fields: FieldShape[] = [];
    const embedded: EmbeddedShape[] = [];
    for (const line of this.#lines) {
      const words = line.split(' ');
      if (words[0] === '@embed') {
        const shape = this.#set.resolve(words[2]!, this.#data);
        if (words[1] !== '0') embedded.push({ number: Number(words[1]), shape });
        for (const field of shape.fields) fields.push(embeddedField(field, shape));
      } else if (!line.startsWith('@')) fields.push(unpackField(line, this.#data, this.#set));
    }
    return {
      fields,
      byName: new Map(fields.map((field) => [field.name, field])),
      embedded,
    };
  }
}

const embeddedField = (field: FieldShape, { name }: MessageShape): FieldShape => ({
  ...field,
  number: 0,
  embeddedIn: [name.slice(name.lastIndexOf('.') + 1), ...field.embeddedIn],
});

const NONE: readonly string[] = [];
const CONTAINERS = { '[]': 'list', '{}': 'map' } as const;

/** Reads `name number type flags word=value…`, as `replicas 1 int32 *- default=1`. */
function unpackField(line: string, data: ShapeData, set: ShapeSet): FieldShape {
  const defaultAt = line.indexOf(' default=');
  const words = (defaultAt < 0 ? line : line.slice(0, defaultAt)).split(' ');
  const [name, number, typeText, flags] = words as [string, string, string, string];
  const facts = new Map(words.slice(4).map((word) => splitOnce(word, '=')));
  const [listType, listKeys] = splitOnce(facts.get('list') ?? '', ':');
  const [strategies, mergeKey] = splitOnce(facts.get('patch') ?? '', ':');
  const prefix = typeText.slice(0, 2);
  const container = prefix in CONTAINERS ? CONTAINERS[prefix as '[]'] : 'none';
  const type = typeOf(container === 'none' ? typeText : typeText.slice(2), data, set);
  const as = facts.get('as');
  const elementTypeName = as ? goName(as, data) : goTypeName(type);
  return {
    name,
    number: Number(number),
    type,
    container,
    pointer: flags.includes('*'),
    omitEmpty: flags.includes('-'),
    required: flags.includes('!'),
    listType: (listType || undefined) as FieldShape['listType'],
    listMapKeys: listKeys ? listKeys.split(',') : NONE,
    atomic: flags.includes('=') || (container === 'list' && listType === 'atomic'),
    granular: flags.includes('~'),
    patchStrategies: (strategies ? strategies.split(',') : []) as FieldShape['patchStrategies'],
    patchMergeKey: mergeKey || undefined,
    enum: as === undefined ? undefined : set.enumOf(as, data),
    default: defaultAt < 0 ? undefined : JSON.parse(line.slice(defaultAt + 9)),
    typeName: containerTypeName(container, elementTypeName, facts, data),
    elementTypeName,
    embeddedIn: NONE,
  };
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

const startsLower = (text: string): boolean => text[0]! >= 'a' && !text.includes('.');

const typeOf = (text: string, data: ShapeData, set: ShapeSet): FieldType =>
  startsLower(text) ? (text as ScalarType) : set.resolve(text, data);

// A package's name in Go is the last part of its path, and so of its folder.
function goName(reference: string, data: ShapeData): string {
  const slash = reference.lastIndexOf('/');
  return reference.includes('.') ? reference.slice(slash + 1) : `${data.version}.${reference}`;
}

const GO_SCALARS: Partial<Record<ScalarType, string>> = {
  double: 'float64',
  bytes: '[]uint8',
  quantity: 'resource.Quantity',
  intOrString: 'intstr.IntOrString',
  time: 'v1.Time',
  microTime: 'v1.MicroTime',
  duration: 'v1.Duration',
  rawExtension: 'runtime.RawExtension',
  fieldsV1: 'v1.FieldsV1',
  any: 'interface {}',
};

function goTypeName(type: FieldType): string {
  if (typeof type === 'string') return GO_SCALARS[type] ?? type;
  const parts = type.name.split('.');
  return parts.slice(-2).join('.');
}

function containerTypeName(
  container: FieldShape['container'],
  element: string,
  facts: ReadonlyMap<string, string>,
  data: ShapeData,
): string {
  const named = facts.get('in');
  if (named) return goName(named, data);
  if (container === 'list') return `[]${element}`;
  if (container === 'none') return element;
  const key = facts.get('by');
  return `map[${key ? goName(key, data) : 'string'}]${element}`;
}

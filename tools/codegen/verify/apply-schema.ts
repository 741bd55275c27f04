import { parse } from 'yaml';
import { type FieldShape, isMessage, type MessageShape } from '../../../src/machinery/shape.ts';
import type { ShapeSet } from '../../../src/machinery/shape-set.ts';
import { readText } from '../files.ts';

/** The schema that client-go applies by: how every list and map of the built-in types merges. */
const SCHEMA = 'k8s.io/client-go/applyconfigurations/internal/internal.go';

interface Schema {
  readonly types: readonly { readonly name: string; readonly map?: SchemaMap }[];
}

interface SchemaMap {
  readonly fields?: readonly { readonly name: string; readonly type: SchemaType }[];
  readonly elementRelationship?: string;
}

interface SchemaType {
  readonly scalar?: string;
  readonly namedType?: string;
  readonly elementRelationship?: string;
  readonly list?: {
    readonly elementType: SchemaType;
    readonly elementRelationship: string;
    readonly keys?: readonly string[];
  };
  readonly map?: { readonly elementType: SchemaType; readonly elementRelationship?: string };
}

/** Whether shapes merge as the schema says. Returns what differs, a line each. */
export function compareWithApplySchema(shapes: ShapeSet, folder: string): string[] {
  const source = readText(`${folder}/${SCHEMA}`);
  const text = /typed\.YAMLObject\(`([^`]*)`\)/.exec(source)?.[1];
  if (text === undefined) throw new Error(`${SCHEMA} holds no schema`);
  const differences: string[] = [];
  for (const { name, map } of (parse(text) as Schema).types) {
    const shape = shapes.named(name);
    if (shape && map?.fields) differences.push(...compareMessage(shape, map));
  }
  return differences;
}

function compareMessage(shape: MessageShape, map: SchemaMap): string[] {
  const differences: string[] = [];
  const note = (where: string, ours: unknown, theirs: unknown): void => {
    if (ours !== theirs) differences.push(`${where}: ${ours}, not ${theirs}`);
  };
  note(shape.name, shape.atomic, map.elementRelationship === 'atomic');
  const names = new Set(map.fields!.map((field) => field.name));
  for (const { name } of shape.fields) {
    if (!names.has(name)) differences.push(`${shape.name}.${name}: unknown to the schema`);
  }
  for (const { name, type } of map.fields!) {
    const field = shape.fieldsByName.get(name);
    if (!field) differences.push(`${shape.name}.${name}: missing`);
    else note(`${shape.name}.${name}`, describeShape(field), describeSchema(type));
  }
  return differences;
}

function describeSchema({ scalar, namedType, elementRelationship, list, map }: SchemaType): string {
  if (list) {
    const keys = list.keys ? `(${list.keys.join(',')})` : '';
    return `${list.elementRelationship}${keys} list of ${describeSchema(list.elementType)}`;
  }
  if (map) {
    const atomic = map.elementRelationship === 'atomic' ? 'atomic ' : '';
    return `${atomic}map of ${describeSchema(map.elementType)}`;
  }
  const relationship = RELATIONSHIPS[elementRelationship ?? ''] ?? '';
  return relationship + (namedType ?? scalar);
}

const RELATIONSHIPS: Readonly<Record<string, string>> = {
  atomic: 'atomic ',
  separable: 'granular ',
};

const SCALARS: Readonly<Record<string, string>> = {
  string: 'string',
  bool: 'boolean',
  int32: 'numeric',
  int64: 'numeric',
  double: 'numeric',
  bytes: 'string',
  quantity: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
  intOrString: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
  time: 'io.k8s.apimachinery.pkg.apis.meta.v1.Time',
  microTime: 'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime',
  duration: 'io.k8s.apimachinery.pkg.apis.meta.v1.Duration',
  rawExtension: '__untyped_atomic_',
  fieldsV1: 'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1',
};

function describeShape(field: FieldShape): string {
  const { type, container, atomic, granular, listType, listMapKeys } = field;
  let element = isMessage(type) ? type.name : (SCALARS[type] ?? type);
  if (isMessage(type) && type.union) element = 'atomic list of string';
  const isAtomic = atomic && container !== 'list' ? 'atomic ' : '';
  if (container === 'none') return (granular ? 'granular ' : isAtomic) + element;
  if (container === 'map') return `${isAtomic}map of ${element}`;
  // A list that doesn't say how it merges is replaced as a whole.
  if (listType === 'atomic' || listType === undefined) return `atomic list of ${element}`;
  const keys = listType === 'map' ? `(${listMapKeys.join(',')})` : '';
  return `associative${keys} list of ${element}`;
}

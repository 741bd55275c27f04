import { allMarkers, type GoComments, marker } from '../go/markers.ts';
import type { GoField, GoPackage, GoStruct } from '../go/parser.ts';
import { type PackageLookup, type ResolvedType, resolveType } from './resolve.ts';
import type { ApiEmbedded, ApiField, ApiMessage } from './types.ts';

/** The message that a Go struct is on the wire. */
export function messageOf(
  struct: GoStruct,
  from: GoPackage,
  lookup: PackageLookup,
  constants: (name: string, path: string) => string,
): ApiMessage {
  const members = struct.fields
    .filter((field) => field.tags.json !== undefined && field.tags.json !== '-')
    .map((field) => memberOf(field, struct, from, lookup, constants));
  const atomic = marker(struct.markers, 'structType') === 'atomic';
  return { name: struct.name, members, atomic, union: false };
}

function memberOf(
  field: GoField,
  struct: GoStruct,
  from: GoPackage,
  lookup: PackageLookup,
  constants: (name: string, path: string) => string,
): ApiField | ApiEmbedded {
  const [jsonName = '', ...options] = field.tags.json!.split(',');
  const scope = { package: from, imports: struct.imports };
  const resolved = resolveType(field.type, scope, lookup);
  if (options.includes('inline')) {
    return { embedded: protobufNumber(field.tags.protobuf), type: resolved.type };
  }
  const omitTag = options.includes('omitempty') || options.includes('omitzero');
  const declaredMarkers = markersOfType(resolved);
  const ownDefault = marker(field.markers, 'default');
  return {
    name: jsonName,
    number: protobufNumber(field.tags.protobuf),
    container: resolved.container,
    type: resolved.type,
    named: resolved.named,
    namedContainer: resolved.namedContainer,
    namedKey: resolved.namedKey,
    pointer: resolved.pointer,
    omitTag,
    omitEmpty: options.includes('omitzero') || (omitTag && omitsEmpty(resolved)),
    required: isRequired(field, options),
    ...listFacts(field.markers),
    atomic: isAtomic(field, declaredMarkers),
    granular: marker(field.markers, 'structType') === 'granular',
    patchStrategies: field.tags.patchStrategy?.split(',') ?? [],
    patchMergeKey: field.tags.patchMergeKey,
    default: ownDefault?.replace(
      /^ref\((.*)\)$/,
      (_, name: string) => `"${constants(name, from.path)}"`,
    ),
  };
}

function protobufNumber(tag: string | undefined): number {
  const number = tag?.split(',')[1];
  return number === undefined || !/^\d+$/.test(number) ? 0 : Number(number);
}

// `encoding/json` never takes a struct for empty.
const STRUCT_SCALARS = new Set([
  'quantity',
  'intOrString',
  'time',
  'microTime',
  'duration',
  'rawExtension',
  'fieldsV1',
]);

function omitsEmpty({ type, container, pointer }: ResolvedType): boolean {
  if (pointer || container !== 'none') return true;
  return 'scalar' in type && !STRUCT_SCALARS.has(type.scalar);
}

// As kube-openapi decides what is listed under `required`.
function isRequired({ markers }: GoField, jsonOptions: readonly string[]): boolean {
  if (markers.has('required')) return true;
  return !markers.has('optional') && !jsonOptions.includes('omitempty');
}

function listFacts(markers: GoComments): Pick<ApiField, 'listType' | 'listMapKeys'> {
  const listType = marker(markers, 'listType', 'k8s:listType') as ApiField['listType'];
  const keys = allMarkers(markers, 'listMapKey', 'k8s:listMapKey');
  return { listType, listMapKeys: [...new Set(keys)] };
}

function isAtomic({ markers }: GoField, declared: GoComments | undefined): boolean {
  const own = marker(markers, 'mapType', 'structType');
  if (own !== undefined) return own === 'atomic';
  return declared !== undefined && marker(declared, 'mapType') === 'atomic';
}

function markersOfType({ declared }: ResolvedType): GoComments | undefined {
  return declared?.package.named.get(declared.name)?.markers;
}

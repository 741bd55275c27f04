import { readDirectory, readText, readTextIfAny } from '../files.ts';
import { readLifecycles } from '../go/lifecycle.ts';
import { marker } from '../go/markers.ts';
import { type GoPackage, type GoStruct, parsePackage } from '../go/parser.ts';
import { messageOf } from './message.ts';
import { pluralOf } from './names.ts';
import { folderOf, type PackageLookup } from './resolve.ts';
import { readSupplements } from './supplement.ts';
import type { ApiKind, ApiMessage, ApiModel, ApiPackage, Lifecycle } from './types.ts';

const META = ['k8s.io/apimachinery/pkg/apis/meta/v1', 'k8s.io/apimachinery/pkg/apis/meta/v1beta1'];
const VERSION = 'k8s.io/apimachinery/pkg/version';

// Declared among the API's types, but never sent: they carry Go values or parse URLs.
const NOT_ON_THE_WIRE = new Set(['InternalEvent', 'Time', 'MicroTime', 'Duration', 'FieldsV1']);

// Served resources that have no client of their own, and so no +genclient.
const WITHOUT_CLIENT: Readonly<Record<string, { plural: string; namespaced: boolean }>> = {
  'core/v1.Binding': { plural: 'bindings', namespaced: true },
};

/** Reads every group-version below a folder that holds `k8s.io/…`, whichever release it serves. */
export function buildModel(sources: readonly string[]): ApiModel {
  const goPackages = new Map<string, GoPackage>();
  const folders = new Map<string, string>();
  for (const path of packagePaths(sources)) {
    const root = sources.find((source) => readDirectory(`${source}/${path}`).length > 0);
    if (root === undefined) throw new Error(`no source for ${path}`);
    folders.set(path, `${root}/${path}`);
    goPackages.set(path, parsePackage(`${root}/${path}`, path));
  }
  const packages = new Map<string, ApiPackage>();
  for (const [path, goPackage] of goPackages) {
    const folder = folderOf(path);
    packages.set(
      folder,
      packageOf(goPackage, folders.get(path)!, (name) => goPackages.get(name)),
    );
  }
  for (const each of readSupplements()) packages.set(each.folder, each);
  return { packages };
}

function packagePaths(sources: readonly string[]): string[] {
  const paths = [...META, VERSION];
  for (const source of sources) {
    const api = `${source}/k8s.io/api`;
    for (const group of readDirectory(api)) {
      for (const version of readDirectory(`${api}/${group}`)) {
        if (readDirectory(`${api}/${group}/${version}`).includes('types.go')) {
          paths.push(`k8s.io/api/${group}/${version}`);
        }
      }
    }
  }
  return paths.sort();
}

function packageOf(from: GoPackage, folder: string, lookup: PackageLookup): ApiPackage {
  const constants = (name: string): string => constantOf(from, name, lookup);
  const messages = new Map<string, ApiMessage>();
  for (const { struct, owner } of wireStructs(from, lookup)) {
    messages.set(struct.name, messageOf(struct, owner, lookup, constants));
  }
  for (const { name, markers } of from.named.values()) {
    if (markers.has('protobuf.nullable')) messages.set(name, nullableList(name));
  }
  return {
    folder: folderOf(from.path),
    group: from.constants.get('GroupName')?.value.slice(1, -1) ?? '',
    version: from.name,
    prefix: modelPrefix(folder),
    messages,
    enums: enumsOf(from, lookup),
    kinds: kindsOf(from, folder, messages),
  };
}

/** Exported structs with JSON fields, and structs that are another's by a new name. */
function* wireStructs(
  from: GoPackage,
  lookup: PackageLookup,
): Generator<{ struct: GoStruct; owner: GoPackage }> {
  for (const struct of from.structs.values()) {
    const sent = struct.fields.every((field) => field.tags.json !== undefined);
    if (/^[A-Z]/.test(struct.name) && sent && !NOT_ON_THE_WIRE.has(struct.name)) {
      yield { struct, owner: from };
    }
  }
  for (const { name, type, alias, imports } of from.named.values()) {
    const [qualifier, target = ''] = type.split('.');
    const owner = lookup(imports.get(qualifier!) ?? '');
    const original = owner?.structs.get(target);
    if (alias || !owner || !original || NOT_ON_THE_WIRE.has(name)) continue;
    yield { struct: { ...original, name }, owner };
  }
}

const nullableList = (name: string): ApiMessage => ({
  name,
  atomic: false,
  union: true,
  members: [
    {
      name: 'items',
      number: 1,
      container: 'list',
      type: { scalar: 'string' },
      pointer: false,
      omitTag: true,
      omitEmpty: true,
      required: false,
      listMapKeys: [],
      atomic: false,
      patchStrategies: [],
    },
  ],
});

function constantOf(from: GoPackage, name: string, lookup: PackageLookup): string {
  const constant = from.constants.get(name);
  if (constant === undefined) throw new Error(`${from.path}: no constant ${name}`);
  const { value, imports } = constant;
  if (value.startsWith('"')) return value.slice(1, -1);
  const [qualifier, foreign] = value.split('.');
  if (foreign === undefined) return constantOf(from, value, lookup);
  const owner = lookup(imports.get(qualifier!) ?? '');
  if (!owner) throw new Error(`${from.path}: no source for ${value}`);
  return constantOf(owner, foreign, lookup);
}

function modelPrefix(folder: string): string {
  const names = /return "(.*)\.\w+"/.exec(readText(`${folder}/zz_generated.model_name.go`));
  if (!names) throw new Error(`${folder} names no OpenAPI models`);
  return names[1]!;
}

function enumsOf(from: GoPackage, lookup: PackageLookup): Map<string, readonly string[]> {
  const enums = new Map<string, readonly string[]>();
  for (const { name, markers, type } of from.named.values()) {
    if (type !== 'string' || !(markers.has('enum') || markers.has('k8s:enum'))) continue;
    const values = [...from.constants.values()]
      .filter((constant) => constant.type === name)
      .map((constant) => constantOf(from, constant.name, lookup));
    if (values.length === 0) throw new Error(`${from.path}: no values of ${name}`);
    enums.set(name, [...new Set(values)].sort());
  }
  return enums;
}

function kindsOf(
  from: GoPackage,
  folder: string,
  messages: ReadonlyMap<string, ApiMessage>,
): Map<string, ApiKind> {
  const lifecycles = readLifecycles(`${folder}/zz_generated.prerelease-lifecycle.go`);
  const registered = readTextIfAny(`${folder}/register.go`).matchAll(/^\t\t&(\w+)\{\},$/gm);
  const kinds = new Map<string, ApiKind>();
  for (const [, name] of [...registered].sort()) {
    if (!messages.has(name!)) continue;
    const lifecycle: Lifecycle = lifecycles.get(name!) ?? {};
    const resource = resourceOf(name!, from);
    kinds.set(name!, { name: name!, lifecycle, ...(resource && { resource }) });
  }
  return kinds;
}

function resourceOf(name: string, from: GoPackage): ApiKind['resource'] {
  const known = WITHOUT_CLIENT[`${folderOf(from.path)}.${name}`];
  if (known) return known;
  const markers = from.structs.get(name)?.markers;
  if (!markers || marker(markers, 'genclient') === undefined) return undefined;
  if (markers.has('genclient:noVerbs')) return undefined;
  return { plural: pluralOf(name), namespaced: !markers.has('genclient:nonNamespaced') };
}

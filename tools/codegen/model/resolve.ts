import type { GoImports, GoPackage } from '../go/parser.ts';
import type { ApiType } from './types.ts';

/** A Go type taken apart: what it holds, how many, and the names that error messages show. */
export interface ResolvedType {
  readonly type: ApiType;
  readonly container: 'none' | 'list' | 'map';
  readonly pointer: boolean;
  readonly named?: string;
  readonly namedContainer?: string;
  readonly namedKey?: string;
  /** The type, or the type declared last on the way to it, where its own markers stand. */
  readonly declared?: { readonly package: GoPackage; readonly name: string };
}

const BUILT_IN: Readonly<Record<string, string>> = {
  string: 'string',
  bool: 'bool',
  int32: 'int32',
  int64: 'int64',
  int: 'int64',
  float64: 'double',
  byte: 'int32',
  'interface{}': 'any',
};

// Types with an encoding of their own.
const SPECIAL: Readonly<Record<string, string>> = {
  'k8s.io/apimachinery/pkg/api/resource.Quantity': 'quantity',
  'k8s.io/apimachinery/pkg/util/intstr.IntOrString': 'intOrString',
  'k8s.io/apimachinery/pkg/apis/meta/v1.Time': 'time',
  'k8s.io/apimachinery/pkg/apis/meta/v1.MicroTime': 'microTime',
  'k8s.io/apimachinery/pkg/apis/meta/v1.Duration': 'duration',
  'k8s.io/apimachinery/pkg/apis/meta/v1.FieldsV1': 'fieldsV1',
  'k8s.io/apimachinery/pkg/runtime.RawExtension': 'rawExtension',
};

// Named strings of packages that hold no API types.
const FOREIGN_STRINGS = 'k8s.io/apimachinery/pkg/types';

/** Finds a package by import path. */
export type PackageLookup = (path: string) => GoPackage | undefined;

/** The folder a package's data goes to: `apps/v1` for `k8s.io/api/apps/v1`. */
export const folderOf = (path: string): string =>
  path.replace('/pkg/version', '/version').split('/').slice(-2).join('/');

/** Resolves a Go type as written in a file of `from` with these imports. */
export function resolveType(
  expression: string,
  scope: { package: GoPackage; imports: GoImports },
  lookup: PackageLookup,
): ResolvedType {
  if (expression.startsWith('*')) {
    return { ...resolveType(expression.slice(1), scope, lookup), pointer: true };
  }
  if (expression === '[]byte') return scalar('bytes');
  if (expression.startsWith('[]')) {
    return contained('list', resolveType(expression.slice(2), scope, lookup), expression);
  }
  const map = /^map\[([\w.]+)\](.+)$/.exec(expression);
  if (map) {
    const namedKey = map[1] === 'string' ? undefined : nameOf(map[1]!, scope);
    return { ...contained('map', resolveType(map[2]!, scope, lookup), expression), namedKey };
  }
  const builtIn = BUILT_IN[expression];
  if (builtIn) return scalar(builtIn);
  return resolveNamed(expression, scope, lookup);
}

const scalar = (name: string): ResolvedType => ({
  type: { scalar: name },
  container: 'none',
  pointer: false,
});

function contained(
  container: 'list' | 'map',
  element: ResolvedType,
  expression: string,
): ResolvedType {
  if (element.container !== 'none') throw new Error(`nested containers in ${expression}`);
  const { type, named } = element;
  return { type, named, container, pointer: false };
}

function locate(expression: string, scope: { package: GoPackage; imports: GoImports }) {
  const dot = expression.indexOf('.');
  if (dot < 0) return { path: scope.package.path, name: expression };
  const path = scope.imports.get(expression.slice(0, dot));
  if (!path) throw new Error(`${scope.package.path}: nothing is imported as in ${expression}`);
  return { path, name: expression.slice(dot + 1) };
}

function nameOf(expression: string, scope: { package: GoPackage; imports: GoImports }): string {
  const { path, name } = locate(expression, scope);
  if (path === FOREIGN_STRINGS) return `types.${name}`;
  return path === scope.package.path ? name : `${folderOf(path)}.${name}`;
}

function resolveNamed(
  expression: string,
  scope: { package: GoPackage; imports: GoImports },
  lookup: PackageLookup,
): ResolvedType {
  const { path, name } = locate(expression, scope);
  const special = SPECIAL[`${path}.${name}`];
  if (special) return scalar(special);
  if (path === FOREIGN_STRINGS) return { ...scalar('string'), named: `types.${name}` };
  const target = lookup(path);
  if (!target) throw new Error(`${scope.package.path}: no source for ${expression}`);
  const declared = { package: target, name };
  const message: ResolvedType = {
    type: { folder: folderOf(path), message: name },
    container: 'none',
    pointer: false,
    declared,
  };
  if (target.structs.has(name)) return message;
  const declaration = target.named.get(name);
  if (!declaration) throw new Error(`${scope.package.path}: ${expression} isn't declared`);
  const inner = resolveType(
    declaration.type,
    { package: target, imports: declaration.imports },
    lookup,
  );
  if (declaration.alias) return inner;
  // A nullable list is a message in protobuf; a struct by another name is a message of its own.
  if (declaration.markers.has('protobuf.nullable') || 'message' in inner.type) return message;
  const named = nameOf(expression, scope);
  return inner.container === 'none'
    ? { ...inner, named, declared }
    : { ...inner, namedContainer: named, declared };
}

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseApiVersion } from '../machinery/resource.ts';
import { CommandError } from './command.ts';
import { decodeText, readTextFile, unreadable } from './files.ts';
import { type Io, readAll } from './io.ts';
import { readYaml } from './yaml-text.ts';

/** An object as a manifest has it: not checked by a server yet, but complete enough to be sent. */
export interface Manifest {
  /** Where it stands, for messages: `app.yaml:12`. */
  readonly origin: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly object: Readonly<Record<string, unknown>>;
}

/**
 * Reads manifests from files, from all `.yaml`, `.yml` and `.json` files of folders, and from
 * standard input (`-`). Lists are taken apart, and what others need comes first. Warns of
 * objects that stand twice. Throws CommandError that names file and line.
 */
export async function readManifests(paths: readonly string[], io: Io): Promise<Manifest[]> {
  if (paths.length === 0) {
    throw new CommandError('no manifest was named', {
      advice: 'Name a file or folder with -f, or - for standard input.',
    });
  }
  const manifests: Manifest[] = [];
  for (const path of paths) {
    if (path !== '-') manifests.push(...manifestsAt(path));
    else manifests.push(...parseManifests(decodeText(await readAll(io.stdin), STDIN), STDIN));
  }
  if (manifests.length === 0) {
    const where = paths.map((path) => (path === '-' ? STDIN : path)).join(', ');
    throw new CommandError(`there are no manifests in ${where}`, {
      advice: 'Of a folder, the files that end with .yaml, .yml or .json are read.',
    });
  }
  for (const text of repetitionsIn(manifests)) io.note(`Warning: ${text}`);
  return manifests.sort((a, b) => rankOf(a) - rankOf(b));
}

/** Objects that stand twice: one of the two is surely a mistake. */
function repetitionsIn(manifests: readonly Manifest[]): string[] {
  const seen = new Map<string, Manifest>();
  return manifests.flatMap((manifest) => {
    const { group, kind, namespace, name, origin } = manifest;
    const key = [group, kind, namespace, name].join('/');
    const before = seen.get(key);
    seen.set(key, manifest);
    if (!before) return [];
    return [`${kind} "${name}" is in ${origin} and in ${before.origin}; the last one holds`];
  });
}

const STDIN = 'standard input';

/** The manifests in a file, or in the files of a folder. Throws CommandError as `readManifests`. */
export const manifestsAt = (path: string): Manifest[] =>
  filesAt(path).flatMap((file) => parseManifests(readTextFile(file), file));

function filesAt(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path).filter((name) => /\.(ya?ml|json)$/.test(name));
    return names.sort().map((name) => join(path, name));
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** The objects in a text of YAML documents or JSON. `file` is what messages call it. */
export function parseManifests(text: string, file: string): Manifest[] {
  const documents = readYaml(text, file);
  return documents.flatMap(({ line, value }) => {
    const origin = documents.length > 1 ? `${file}:${line}` : file;
    return objectsOf(value, origin);
  });
}

function objectsOf(value: unknown, origin: string): Manifest[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CommandError(`${origin}: this is no Kubernetes object, but ${describe(value)}`, {
      advice: 'An object is a map with apiVersion, kind and metadata.',
    });
  }
  const object = value as Readonly<Record<string, unknown>>;
  const { apiVersion, kind } = object;
  const metadata = (object.metadata ?? {}) as Metadata;
  if (isList(object, metadata)) {
    return object.items.flatMap((item, i) => objectsOf(item, `${origin}, item ${i + 1}`));
  }
  const fault = faultOf(object, metadata);
  if (fault) throw incomplete(origin, fault, metadata);
  const place = parseApiVersion(apiVersion as string);
  const { name, namespace } = metadata as { name: string; namespace?: string | null };
  const where = { origin, ...place, kind: kind as string, name };
  return [{ ...where, namespace: namespace || undefined, object }];
}

interface Metadata {
  readonly name?: unknown;
  readonly namespace?: unknown;
  readonly generateName?: unknown;
}

/** A list of objects, such as `kubectl get -o yaml` prints; not an object that has items. */
const isList = (
  object: Readonly<Record<string, unknown>>,
  { name }: Metadata,
): object is { readonly items: readonly unknown[] } =>
  String(object.kind ?? '').endsWith('List') && Array.isArray(object.items) && name === undefined;

/** What of an object's own identity is missing, or is something else than text. */
function faultOf(
  { apiVersion, kind }: Readonly<Record<string, unknown>>,
  { name, namespace }: Metadata,
): string | undefined {
  const isMissing = (value: unknown) => value === undefined || value === null || value === '';
  const needed = { apiVersion, kind, 'metadata.name': name };
  const all = Object.entries({ ...needed, 'metadata.namespace': namespace });
  const other = all.find(([, value]) => !isMissing(value) && typeof value !== 'string');
  if (other) return `${other[0]} is ${describe(other[1])}, not a text; quotes make it one`;
  const missing = Object.entries(needed).flatMap(([field, value]) =>
    isMissing(value) ? [field] : [],
  );
  return missing.length > 0 ? `${listed(missing)} missing` : undefined;
}

function incomplete(origin: string, fault: string, { generateName }: Metadata): CommandError {
  const advice = generateName
    ? 'What is applied needs a name of its own; "kubectl create" makes names.'
    : 'Every object needs apiVersion, kind and metadata.name.';
  return new CommandError(`${origin}: ${fault}`, { advice });
}

const listed = (words: readonly string[]): string =>
  words.length === 1
    ? `${words[0]} is`
    : `${words.slice(0, -1).join(', ')} and ${words.at(-1)} are`;

function describe(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'object') return Array.isArray(value) ? 'a list' : 'a map';
  return `a ${typeof value}`;
}

/** What others need comes first: namespaces and definitions before what lives in or by them. */
const FIRST = [
  'Namespace',
  'CustomResourceDefinition',
  'PriorityClass',
  'StorageClass',
  'RuntimeClass',
  'ServiceAccount',
  'Secret',
  'ConfigMap',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'ClusterRole',
  'Role',
  'ClusterRoleBinding',
  'RoleBinding',
  'Service',
];

function rankOf({ kind }: Manifest): number {
  const rank = FIRST.indexOf(kind);
  return rank < 0 ? FIRST.length : rank;
}

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { parseApiVersion } from '../machinery/resource.ts';
import { CommandError } from './command.ts';
import { type Io, readAll } from './io.ts';

/** An object as a manifest has it: not checked by a server yet, but complete enough to be sent. */
export interface Manifest {
  /** Where it stands, for messages: `app.yaml (document 2)`. */
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
 * standard input (`-`). Lists are taken apart. Throws CommandError that names file and line.
 */
export async function readManifests(paths: readonly string[], io: Io): Promise<Manifest[]> {
  if (paths.length === 0) {
    throw new CommandError('no manifest was named', {
      advice: 'Name a file or folder with -f, or - for standard input.',
    });
  }
  const manifests: Manifest[] = [];
  for (const path of paths) {
    if (path === '-') manifests.push(...parseManifests(await readAll(io.stdin), 'standard input'));
    else for (const file of filesAt(path)) manifests.push(...parseManifests(read(file), file));
  }
  if (manifests.length === 0)
    throw new CommandError(`there are no manifests in ${paths.join(', ')}`);
  return manifests.sort((a, b) => rankOf(a) - rankOf(b));
}

function filesAt(path: string): string[] {
  let isFolder: boolean;
  try {
    isFolder = statSync(path).isDirectory();
  } catch (cause) {
    throw unreadable(path, cause);
  }
  if (!isFolder) return [path];
  const names = readdirSync(path).filter((name) => /\.(ya?ml|json)$/.test(name));
  return names.sort().map((name) => join(path, name));
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

const unreadable = (path: string, cause: unknown): CommandError =>
  (cause as NodeJS.ErrnoException).code === 'ENOENT'
    ? new CommandError(`there is no file or folder ${path}`, { cause })
    : new CommandError(`can't read ${path}: ${(cause as Error).message}`, { cause });

/** The objects in a text of YAML documents or JSON. */
export function parseManifests(text: string, file: string): Manifest[] {
  const documents = parseAllDocuments(text, { version: '1.1', logLevel: 'silent' });
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document, index) => {
    const origin = documents.length > 1 ? `${file} (document ${index + 1})` : file;
    const [fault] = document.errors;
    if (fault) {
      const line = fault.linePos?.[0].line;
      const [summary] = fault.message.split('\n');
      throw new CommandError(`${file}${line ? `:${line}` : ''}: ${summary?.replace(/:$/, '')}`);
    }
    const value: unknown = document.toJS({ maxAliasCount: 1000 });
    return value === null ? [] : objectsOf(value, origin);
  });
}

function objectsOf(value: unknown, origin: string): Manifest[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CommandError(`${origin}: this is no Kubernetes object, but ${describe(value)}`);
  }
  const object = value as Record<string, unknown>;
  if (String(object.kind ?? '').endsWith('List') && Array.isArray(object.items)) {
    return object.items.flatMap((item, i) => objectsOf(item, `${origin}, item ${i + 1}`));
  }
  const { apiVersion, kind } = object;
  const metadata = (object.metadata ?? {}) as { name?: unknown; namespace?: unknown };
  const missing = [
    ...(typeof apiVersion === 'string' ? [] : ['apiVersion']),
    ...(typeof kind === 'string' ? [] : ['kind']),
    ...(typeof metadata.name === 'string' ? [] : ['metadata.name']),
  ];
  if (missing.length > 0) throw new CommandError(`${origin}: ${missing.join(' and ')} missing`);
  const namespace = typeof metadata.namespace === 'string' ? metadata.namespace : undefined;
  const place = parseApiVersion(apiVersion as string);
  return [
    { origin, ...place, kind: kind as string, name: metadata.name as string, namespace, object },
  ];
}

const describe = (value: unknown): string =>
  Array.isArray(value) ? 'a list' : `a ${typeof value}`;

/** What others need comes first: namespaces and definitions before what lives in or by them. */
const FIRST = [
  'Namespace',
  'CustomResourceDefinition',
  'PriorityClass',
  'StorageClass',
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

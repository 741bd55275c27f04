import type { Verb } from '../../machinery/api-request.ts';

/** A request for a resource, as its path names it. */
export interface ResourceRoute {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
  /** What follows a proxy subresource, as it came: `/metrics` in `nodes/a/proxy/metrics`. */
  readonly rest: string | undefined;
  /** The path asks to watch: `/api/v1/watch/pods`, as before there was a parameter for it. */
  readonly isWatchPath: boolean;
}

// Subresources of namespaces; any other word after a namespace's name is a resource in it.
const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize']);

/**
 * Reads the path of a resource: `/api/v1/namespaces/a/pods/b/log`. Undefined for what can't be
 * one, such as the paths of discovery. Segments are decoded.
 */
export function routeOf(path: string): ResourceRoute | undefined {
  const isCore = path.startsWith('/api/');
  if (!isCore && !path.startsWith('/apis/')) return undefined;
  const segments = segmentsOf(path);
  // ['', 'api', 'v1', plural] or ['', 'apis', group, version, plural]
  const start = isCore ? 2 : 3;
  const isWatchPath = segments[start + 1] === 'watch' && !!segments[start + 2];
  const at = isWatchPath ? start + 2 : start + 1;
  const plural = segments[at];
  if (!plural) return undefined;
  const group = isCore ? '' : segments[2]!;
  const shared = { path, group, version: segments[start]!, segments, isWatchPath };
  if (plural !== 'namespaces') return resource({ ...shared, plural, nameAt: at + 1 });
  const namespace = segments[at + 1];
  const next = segments[at + 2];
  if (!namespace || !next || NAMESPACE_SUBRESOURCES.has(next)) {
    return resource({ ...shared, plural, nameAt: at + 1 });
  }
  return resource({ ...shared, plural: next, namespace, nameAt: at + 3 });
}

interface Parts {
  readonly path: string;
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespace?: string;
  readonly segments: readonly string[];
  readonly nameAt: number;
  readonly isWatchPath: boolean;
}

function resource(parts: Parts): ResourceRoute {
  const { path, group, version, plural, namespace, segments, nameAt, isWatchPath } = parts;
  const name = segments[nameAt] || undefined;
  const subresource = segments[nameAt + 1] || undefined;
  const restAt = nameAt + 2;
  const rest = segments.length > restAt ? `/${path.split('/').slice(restAt).join('/')}` : undefined;
  return { group, version, plural, namespace, name, subresource, rest, isWatchPath };
}

function segmentsOf(path: string): string[] {
  const segments = path.split('/');
  if (!path.includes('%')) return segments;
  return segments.map((segment) => {
    try {
      return decodeURIComponent(segment);
    } catch {
      return segment;
    }
  });
}

/** The verb of a method on a resource; undefined where the API has none. */
export function verbOf(
  method: string,
  { name, isWatchPath }: ResourceRoute,
  isWatch: boolean,
): Verb | undefined {
  if (isWatchPath) return method === 'GET' || method === 'HEAD' ? 'watch' : undefined;
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (name !== undefined) return 'get';
      return isWatch ? 'watch' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return name === undefined ? 'deletecollection' : 'delete';
    default:
      return undefined;
  }
}

import { editDistance } from '../base/edit-distance.ts';
import type { Connection } from '../client/http/connection.ts';
import { readText } from '../client/http/connection.ts';
import type { Resource } from '../machinery/resource.ts';
import { CommandError } from './command.ts';

/** A resource as the server offers it, with all the names that users may call it by. */
export interface ServedResource extends Resource {
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
}

interface GroupList {
  readonly items: readonly {
    readonly metadata: { readonly name?: string };
    readonly versions: readonly {
      readonly version: string;
      readonly resources?: readonly {
        readonly resource: string;
        readonly responseKind?: { readonly kind: string };
        readonly scope: 'Cluster' | 'Namespaced';
        readonly singularResource?: string;
        readonly verbs: readonly string[];
        readonly shortNames?: readonly string[];
        readonly categories?: readonly string[];
      }[];
    }[];
  }[];
}

const AGGREGATED =
  'application/json;v=v2;g=apidiscovery.k8s.io;as=APIGroupDiscoveryList,application/json';

/** Asks the server for everything it serves: the preferred version of each group stands first. */
export async function discover(connection: Connection): Promise<readonly ServedResource[]> {
  const lists = await Promise.all(
    ['/api', '/apis'].map(async (path) => {
      const response = await connection.open({
        method: 'GET',
        path,
        headers: { accept: AGGREGATED },
      });
      return JSON.parse(await readText(response)) as Partial<GroupList>;
    }),
  );
  return lists.flatMap(({ items }) => {
    if (items) return items.flatMap(resourcesOf);
    throw new CommandError("the server doesn't say what it serves in one answer", {
      advice: 'It is older than Kubernetes 1.27; use the kubectl of its time.',
    });
  });
}

function resourcesOf({ metadata, versions }: GroupList['items'][number]): ServedResource[] {
  return versions.flatMap(({ version, resources = [] }) =>
    resources.map((served) => ({
      group: metadata.name ?? '',
      version,
      kind: served.responseKind?.kind ?? '',
      plural: served.resource,
      namespaced: served.scope === 'Namespaced',
      singular: served.singularResource ?? '',
      shortNames: served.shortNames ?? [],
      categories: served.categories ?? [],
      verbs: served.verbs,
    })),
  );
}

/**
 * The resource that a user means by `pods`, `po`, `Pod`, `deployments.apps` or
 * `deployments.v1.apps`. Throws CommandError when there is none.
 */
export function findResource<R extends ServedResource>(served: readonly R[], word: string): R {
  const [name = '', ...rest] = word.toLowerCase().split('.');
  const qualified = rest.join('.');
  const isCalled = ({ plural, singular, shortNames, kind }: ServedResource) =>
    name !== '' && [plural, singular, kind.toLowerCase(), ...shortNames].includes(name);
  const isQualified = ({ group, version }: ServedResource) =>
    [group, `${version}.${group}`, version].includes(qualified) ||
    group.startsWith(`${qualified}.`);
  const found = served.find((each) => isCalled(each) && (!qualified || isQualified(each)));
  if (found) return found;
  const near = nearest(served, name);
  throw new CommandError(`the server doesn't have a resource type "${word}"`, {
    advice: near ? `Did you mean "${near}"?` : 'See "kubectl api-resources" for what it has.',
  });
}

/** The plural or short name that is at most two typing mistakes away from a word. */
function nearest(served: readonly ServedResource[], word: string): string | undefined {
  const names = served.flatMap(({ plural, singular }) => [
    { name: plural, plural },
    { name: singular, plural },
  ]);
  const rated = names
    .map(({ name, plural }) => ({ plural, distance: editDistance([name, word]) }))
    .filter(({ distance }) => distance <= Math.min(2, word.length / 3))
    .sort((a, b) => a.distance - b.distance);
  return rated[0]?.plural;
}

/** The resources of a category such as `all` that can be listed, each in its preferred version. */
export function inCategory(served: readonly ServedResource[], word: string): ServedResource[] {
  const seen = new Set<string>();
  return served.filter(({ categories, verbs, group, plural }) => {
    const key = `${plural}.${group}`;
    if (!categories.includes(word) || !verbs.includes('list') || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** The resource of a manifest's kind. Throws CommandError when the server doesn't have it. */
export function resourceOfKind(
  served: readonly ServedResource[],
  { group, version, kind }: { group: string; version: string; kind: string },
): ServedResource {
  const found = served.find(
    (each) => each.group === group && each.version === version && each.kind === kind,
  );
  if (found) return found;
  const apiVersion = group ? `${group}/${version}` : version;
  const elsewhere = served.find((each) => each.kind === kind);
  throw new CommandError(`the server has no kind "${kind}" in apiVersion "${apiVersion}"`, {
    advice: elsewhere
      ? `It has one in "${elsewhere.group ? `${elsewhere.group}/` : ''}${elsewhere.version}".`
      : 'Is a custom resource definition missing?',
  });
}

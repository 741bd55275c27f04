import { createHash } from 'node:crypto';
import type { ResourceTable } from '../registry/resource-table.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import type { Subresource } from '../registry/subresource.ts';

/** The group-version of aggregated discovery. */
const AGGREGATED = 'apidiscovery.k8s.io/v2';

// As kube-apiserver lists its groups. Others follow by name.
const GROUP_ORDER = [
  'apiregistration.k8s.io',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
  'resource.k8s.io',
  'flowcontrol.apiserver.k8s.io',
];

interface Version {
  readonly version: string;
  /** By name. */
  readonly resources: readonly ServedResource[];
}

interface Group {
  readonly name: string;
  /** The preferred one first. */
  readonly versions: readonly Version[];
}

/** What discovery says of the resources that are served now. Made anew when they change. */
export class DiscoveryDocuments {
  readonly #table: ResourceTable;
  #generation = -1;
  #groups: ReadonlyMap<string, Group> = new Map();
  readonly #made = new Map<string, object | undefined>();

  constructor(table: ResourceTable) {
    this.#table = table;
  }

  /** The groups with all their resources, aggregated. The core group comes alone. */
  aggregated(which: 'core' | 'named'): object {
    return this.#document(`aggregated ${which}`, () => ({
      kind: 'APIGroupDiscoveryList',
      apiVersion: AGGREGATED,
      metadata: {},
      items: this.#listed(which).map(aggregatedGroup),
    }))!;
  }

  /** `APIGroupList`: all groups but the core one. */
  groups(): object {
    return this.#document('groups', () => ({
      kind: 'APIGroupList',
      apiVersion: 'v1',
      groups: this.#listed('named').map(groupOf),
    }))!;
  }

  /** `APIGroup`, or undefined for a group that isn't served. */
  group(name: string): object | undefined {
    return this.#document(`group ${name}`, () => {
      const group = this.#fresh().get(name);
      return group && { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group) };
    });
  }

  /** `APIResourceList`, or undefined for a group-version that isn't served. */
  resources(groupName: string, version: string): object | undefined {
    return this.#document(`resources ${groupName}/${version}`, () => {
      const versions = this.#fresh().get(groupName)?.versions;
      const found = versions?.find((each) => each.version === version);
      if (found === undefined) return undefined;
      return {
        kind: 'APIResourceList',
        ...(groupName && { apiVersion: 'v1' }),
        groupVersion: groupName ? `${groupName}/${version}` : version,
        resources: found.resources.flatMap(resourceEntries),
      };
    });
  }

  #listed(which: 'core' | 'named'): Group[] {
    return [...this.#fresh().values()].filter(({ name }) => (name === '') === (which === 'core'));
  }

  #document(key: string, make: () => object | undefined): object | undefined {
    this.#fresh();
    if (!this.#made.has(key)) this.#made.set(key, make());
    return this.#made.get(key);
  }

  #fresh(): ReadonlyMap<string, Group> {
    const { generation } = this.#table;
    if (generation !== this.#generation) {
      this.#generation = generation;
      this.#made.clear();
      this.#groups = groupsOf(this.#table.list());
    }
    return this.#groups;
  }
}

function groupsOf(resources: readonly ServedResource[]): ReadonlyMap<string, Group> {
  const byGroup = Map.groupBy(resources, ({ group }) => group);
  const names = [...byGroup.keys()].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return new Map(
    names.map((name) => {
      const byVersion = Map.groupBy(byGroup.get(name)!, ({ version }) => version);
      const versions = [...byVersion]
        .map(([version, own]) => ({
          version,
          resources: own.sort((a, b) => (a.plural < b.plural ? -1 : 1)),
        }))
        .sort((a, b) => compareVersions(b.version, a.version));
      return [name, { name, versions }];
    }),
  );
}

const STABILITY = ['alpha', 'beta', ''];

/** Orders versions as Kubernetes prefers them: `v2`, `v1`, `v1beta2`, `v1alpha1`; others last. */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [a, b].map((text) => /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(text));
  if (!x || !y) return Number(Boolean(x)) - Number(Boolean(y)) || (a < b ? 1 : a > b ? -1 : 0);
  const stability = STABILITY.indexOf(x[2] ?? '') - STABILITY.indexOf(y[2] ?? '');
  return stability || Number(x[1]) - Number(y[1]) || Number(x[3] ?? 0) - Number(y[3] ?? 0);
}

function rank(group: string): number {
  const index = GROUP_ORDER.indexOf(group);
  return index < 0 ? GROUP_ORDER.length : index;
}

function groupOf({ name, versions }: Group) {
  const all = versions.map(({ version }) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: all, preferredVersion: all[0] };
}

const singularOf = ({ kind, definition }: ServedResource): string =>
  definition.singular ?? kind.toLowerCase();

const byName = (a: Subresource, b: Subresource): number => (a.name < b.name ? -1 : 1);

function aggregatedGroup({ name, versions }: Group): object {
  return {
    metadata: name ? { name } : {},
    versions: versions.map(({ version, resources }) => ({
      version,
      resources: resources.map(aggregatedResource),
      freshness: 'Current',
    })),
  };
}

/** By name, but for custom resources, of which the status comes first. */
function subresourcesOf({ subresources, isCustom }: ServedResource): readonly Subresource[] {
  const sorted = [...subresources.values()].sort(byName);
  return isCustom ? sorted.reverse() : sorted;
}

function aggregatedResource(resource: ServedResource): object {
  const { definition, plural, namespaced } = resource;
  const { shortNames, categories } = definition;
  const subresources = subresourcesOf(resource);
  return {
    resource: plural,
    responseKind: responseKindOf(resource),
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singularOf(resource),
    verbs: verbsOf(resource),
    ...(shortNames?.length && { shortNames }),
    ...(categories?.length && { categories }),
    ...(subresources.length > 0 && {
      subresources: subresources.map((subresource) => aggregatedSubresource(resource, subresource)),
    }),
  };
}

/** Which kind is answered; where it is of the resource's own group-version, that isn't said. */
const responseKindOf = ({ isCustom, group, version, kind }: ServedResource): object =>
  isCustom ? { group, version, kind } : { group: '', version: '', kind };

// As Kubernetes lists them of custom resources.
const CUSTOM_VERBS = 'delete deletecollection get list patch create update watch'.split(' ');
const TERMINATING_VERBS = 'delete deletecollection get list watch'.split(' ');

const verbsOf = ({ isCustom, verbs, definition }: ServedResource): readonly string[] => {
  if (!isCustom) return [...verbs].sort();
  return definition.prepareCreate ? TERMINATING_VERBS : CUSTOM_VERBS;
};

function aggregatedSubresource(resource: ServedResource, subresource: Subresource): object {
  const { name, verbs } = subresource;
  const { group, version, kind } = subresource.kind ?? resource;
  const isOwn = group === resource.group && version === resource.version && !resource.isCustom;
  return {
    subresource: name,
    responseKind: { group: isOwn ? '' : group, version: isOwn ? '' : version, kind },
    verbs: [...verbs].sort(),
  };
}

function resourceEntries(resource: ServedResource): object[] {
  const { definition, plural, kind, namespaced, verbs } = resource;
  const { shortNames, categories } = definition;
  const subresources = subresourcesOf(resource);
  const entry = {
    name: plural,
    singularName: singularOf(resource),
    namespaced,
    kind,
    verbs: verbsOf(resource),
    ...(shortNames?.length && { shortNames }),
    ...(categories?.length && { categories }),
    ...(verbs.includes('list') &&
      verbs.includes('create') && {
        storageVersionHash: storageVersionHash(resource),
      }),
  };
  return [entry, ...subresources.map((subresource) => subresourceEntry(resource, subresource))];
}

function subresourceEntry(resource: ServedResource, { name, verbs, kind }: Subresource): object {
  const { plural, namespaced } = resource;
  const isForeign = kind && (kind.group !== resource.group || kind.version !== resource.version);
  return {
    name: `${plural}/${name}`,
    singularName: '',
    namespaced,
    ...(isForeign && { group: kind.group, version: kind.version }),
    kind: kind?.kind ?? resource.kind,
    verbs: [...verbs].sort(),
  };
}

/** Kinds that Kubernetes stores in a version that servers before it knew, and doesn't serve. */
const STORED_IN_V1BETA1: ReadonlySet<string> = new Set([
  'CustomResourceDefinition',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
]);

/** Tells clients when objects come to rest in another version. The form is Kubernetes' own. */
function storageVersionHash({
  definition,
  group,
  version,
  kind,
  isCustom,
}: ServedResource): string {
  const isOld = STORED_IN_V1BETA1.has(kind) && !isCustom;
  const stored = definition.storedAs ?? { group, version: isOld ? 'v1beta1' : version };
  const name = `${stored.group}/${stored.version}/${kind}`;
  return createHash('sha256').update(name).digest().subarray(0, 8).toString('base64');
}

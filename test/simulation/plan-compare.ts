import { definitions } from '../../src/api/definitions.ts';
import type { Pod } from '../../src/api/generated/core/v1/types.ts';
import { isMap } from '../../src/machinery/member.ts';
import { controllerOf, type KubeObject } from '../../src/machinery/object.ts';
import type { TestCluster } from '../../src/testing/testing.ts';

// What of two clusters has to be the same for their states to be equal: all but what is drawn by
// chance (names, addresses), and when it happened.

/** Objects that say nothing but that time goes by, or are told of by others. */
const LEFT_OUT = new Set(['Event', 'Lease', 'Node', 'EndpointSlice', 'Endpoints', 'IPAddress']);

/** What is counted up, measured in time, or drawn. */
const DRAWN = new Set([
  'clusterIP',
  'clusterIPs',
  'collisionCount',
  'creationTimestamp',
  'deletionTimestamp',
  'generation',
  'managedFields',
  'nodePort',
  'observedGeneration',
  'resourceVersion',
  'uid',
]);

/** The state as lines that are equal for equal states. */
export function comparable(objects: Iterable<KubeObject>): string[] {
  const lines: string[] = [];
  for (const object of objects) {
    if (LEFT_OUT.has(object.kind)) continue;
    const { namespace = '', name } = object.metadata;
    if (object.kind === 'Pod') lines.push(podLine(object as Pod));
    else lines.push(`${object.kind} ${namespace}/${name} ${JSON.stringify(settled(object, ''))}`);
  }
  return lines.sort();
}

/** A pod by what it belongs to, what it is made of, and how it is; its name is drawn. */
function podLine({ metadata, spec, status }: Pod): string {
  const ready = status.conditions?.find(({ type }) => type === 'Ready')?.status ?? 'False';
  const owner = controllerOf({ metadata } as Pod);
  const isNumbered = owner?.kind === 'StatefulSet' || owner === undefined;
  const name = isNumbered ? metadata.name : `${owner?.name}-…`;
  const images = spec.containers.map(({ image }) => image).join();
  const place = spec.nodeName ? 'placed' : 'unplaced';
  const resources = JSON.stringify(spec.containers.map((each) => each.resources ?? {}));
  return `Pod ${metadata.namespace}/${name} ${images} ${resources} ${status.phase} ${ready} ${place}`;
}

function settled(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return value.map((each) => settled(each, key));
  if (isMap(value)) {
    const kept = Object.entries(value).filter(([name]) => !DRAWN.has(name) && !isTime(name));
    kept.sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(kept.map(([name, each]) => [name, settled(each, name)]));
  }
  if (typeof value !== 'string') return value;
  return value.replaceAll(/-[a-z0-9]{5}\b/g, '-…').replaceAll(/[0-9a-f-]{36}/g, 'UID');
}

const isTime = (name: string): boolean => /(Time|Timestamp|At)$/.test(name);

/** Every object of a cluster. */
export async function objectsOf(cluster: TestCluster): Promise<KubeObject[]> {
  const { client } = cluster;
  const stored = definitions.filter(({ storedAs, virtual }) => !storedAs && !virtual);
  const custom = await customKinds(cluster);
  const lists = await Promise.all(
    [...stored, ...custom].map(async (resource) => (await client.list(resource)).items),
  );
  return lists.flat() as KubeObject[];
}

/** The kinds that are defined in a cluster now. */
export async function customKinds({ client }: TestCluster) {
  const crds = definitions.find(({ kind }) => kind === 'CustomResourceDefinition');
  if (!crds) return [];
  const { items } = await client.list(crds);
  return items.map((each) => {
    const { spec } = each as unknown as CustomDefinition;
    const { plural, kind } = spec.names;
    const [version] = spec.versions;
    const namespaced = spec.scope === 'Namespaced';
    return { group: spec.group, version: version?.name ?? '', plural, kind, namespaced };
  });
}

interface CustomDefinition {
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: { readonly plural: string; readonly kind: string };
    readonly versions: readonly { readonly name: string }[];
  };
}

import { daemonSets, deployments, statefulSets } from '../api/generated/apps/v1/resources.ts';
import { jobs } from '../api/generated/batch/v1/resources.ts';
import {
  nodes,
  persistentVolumeClaims,
  pods,
  services,
} from '../api/generated/core/v1/resources.ts';
import type { KubeObject } from '../machinery/object.ts';
import type { Resource } from '../machinery/resource.ts';
import { type ClusterReader, HIDDEN, ifAllowed } from './cluster-reader.ts';
import { explain } from './explain.ts';
import type { Explanation } from './explanation.ts';
import { distinctPods } from './own-pods.ts';

/** What makes pods: none of these are seen where it makes none. */
const MAKERS = [deployments, statefulSets, daemonSets, jobs] as readonly Resource[];

/**
 * All that isn't well in a namespace, and nodes: everything where the matter lies, and nothing twice.
 * What may not be read is passed over.
 */
export async function explainUnwell(
  reader: ClusterReader,
  namespace: string,
  time: { readonly now: number },
): Promise<Explanation[]> {
  const list = async <T extends KubeObject>(resource: Resource<T>): Promise<readonly T[]> => {
    const place = resource.namespaced ? namespace : undefined;
    const found = await ifAllowed(reader.list(resource, place));
    return found === HIDDEN ? [] : found;
  };
  const [allNodes, allPods, claims, allServices, ...made] = await Promise.all([
    list(nodes),
    list(pods),
    list(persistentVolumeClaims),
    list(services),
    ...MAKERS.map(list),
  ]);
  const unwell = async (objects: readonly KubeObject[]) => {
    const all = await Promise.all(objects.map((each) => ifAllowed(explain(each, reader, time))));
    return all.filter((each) => each !== HIDDEN).filter(({ state }) => state !== 'well');
  };
  // A claim may well wait for a pod; and what its pods suffer from is told with these.
  return [
    ...(await unwell([...allNodes, ...distinctPods(allPods)])),
    ...(await unwell(claims)).filter(({ state }) => state === 'wrong'),
    ...(await unwell(made.flat())).filter(
      ({ evidence, causes }) => evidence.length > 0 || causes.length === 0,
    ),
    ...(await unwell(allServices))
      .filter(({ state }) => state === 'wrong')
      .map((each) => ({ ...each, causes: [] })),
  ];
}

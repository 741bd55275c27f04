import type { Pod } from '../api/generated/core/v1/types.ts';
import { environmentSources, type SourceReference, volumeSources } from '../explain/pod/missing.ts';
import type { KubeObject } from '../machinery/object.ts';
import type { Snapshot } from '../store/store.ts';
import type { Obstacle } from './pod-times.ts';

/** What a cluster's objects are looked up in. */
interface Cluster {
  readonly state: Snapshot<KubeObject>;
  /** Of these it isn't known which keys they have. */
  readonly partial: ReadonlySet<string>;
}

/** Which ConfigMap, Secret or key a pod needs and isn't there, as agents report it. */
export function missingSource(pod: Pod, cluster: Cluster): Obstacle | undefined {
  const inVolumes = volumeSources(pod).find((each) => isMissing(each, pod, cluster));
  if (inVolumes) {
    const message = `${inVolumes.kind.toLowerCase()} "${inVolumes.name}" not found`;
    return { reason: 'ContainerCreating', message };
  }
  const wanted = environmentSources(pod).find((each) => isMissing(each, pod, cluster));
  if (!wanted) return undefined;
  const { kind, name, key } = wanted;
  const isThere = find(wanted, pod, cluster) !== undefined;
  const message = isThere
    ? `couldn't find key ${key} in ${kind} ${pod.metadata.namespace}/${name}`
    : `${kind.toLowerCase()} "${name}" not found`;
  return { reason: 'CreateContainerConfigError', message };
}

function isMissing(reference: SourceReference, pod: Pod, cluster: Cluster): boolean {
  const found = find(reference, pod, cluster);
  if (!found) return true;
  const { key } = reference;
  if (key === undefined || cluster.partial.has(found.metadata.uid)) return false;
  const { data, binaryData } = found as KubeObject & Partial<Record<string, object>>;
  return !(data && key in data) && !(binaryData && key in binaryData);
}

const find = (
  { kind, name }: SourceReference,
  { metadata }: Pod,
  { state }: Cluster,
): KubeObject | undefined =>
  state.get(`/registry/${kind.toLowerCase()}s/${metadata.namespace}/${name}`)?.value;

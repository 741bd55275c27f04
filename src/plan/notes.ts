import { uncontrolledKinds } from '../api/uncontrolled.ts';
import { environmentSources, volumeSources } from '../explain/pod/missing.ts';
import { nameOf } from '../explain/reference.ts';
import type { KubeObject } from '../machinery/object.ts';
import { parseApiVersion } from '../machinery/resource.ts';
import { isBuiltIn } from './collected-kinds.ts';
import type { NodeImages } from './node-images.ts';
import type { ObjectChange } from './report.ts';
import type { WorkloadRecord } from './workload-record.ts';

// What a rehearsal can't know, and what its outcome doesn't show.

/** Of changed ConfigMaps and Secrets: pods that run don't see all of it. */
export function sourceNotes(
  changed: readonly ObjectChange[],
  records: readonly WorkloadRecord[],
): string[] {
  return changed.flatMap(({ about, action }) => {
    const { kind, namespace } = about;
    if (action !== 'change' || (kind !== 'ConfigMap' && kind !== 'Secret')) return [];
    const near = records.filter(({ workload }) => workload.about.namespace === namespace);
    return near.flatMap((record) => sourceNote(record, about) ?? []);
  });
}

function sourceNote(
  { pods, workload }: WorkloadRecord,
  source: ObjectChange['about'],
): string | undefined {
  const kept = [...pods.values()].find(
    ({ createdAtMs, stoppedAtMs }) => createdAtMs === undefined && stoppedAtMs === undefined,
  );
  if (!kept) return undefined;
  const isMeant = (each: { readonly kind: string; readonly name: string }) =>
    each.kind === source.kind && each.name === source.name;
  const [who, what] = [nameOf(workload.about), nameOf(source)];
  if (environmentSources(kept.pod).some(isMeant)) {
    const mend = `kubectl rollout restart ${who} -n ${source.namespace}`;
    const fate = "won't see the change until its pods are restarted";
    return `${who} has ${what} in its environment and ${fate}: ${mend}`;
  }
  return volumeSources(kept.pod).some(isMeant)
    ? `${who} has ${what} as files, which change within about a minute`
    : undefined;
}

/** Of images that nobody has looked up. */
export function imageNotes(records: readonly WorkloadRecord[], images: NodeImages): string[] {
  const started = records.flatMap(({ pods }) =>
    [...pods.values()].filter(({ createdAtMs }) => createdAtMs !== undefined),
  );
  const lacking = started
    .flatMap(({ pod }) => pod.spec.containers)
    .filter(({ image = '', imagePullPolicy }) => imagePullPolicy !== 'Never' && images.lacks(image))
    .map(({ image }) => image);
  return [...new Set(lacking)].map(
    (image) => `no node has the image ${image} yet: that it can be pulled is taken for granted`,
  );
}

/** Whether nothing acts on objects of a kind in a rehearsal. */
export function isIdle({ apiVersion, kind }: Pick<KubeObject, 'apiVersion' | 'kind'>): boolean {
  const { group } = parseApiVersion(apiVersion);
  return uncontrolledKinds.some((each) => each.group === group && each.kind === kind);
}

/** Of kinds on which nothing acts in a rehearsal. */
export function idleNotes(objects: readonly ObjectChange[]): string[] {
  const changed = objects.filter(({ action }) => action !== 'unchanged');
  const plurals = changed.flatMap(({ about }) => {
    const { group } = parseApiVersion(about.apiVersion);
    if (!isBuiltIn(group)) return [`${about.kind} objects`];
    const found = uncontrolledKinds.find(
      (each) => each.group === group && each.kind === about.kind,
    );
    return found ? [found.plural] : [];
  });
  return [...new Set(plurals)].map(
    (plural) => `nothing acts on ${plural} in a rehearsal: what follows from them isn't known`,
  );
}

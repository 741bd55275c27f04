import type { ServedResource } from '../cli/discovery.ts';
import { environmentSources, volumeSources } from '../explain/pod/missing.ts';
import { nameOf } from '../explain/reference.ts';
import type { ObjectChange } from './report.ts';
import type { WorkloadRecord } from './workload-record.ts';

/** What to know of changed ConfigMaps and Secrets: pods that run don't see all of it. */
export function sourceNotes(
  changed: readonly ObjectChange[],
  records: readonly WorkloadRecord[],
): string[] {
  return changed.flatMap(({ about, action }) => {
    const { kind, name, namespace } = about;
    if (action !== 'change' || (kind !== 'ConfigMap' && kind !== 'Secret')) return [];
    const isMeant = (each: { readonly kind: string; readonly name: string }) =>
      each.kind === kind && each.name === name;
    const users = records.flatMap((record) => {
      if (record.workload.about.namespace !== namespace) return [];
      const kept = [...record.pods.values()].find(
        ({ createdAtMs, stoppedAtMs }) => createdAtMs === undefined && stoppedAtMs === undefined,
      );
      if (!kept) return [];
      const who = nameOf(record.workload.about);
      if (environmentSources(kept.pod).some(isMeant)) {
        return [
          `${who} has ${nameOf(about)} in its environment and won't see the change until its pods are restarted: kubectl rollout restart ${who} -n ${namespace}`,
        ];
      }
      if (volumeSources(kept.pod).some(isMeant)) {
        return [`${who} has ${nameOf(about)} as files, which change within about a minute`];
      }
      return [];
    });
    return users;
  });
}

/** Kinds of the manifests that can't be rehearsed. */
export const unservedNote = ({
  kind,
  group,
  version,
}: Pick<ServedResource, 'kind' | 'group' | 'version'>) =>
  `${kind} of ${group ? `${group}/` : ''}${version} can't be rehearsed here and is left out`;

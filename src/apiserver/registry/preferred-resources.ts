import type { ResourceVerb } from '../../api/definition.ts';
import type { Resource } from '../../machinery/resource.ts';
import type { ResourceTable } from './resource-table.ts';

/** Every resource that serves these verbs, each in the first of the versions it is served in. */
export function preferredResources(
  table: ResourceTable,
  verbs: readonly ResourceVerb[],
): Resource[] {
  const found = new Map<string, Resource>();
  for (const resource of table.list()) {
    const { group, plural } = resource;
    const key = `${group}/${plural}`;
    if (found.has(key) || !verbs.every((verb) => resource.verbs.includes(verb))) continue;
    const { version, namespaced } = resource;
    found.set(key, { group, version, plural, namespaced, kind: resource.definition.kind });
  }
  return [...found.values()];
}

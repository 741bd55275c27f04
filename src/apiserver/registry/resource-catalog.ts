import type { ResourceCatalog } from '../../client/resource-catalog.ts';
import { preferredResources } from './preferred-resources.ts';
import type { ResourceTable } from './resource-table.ts';

/** What this server offers, for components in the same process. */
export function catalogOf(table: ResourceTable): ResourceCatalog {
  return {
    resources: () =>
      preferredResources(table, []).map((resource) => {
        const { verbs } = table.get(resource.group, resource.version, resource.plural);
        return { ...resource, verbs };
      }),
    onChange: (listener) => table.onChange(listener),
  };
}

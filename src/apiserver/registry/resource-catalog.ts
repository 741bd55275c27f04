import type { ResourceCatalog } from '../../client/resource-catalog.ts';
import { preferredResources } from './preferred-resources.ts';
import type { ResourceTable } from './resource-table.ts';

/** What this server offers, for components in the same process. */
export function catalogOf(table: ResourceTable): ResourceCatalog {
  return {
    resources: () =>
      preferredResources(table, []).map((resource) => {
        const { verbs, definition } = table.get(resource.group, resource.version, resource.plural);
        // Objects of kinds that are served in several groups are stored, and expire, once.
        const expiresAfterSeconds = definition.storedAs
          ? undefined
          : definition.expiresAfterSeconds;
        return { ...resource, verbs, ...(expiresAfterSeconds && { expiresAfterSeconds }) };
      }),
    onChange: (listener) => table.onChange(listener),
  };
}

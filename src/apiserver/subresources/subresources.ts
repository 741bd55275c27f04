import type { ConnectSubresource, ResourceDefinition } from '../../api/definition.ts';
import { notImplemented } from '../registry/resource-table.ts';
import type { Subresource } from '../registry/subresource.ts';
import { formSubresource } from './form.ts';
import { scaleSubresource } from './scale.ts';

/** Handles the subresources that are of another kind than their object: `pods/binding`. */
export type ConnectHandlers = ReadonlyMap<string, Partial<Pick<Subresource, 'handle' | 'locate'>>>;

/** All subresources that a definition declares. */
export function subresourcesOf(
  definition: ResourceDefinition,
  handlers: ConnectHandlers,
): ReadonlyMap<string, Subresource> {
  const found = new Map<string, Subresource>();
  const add = (subresource: Subresource) => found.set(subresource.name, subresource);
  if (definition.status) add(formSubresource('status', definition.status));
  if (definition.scale) add(scaleSubresource(definition.scale));
  for (const [name, form] of Object.entries(definition.updates ?? {})) {
    add(formSubresource(name, form));
  }
  for (const [name, facts] of Object.entries(definition.connects ?? {})) {
    add(connectSubresource(definition, name, facts, handlers));
  }
  return found;
}

function connectSubresource(
  { group, version, plural }: ResourceDefinition,
  name: string,
  facts: ConnectSubresource,
  handlers: ConnectHandlers,
): Subresource {
  const handler = handlers.get(group ? `${plural}.${group}/${name}` : `${plural}/${name}`);
  return {
    name,
    verbs: facts.verbs,
    kind: {
      group: facts.group ?? group,
      version: facts.version ?? version,
      kind: facts.kind,
    },
    handle: handler?.handle ?? notImplemented,
    ...(handler?.locate && { locate: handler.locate }),
  };
}

import type { ResourceTable } from '../apiserver/registry/resource-table.ts';
import type { ServedResource as Storage } from '../apiserver/registry/served-resource.ts';
import { findResource, type ServedResource } from '../cli/discovery.ts';

/** A resource with all the names that it goes by, and where its objects are kept. */
export interface TestedResource extends ServedResource {
  readonly storage: Storage;
}

/** An object as tests call it: `deployment/web`. */
export interface NamedObject {
  readonly resource: TestedResource;
  readonly name: string;
}

/** What a server offers. */
export const servedBy = (table: ResourceTable): TestedResource[] =>
  table.list().map((storage) => {
    const { group, version, plural, kind, namespaced, verbs, definition } = storage;
    const { shortNames = [], categories = [] } = definition;
    const names = { plural, kind, singular: kind.toLowerCase(), shortNames, categories };
    return { group, version, namespaced, verbs, ...names, storage };
  });

/** `deployment/web`, `deploy/web` or `deployments.apps/web`. Throws when it is none of these. */
export function parseObjectName(served: readonly TestedResource[], text: string): NamedObject {
  const [type = '', name = '', ...more] = text.split('/');
  if (!type || !name || more.length > 0) {
    throw new TypeError(`"${text}" names no object; write TYPE/NAME, such as deployment/web`);
  }
  return { resource: findResource(served, type), name };
}

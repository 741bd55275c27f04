import type { ServedResource } from '../cli/discovery.ts';
import type { Client, ObjectName } from '../client/client.ts';
import { type Connection, readText } from '../client/http/connection.ts';
import { pathOf } from '../client/http/paths.ts';
import type { KubeList, KubeObject } from '../machinery/object.ts';
import { apiVersionOf, type Resource } from '../machinery/resource.ts';
import { isStatusError } from '../machinery/status.ts';

/** Where the live state comes from. It is only ever read. */
export interface LiveSource {
  /** What the server serves. */
  resources(): Promise<readonly ServedResource[]>;
  /** All objects of a resource, in pages. Rejects with StatusError. */
  list(resource: Resource): Promise<readonly KubeObject[]>;
  /**
   * The same without what is in them, everywhere or in a namespace: metadata alone leaves the
   * server, if it knows how.
   */
  listMetadata(resource: Resource, namespace?: string): Promise<readonly KubeObject[]>;
  /** One object; undefined when there is none. Rejects with StatusError. */
  find(resource: Resource, name: ObjectName): Promise<KubeObject | undefined>;
}

const PAGE_SIZE = 500;

type ListPage = (resource: Resource, options: PageOptions) => Promise<KubeList>;
interface PageOptions {
  readonly namespace?: string | undefined;
  readonly limit: number;
  readonly continue?: string;
}

/** Reads a live state through a client; only metadata where `listMetadataPage` can ask for that. */
export function clientSource(
  client: Pick<Client, 'get' | 'list'>,
  resources: () => Promise<readonly ServedResource[]>,
  listMetadataPage?: ListPage,
): LiveSource {
  const listPage: ListPage = (resource, options) => client.list(resource, options);
  return {
    resources,
    list: (resource) => allPages(listPage, resource),
    async listMetadata(resource, namespace) {
      const all = await allPages(listMetadataPage ?? listPage, resource, namespace);
      return all.map(({ metadata }) => metadataAlone(resource, metadata));
    },
    async find(resource, name) {
      try {
        return await client.get(resource, name);
      } catch (error) {
        if (isStatusError(error, 'NotFound')) return undefined;
        throw error;
      }
    },
  };
}

/** An object of which nothing is known but its metadata. */
export const metadataAlone = (
  resource: Resource,
  metadata: KubeObject['metadata'],
): KubeObject => ({ kind: resource.kind, apiVersion: apiVersionOf(resource), metadata });

const METADATA_ONLY =
  'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

/** Asks for pages of metadata alone over HTTP. */
export const metadataPagesOver =
  (connection: Connection): ListPage =>
  async ({ group, version, plural }, { namespace, ...options }) => {
    const place = namespace === undefined ? {} : { namespace };
    const path = pathOf({ verb: 'list', group, version, plural, options, ...place });
    const headers = { accept: METADATA_ONLY };
    const answer = await connection.open({ method: 'GET', path, headers });
    return JSON.parse(await readText(answer)) as KubeList;
  };

async function allPages(
  listPage: ListPage,
  resource: Resource,
  namespace?: string,
): Promise<readonly KubeObject[]> {
  const found: KubeObject[] = [];
  let token: string | undefined;
  do {
    const options = { namespace, limit: PAGE_SIZE, ...(token && { continue: token }) };
    const { items, metadata } = await listPage(resource, options);
    for (const item of items) found.push(item);
    token = (metadata as { readonly continue?: string } | undefined)?.continue;
  } while (token);
  return found;
}

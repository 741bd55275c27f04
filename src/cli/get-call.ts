import type { IncomingMessage } from 'node:http';
import { pathOf } from '../client/http/paths.ts';
import type { ApiRequest } from '../machinery/api-request.ts';
import type { Cluster } from './cluster.ts';
import type { CommandContext } from './command.ts';
import type { OutputFormat } from './output.ts';
import type { Selection } from './selection.ts';

/** What `get` was asked to show, and how. */
export interface GetCall {
  readonly cluster: Cluster;
  readonly context: CommandContext;
  readonly query: ApiRequest['options'];
  readonly format: OutputFormat;
  readonly withNamespace: boolean;
  readonly withHeadings: boolean;
  readonly withManagers: boolean;
  readonly ignoreNotFound: boolean;
}

/** The media type that asks for a table, and takes JSON where the server makes none. */
export const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

/** The request for what was selected. A query narrows lists; an object has its name. */
export const requestFor = (
  { resource: { group, version, plural }, namespace, name }: Selection,
  query: ApiRequest['options'],
): ApiRequest => ({
  verb: name ? 'get' : 'list',
  group,
  version,
  plural,
  ...(namespace && { namespace }),
  ...(name && { name }),
  options: name ? {} : query,
});

/** Sends a request for an answer in a media type of our choice. */
export const openAnswer = (
  { cluster, context }: GetCall,
  request: ApiRequest,
  accept: string,
): Promise<IncomingMessage> =>
  cluster.connection.open({
    method: 'GET',
    path: pathOf(request),
    headers: { accept },
    signal: context.signal,
  });

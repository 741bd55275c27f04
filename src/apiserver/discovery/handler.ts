import { createHash } from 'node:crypto';
import { encodeDocument } from '../http/answer-body.ts';
import type { Exchange } from '../http/exchange.ts';
import type { PathHandler } from '../http/handler.ts';
import { clausesOf } from '../http/negotiation.ts';
import {
  methodNotAllowed,
  type ResourceTable,
  resourceNotServed,
} from '../registry/resource-table.ts';
import { DiscoveryDocuments } from './documents.ts';

const AGGREGATED_TYPE = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** Serves `/api` and `/apis`: which groups, versions and resources there are. */
export class DiscoveryHandler implements PathHandler {
  readonly #table: ResourceTable;
  readonly #documents: DiscoveryDocuments;
  readonly #encoded = new WeakMap<object, { readonly bytes: Buffer; readonly etag: string }>();

  constructor(table: ResourceTable) {
    this.#table = table;
    this.#documents = new DiscoveryDocuments(table);
  }

  handle(exchange: Exchange): boolean {
    const segments = exchange.path.split('/').filter((segment) => segment !== '');
    const [root, first, second, ...rest] = segments;
    if (rest.length > 0 || (root !== 'api' && root !== 'apis')) return false;
    const { method } = exchange.request;
    if (method !== 'GET' && method !== 'HEAD') throw methodNotAllowed();
    if (first === undefined) return this.#root(exchange, root);
    if (root === 'api') {
      if (second !== undefined) return false;
      return this.#found(exchange, this.#documents.resources('', first));
    }
    if (second !== undefined) return this.#version(exchange, first, second);
    const group = this.#documents.group(first);
    if (group === undefined) return false;
    return this.#found(exchange, group);
  }

  #root(exchange: Exchange, root: 'api' | 'apis'): boolean {
    if (wantsAggregated(exchange.request.headers.accept)) {
      this.#sendAggregated(exchange, this.#documents.aggregated(root === 'api' ? 'core' : 'named'));
      return true;
    }
    if (root === 'apis') return this.#found(exchange, this.#documents.groups());
    const { headers } = exchange.request;
    const serverAddress = headers.host ?? headers[':authority'];
    return this.#found(exchange, {
      kind: 'APIVersions',
      versions: ['v1'],
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
    });
  }

  #version(exchange: Exchange, group: string, version: string): boolean {
    const resources = this.#documents.resources(group, version);
    if (resources === undefined && !this.#table.hasGroup(group)) return false;
    return this.#found(exchange, resources);
  }

  #found(exchange: Exchange, document: object | undefined): boolean {
    if (document === undefined) throw resourceNotServed();
    const { type, bytes } = encodeDocument(document, exchange.accepted);
    exchange.send(200, type, bytes);
    return true;
  }

  #sendAggregated(exchange: Exchange, document: object): void {
    let encoded = this.#encoded.get(document);
    if (encoded === undefined) {
      const bytes = Buffer.from(JSON.stringify(document));
      const digest = createHash('sha512').update(bytes).digest('hex').toUpperCase();
      encoded = { bytes, etag: `"${digest}"` };
      this.#encoded.set(document, encoded);
    }
    const { bytes, etag } = encoded;
    const headers = ['ETag', etag, 'Vary', 'Accept'];
    if (exchange.request.headers['if-none-match'] === etag) {
      exchange.send(304, AGGREGATED_TYPE, Buffer.alloc(0), headers);
    } else exchange.send(200, AGGREGATED_TYPE, bytes, headers);
  }
}

/** Whether the first thing the client can be given is the aggregated form. */
function wantsAggregated(accept: string | undefined): boolean {
  if (!accept?.includes('APIGroupDiscoveryList')) return false;
  for (const { type, parameters } of clausesOf(accept)) {
    if (type !== 'application/json') continue;
    const as = parameters.get('as');
    if (as === undefined) return false;
    if (as !== 'APIGroupDiscoveryList' || parameters.get('v') !== 'v2') continue;
    return parameters.get('g') === 'apidiscovery.k8s.io';
  }
  return false;
}

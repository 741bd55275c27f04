import { createHash } from 'node:crypto';
import { encodeDocument } from '../http/answer-body.ts';
import type { Exchange } from '../http/exchange.ts';
import type { PathHandler } from '../http/handler.ts';
import {
  checkProduced,
  clausesOf,
  DOCUMENTS,
  JSON_TYPE,
  MEDIA_TYPES,
  matches,
  negotiate,
  YAML_TYPE,
} from '../http/negotiation.ts';
import {
  methodNotAllowed,
  type ResourceTable,
  resourceNotServed,
} from '../registry/resource-table.ts';
import { DiscoveryDocuments } from './documents.ts';

const AGGREGATED = ';g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

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
    const [begin, ...segments] = exchange.path.split('/');
    const [root, first, second, ...rest] = segments.filter((segment) => segment !== '');
    if (begin !== '' || segments[0] !== root || rest.length > 0) return false;
    if (root !== 'api' && root !== 'apis') return false;
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
    const type = aggregatedType(exchange.request.headers.accept);
    if (type !== undefined) {
      const document = this.#documents.aggregated(root === 'api' ? 'core' : 'named');
      this.#sendAggregated(exchange, type, document);
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
    if (exchange.request.method !== 'GET') throw methodNotAllowed();
    checkProduced(exchange.request, MEDIA_TYPES);
    exchange.offer(DOCUMENTS);
    const { type, bytes } = encodeDocument(document, {
      ...exchange.accepted,
      isPretty: exchange.accepted.isPretty || exchange.isPretty,
    });
    exchange.send(200, type, bytes);
    return true;
  }

  #sendAggregated(exchange: Exchange, type: string, document: object): void {
    let encoded = this.#encoded.get(document);
    if (encoded === undefined) {
      const bytes = Buffer.from(JSON.stringify(document));
      const digest = createHash('sha512').update(bytes).digest('hex').toUpperCase();
      encoded = { bytes, etag: `"${digest}"` };
      this.#encoded.set(document, encoded);
    }
    const { bytes, etag } = encoded;
    const headers = ['ETag', etag, 'Vary', 'Accept'];
    const named = `${type}${AGGREGATED}`;
    if (exchange.request.headers['if-none-match'] === etag) {
      exchange.send(304, named, Buffer.alloc(0), headers);
    } else if (type === YAML_TYPE) {
      const yaml = encodeDocument(document, negotiate(YAML_TYPE, DOCUMENTS));
      exchange.send(200, named, yaml.bytes, headers);
    } else exchange.send(200, named, bytes, headers);
  }
}

/** In what the client wants the aggregated form, if it takes it at all. */
function aggregatedType(accept: string | undefined): string | undefined {
  if (!accept?.includes('APIGroupDiscoveryList')) return undefined;
  for (const clause of clausesOf(accept)) {
    const [as, group, version] = ['as', 'g', 'v'].map((name) => clause.parameters.get(name));
    if (as !== 'APIGroupDiscoveryList' || group !== 'apidiscovery.k8s.io') continue;
    const type = AGGREGATED_TYPES.find((each) => matches(clause, each));
    if (type !== undefined && version === 'v2') return type;
  }
  return undefined;
}

const AGGREGATED_TYPES = [JSON_TYPE, YAML_TYPE];

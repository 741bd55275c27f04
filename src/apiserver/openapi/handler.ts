import type { Exchange } from '../http/exchange.ts';
import type { PathHandler } from '../http/handler.ts';
import { clausesOf, JSON_TYPE, matches } from '../http/negotiation.ts';
import type { ResourceTable } from '../registry/resource-table.ts';
import { type OpenApiDocument, OpenApiDocuments } from './documents.ts';

const V3_ROOT = '/openapi/v3';
const V2_PATH = '/openapi/v2';
// Clients ask with an `@`, which no media type may have, and are answered without.
const V2_PROTOBUF_TYPE = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
const V2_PROTOBUF = /^application\/com\.github\.proto-openapi\.spec\.v2[@.]v1\.0\+protobuf$/;

/** Serves OpenAPI: `/openapi/v2`, and `/openapi/v3` with a document for each group-version. */
export class OpenApiHandler implements PathHandler {
  readonly #documents: OpenApiDocuments;
  readonly #bytes = new WeakMap<OpenApiDocument, Map<string, Buffer>>();

  constructor(table: ResourceTable, version: string) {
    this.#documents = new OpenApiDocuments(table, version);
  }

  handle(exchange: Exchange): boolean {
    const { path } = exchange;
    if (!path.startsWith('/openapi/')) return false;
    if (path === V2_PATH) this.#sendV2(exchange);
    else if (path === V3_ROOT || path === `${V3_ROOT}/`) this.#sendIndex(exchange);
    else return path.startsWith(`${V3_ROOT}/`) && this.#sendV3(exchange);
    return true;
  }

  #sendIndex(exchange: Exchange): void {
    const paths = [...this.#documents.index()].map(([path, hash]) => [
      path,
      { serverRelativeURL: `${V3_ROOT}/${path}?hash=${hash}` },
    ]);
    exchange.sendJson(200, { paths: Object.fromEntries(paths) });
  }

  #sendV3(exchange: Exchange): boolean {
    const document = this.#documents.groupVersion(exchange.path.slice(V3_ROOT.length + 1));
    if (document === undefined) return false;
    const hash = new URLSearchParams(exchange.query.text).get('hash');
    if (hash && hash !== document.etag) {
      const location = `${exchange.path}?hash=${document.etag}`;
      exchange.send(301, JSON_TYPE, Buffer.alloc(0), ['Location', location]);
      return true;
    }
    // A document under its hash never changes.
    const caching = hash ? ['Cache-Control', 'public, immutable'] : [];
    this.#send(exchange, document, JSON_TYPE, this.#json(document), caching);
    return true;
  }

  #sendV2(exchange: Exchange): void {
    const document = this.#documents.whole();
    for (const clause of clausesOf(exchange.request.headers.accept || '*/*')) {
      if (matches(clause, JSON_TYPE)) {
        return this.#send(exchange, document, JSON_TYPE, this.#json(document), []);
      }
      if (V2_PROTOBUF.test(clause.type)) return this.#sendProtobuf(exchange, document);
    }
    exchange.sendStream(406, ['Vary', 'Accept', 'Content-Length', '0']);
    exchange.response.end();
  }

  #sendProtobuf(exchange: Exchange, document: OpenApiDocument): void {
    const known = this.#bytes.get(document)?.get('protobuf');
    if (known) return this.#send(exchange, document, V2_PROTOBUF_TYPE, known, []);
    void import('./gnostic.ts').then(({ encodeGnostic }) => {
      const bytes = this.#remember(document, 'protobuf', () => encodeGnostic(document.json));
      this.#send(exchange, document, V2_PROTOBUF_TYPE, bytes, []);
    });
  }

  #json(document: OpenApiDocument): Buffer {
    return this.#remember(document, 'json', () => Buffer.from(JSON.stringify(document.json)));
  }

  #remember(document: OpenApiDocument, form: string, make: () => Buffer): Buffer {
    let forms = this.#bytes.get(document);
    if (forms === undefined) {
      forms = new Map();
      this.#bytes.set(document, forms);
    }
    let bytes = forms.get(form);
    if (bytes === undefined) {
      bytes = make();
      forms.set(form, bytes);
    }
    return bytes;
  }

  #send(
    exchange: Exchange,
    { etag }: OpenApiDocument,
    type: string,
    bytes: Buffer,
    more: readonly string[],
  ): void {
    const headers = ['ETag', `"${etag}"`, 'Vary', 'Accept', ...more];
    if (exchange.request.headers['if-none-match'] === `"${etag}"`) {
      return exchange.send(304, type, Buffer.alloc(0), headers);
    }
    exchange.send(200, type, bytes, headers);
  }
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import type { ApiAnswer, ApiRequest, User } from '../../machinery/api-request.ts';
import { DecodeError } from '../../machinery/decode-error.ts';
import { badRequest, StatusError } from '../../machinery/status.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import { type Authorizer, checkPath, checkRequest } from '../auth/authorizer.ts';
import { impersonated } from '../auth/impersonation.ts';
import type { Heart } from '../heart.ts';
import { unfit, unrecognized } from '../registry/decode.ts';
import { methodNotAllowed, type ResourceTable } from '../registry/resource-table.ts';
import { type EncodeContext, encodeAnswer } from './answer-body.ts';
import { AuditIds } from './audit-id.ts';
import { readBody } from './body.ts';
import { decodeBytes, EnvelopeError, patchTypeOf } from './decode-body.ts';
import { Exchange, warningHeaders } from './exchange.ts';
import { framesFor } from './frames.ts';
import { parseQuery, type Query } from './query.ts';
import { type ResourceRoute, routeOf, verbOf } from './route.ts';
import { WatchResponse } from './watch-response.ts';

/** Answers paths that are no resources. */
export interface PathHandler {
  /** Answers, or says false for a path it doesn't know. */
  handle(exchange: Exchange): boolean;
}

export interface HandlerParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly heart: Heart;
  readonly table: ResourceTable;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  /** Discovery, health and what else is served; asked in order. */
  readonly paths: readonly PathHandler[];
}

/** Watches last this long unless asked otherwise, and at most twice as long. */
const WATCH_MS = 30 * 60_000;

const NO_QUERY: Query = parseQuery('');

/** Turns HTTP requests into requests to the heart, and its answers into responses. */
export class HttpHandler {
  readonly #parts: HandlerParts;
  readonly #auditIds: AuditIds;

  constructor(parts: HandlerParts) {
    this.#parts = parts;
    this.#auditIds = new AuditIds(parts.random);
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    try {
      const { authenticator } = this.#parts;
      const user = authenticator.authenticate(request.socket as TLSSocket, request.headers);
      if (!(user instanceof Promise)) return this.#authenticated(request, response, user);
      user.then(
        (found) => this.#authenticated(request, response, found),
        (error) => this.#refuse(request, response, error),
      );
    } catch (error) {
      this.#refuse(request, response, error);
    }
  }

  #authenticated(request: IncomingMessage, response: ServerResponse, user: User): void {
    let exchange: Exchange | undefined;
    try {
      const acting = impersonated(user, request.headers, this.#parts.authorizer);
      exchange = this.#exchangeOf(request, response, acting);
      this.#route(exchange);
    } catch (error) {
      if (exchange) this.#fail(exchange, error);
      else this.#refuse(request, response, error);
    }
  }

  #exchangeOf(request: IncomingMessage, response: ServerResponse, user: User): Exchange {
    const url = request.url ?? '/';
    const at = url.indexOf('?');
    return new Exchange(request, response, {
      path: at < 0 ? url : url.slice(0, at),
      query: at < 0 ? NO_QUERY : parseQuery(url.slice(at + 1)),
      user,
      auditId: this.#auditIds.next(),
    });
  }

  #route(exchange: Exchange): void {
    const route = routeOf(exchange.path);
    if (route !== undefined && this.#isKnown(route)) return this.#handleResource(exchange, route);
    const { authorizer, paths } = this.#parts;
    const { user, path, request } = exchange;
    checkPath(authorizer, user, (request.method ?? 'GET').toLowerCase(), path);
    if (!paths.some((handler) => handler.handle(exchange))) {
      exchange.sendText(404, '404 page not found\n');
    }
  }

  /** Whether the route's group is served; in one that is, all else has an answer of the API. */
  #isKnown({ group, version, plural }: ResourceRoute): boolean {
    const { table } = this.#parts;
    return table.find(group, version, plural) !== undefined || table.hasGroup(group);
  }

  #handleResource(exchange: Exchange, route: ResourceRoute): void {
    const { request, query } = exchange;
    const method = request.method ?? 'GET';
    const verb = verbOf(method, route, query.isWatch);
    if (verb === undefined) throw methodNotAllowed();
    const { rest: _, ...address } = route;
    const base: ApiRequest = { verb, ...address, options: query.options };
    void exchange.accepted; // What can't be answered isn't begun.
    if (verb === 'watch') return this.#watch(exchange, base);
    if (method === 'GET' || method === 'HEAD') return this.#answer(exchange, base);
    const patchType = verb === 'patch' ? patchTypeOf(request.headers['content-type']) : undefined;
    const options = optionsWithManager(request, base, patchType === 'apply');
    readBody(request, (error, bytes) => {
      if (error) return this.#fail(exchange, error);
      try {
        this.#decode(exchange, { ...base, patchType, options }, bytes);
      } catch (failure) {
        this.#fail(exchange, this.#undecodable(exchange, base, bytes, failure));
      }
    });
  }

  #decode(exchange: Exchange, request: ApiRequest, bytes: Buffer): void {
    if (bytes.length === 0 && request.verb.startsWith('delete')) {
      return this.#answer(exchange, request);
    }
    const body = decodeBytes(bytes, exchange.request.headers['content-type']);
    if (!(body instanceof Promise)) return this.#answer(exchange, { ...request, ...body });
    body.then(
      (decoded) => this.#answer(exchange, { ...request, ...decoded }),
      (error) => this.#fail(exchange, this.#undecodable(exchange, request, bytes, error)),
    );
  }

  /** What to say of a body that can't be read. */
  #undecodable(exchange: Exchange, request: ApiRequest, bytes: Buffer, error: unknown): unknown {
    if (!(error instanceof DecodeError)) return error;
    try {
      // What the user may not do, or isn't served, is said before what is wrong with the body.
      const { authorizer, table } = this.#parts;
      checkRequest(authorizer, exchange.user, request);
      const resource = table.get(request.group, request.version, request.plural);
      if (request.patchType === 'apply') {
        const text = `error converting YAML to JSON: ${error.message}`;
        return badRequest(`error decoding YAML: ${text}`);
      }
      if (request.verb === 'patch') return badRequest(`error decoding patch: ${error.message}`);
      if (error instanceof EnvelopeError) return unfit(resource, error, error.message);
      return unrecognized(resource, error.message, bytes);
    } catch (refusal) {
      return refusal;
    }
  }

  #answer(exchange: Exchange, request: ApiRequest): void {
    let answer: ApiAnswer | Promise<ApiAnswer>;
    try {
      answer = this.#parts.heart.handle(request, exchange.user);
    } catch (error) {
      return this.#fail(exchange, error);
    }
    if (!(answer instanceof Promise)) return this.#respond(exchange, request, answer);
    answer.then(
      (done) => this.#respond(exchange, request, done),
      (error) => this.#fail(exchange, error),
    );
  }

  #respond(exchange: Exchange, request: ApiRequest, answer: ApiAnswer): void {
    try {
      const { object, created, warnings } = answer;
      const { type, bytes } = encodeAnswer(object, this.#encodeContext(exchange, request));
      const headers = warnings?.length ? warningHeaders(warnings) : undefined;
      exchange.send(created ? 201 : 200, type, bytes, headers);
    } catch (error) {
      this.#fail(exchange, error);
    }
  }

  #encodeContext(exchange: Exchange, request: ApiRequest): EncodeContext {
    const { accepted, query } = exchange;
    const { table, clock } = this.#parts;
    const definition = accepted.transform
      ? table.find(request.group, request.version, request.plural)?.definition
      : undefined;
    const isPretty = query.isPretty || accepted.isPretty;
    const { includeObject } = query;
    return { accepted, definition, includeObject, isPretty, now: clock.now() };
  }

  #watch(exchange: Exchange, request: ApiRequest): void {
    const { heart, clock, random } = this.#parts;
    const context = this.#encodeContext(exchange, request);
    const response = new WatchResponse(exchange, framesFor({ ...context, clock }));
    const cancel = heart.watch(request, exchange.user, response);
    const { timeoutSeconds } = request.options;
    const timeoutMs = timeoutSeconds ? timeoutSeconds * 1000 : WATCH_MS * (1 + random.float());
    response.start(clock, timeoutMs, cancel);
  }

  /** Answers an error before it is known what the client wants to be answered in. */
  #refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    const exchange = new Exchange(request, response, {
      path: request.url ?? '/',
      query: NO_QUERY,
      user: { name: '', groups: [] },
      auditId: this.#auditIds.next(),
    });
    this.#fail(exchange, error);
  }

  #fail(exchange: Exchange, error: unknown): void {
    if (!(error instanceof StatusError)) {
      const { method, url } = exchange.request;
      const text = String((error as Error)?.stack ?? error);
      this.#parts.logger.error('a request failed', { method, url, error: text });
    }
    exchange.fail(error);
  }
}

/** Who names no field manager is known by the program's name. An apply has to name one. */
function optionsWithManager(
  { headers }: IncomingMessage,
  { options }: ApiRequest,
  isApply: boolean,
): ApiRequest['options'] {
  if (options.fieldManager || isApply) return options;
  const agent = headers['user-agent'];
  if (!agent) return { ...options, fieldManager: 'unknown' };
  const [program = ''] = agent.split('/', 1);
  const printable = program.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, '').slice(0, 128);
  return { ...options, fieldManager: printable || 'unknown' };
}

import { type IncomingMessage, ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import { EndOfTurn } from '../../base/end-of-turn.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import type { ApiAnswer, ApiRequest, User } from '../../machinery/api-request.ts';
import { DecodeError } from '../../machinery/decode-error.ts';
import { FieldSelector } from '../../machinery/selector/field-selector.ts';
import { badRequest, StatusError } from '../../machinery/status.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import {
  type Asked,
  type Authorizer,
  checkPath,
  checkRequest,
  nameSelected,
  placed,
} from '../auth/authorizer.ts';
import { impersonated } from '../auth/impersonation.ts';
import { checkServed, type Heart } from '../heart.ts';
import type { RequestMeter } from '../metrics/request-meter.ts';
import {
  methodNotAllowed,
  type ResourceTable,
  resourceNotServed,
} from '../registry/resource-table.ts';
import { type EncodeContext, encodeAnswer } from './answer-body.ts';
import { AuditIds } from './audit-id.ts';
import type { NodeCredentials } from './backend.ts';
import { readBody } from './body.ts';
import { decodeBytes, patchTypeOf } from './decode-body.ts';
import { Exchange, type Upgrade, warningHeaders } from './exchange.ts';
import { optionsWithManager } from './field-manager.ts';
import { framesFor } from './frames.ts';
import { checkProduced, LOG_TYPES } from './negotiation.ts';
import { parseQuery, type Query } from './query.ts';
import { checkForm, refuseFaults } from './request-form.ts';
import { type ResourceRoute, routeOf, verbOf } from './route.ts';
import { undecodable } from './undecodable.ts';
import { WatchResponse } from './watch-response.ts';

/** Answers paths that are no resources. */
export interface PathHandler {
  /** Answers, or says false for a path it doesn't know. */
  handle(exchange: Exchange): boolean;
}

/** What answers requests to resources. */
export type ReachableHeart = Pick<Heart, 'handle' | 'watch' | 'connect'>;

export interface HandlerParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly heart: ReachableHeart;
  readonly table: ResourceTable;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly meter: RequestMeter;
  /** By what the agents of nodes know us. */
  readonly nodes?: NodeCredentials | undefined;
  /** Discovery, health and what else is served; asked in order. */
  readonly paths: readonly PathHandler[];
}

/** Watches last this long unless asked otherwise, and at most twice as long. */
const WATCH_MS = 30 * 60_000;

const NO_QUERY: Query = parseQuery('');

/**
 * The connection of a request: one object for all requests that come over it. Of HTTP/2, `socket` is
 * another one for each request, and its certificate would be read each time.
 */
function connectionOf(request: IncomingMessage): TLSSocket {
  const { stream } = request as unknown as { readonly stream?: ServerHttp2Stream };
  return (stream?.session?.socket ?? request.socket) as TLSSocket;
}

/** What a request asks of authorization, whether it is one that is answered or not. */
function askedOf({ method = 'GET', url = '/' }: IncomingMessage): Asked {
  const at = url.indexOf('?');
  const path = at < 0 ? url : url.slice(0, at);
  const route = routeOf(path);
  if (route === undefined) return { verb: method.toLowerCase(), path };
  const { isWatch, options } = at < 0 ? NO_QUERY : parseQuery(url.slice(at + 1));
  const verb = verbOf(method, route, isWatch);
  if (verb === undefined) return placed({ ...route, verb: '' });
  const { rest: _, ...address } = route;
  return placed(nameSelected({ ...address, verb, options }));
}

/** A watch of one object, as its path asks for it: one of the collection that selects its name. */
function watchOfOne({ name = '', options, ...request }: ApiRequest): ApiRequest {
  const { fieldSelector } = options;
  if (fieldSelector && FieldSelector.parse(fieldSelector).exactValueOf('metadata.name') !== name) {
    throw badRequest("fieldSelector metadata.name doesn't match requested name");
  }
  const selecting = fieldSelector
    ? options
    : { ...options, fieldSelector: `metadata.name=${name}` };
  return { ...request, options: selecting };
}

/** Turns HTTP requests into requests to the heart, and its answers into responses. */
export class HttpHandler {
  readonly #parts: HandlerParts;
  readonly #auditIds: AuditIds;
  // First all that clients have sent is read, then it is worked on, and what a group commit brought
  // about is answered when all of it was told, and only then told to those who watch: a sixth of a
  // write's cost, when many come at a time.
  readonly #endOfTurn = new EndOfTurn();

  constructor(parts: HandlerParts) {
    this.#parts = parts;
    this.#auditIds = new AuditIds(parts.random);
  }

  /** A request that asks for another protocol on its connection, as `exec` does. */
  upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.on('finish', () => socket.end());
    this.handle(request, response, { socket, head });
  }

  handle(request: IncomingMessage, response: ServerResponse, upgrade?: Upgrade): void {
    try {
      const { authenticator } = this.#parts;
      const user = authenticator.authenticate(connectionOf(request), request.headers);
      if (!(user instanceof Promise)) return this.#authenticated(request, response, user, upgrade);
      user.then(
        (found) => this.#authenticated(request, response, found, upgrade),
        (error) => this.#refuse(request, response, error),
      );
    } catch (error) {
      this.#refuse(request, response, error);
    }
  }

  #authenticated(
    request: IncomingMessage,
    response: ServerResponse,
    caller: User,
    upgrade: Upgrade | undefined,
  ): void {
    let exchange: Exchange | undefined;
    try {
      const { authorizer } = this.#parts;
      const user = impersonated(caller, request.headers, authorizer, () => askedOf(request));
      exchange = this.#exchangeOf(request, response, user, upgrade);
      this.#route(exchange);
    } catch (error) {
      if (exchange) this.#fail(exchange, error);
      else this.#refuse(request, response, error);
    }
  }

  #exchangeOf(
    request: IncomingMessage,
    response: ServerResponse,
    user: User,
    upgrade: Upgrade | undefined,
  ): Exchange {
    const url = request.url ?? '/';
    const at = url.indexOf('?');
    return new Exchange(request, response, {
      path: at < 0 ? url : url.slice(0, at),
      query: at < 0 ? NO_QUERY : parseQuery(url.slice(at + 1)),
      user,
      auditId: this.#auditIds.next(),
      upgrade,
    });
  }

  #route(exchange: Exchange): void {
    const route = routeOf(exchange.path);
    const { faults, isWatch } = exchange.query;
    const isLong = isWatch || route?.isWatchPath || (route && this.#isElsewhere(route));
    if (faults.has('timeout') && !isLong) throw faults.get('timeout');
    if (route !== undefined && this.#isKnown(route)) return this.#handleResource(exchange, route);
    const { authorizer, paths } = this.#parts;
    const { user, path, request, query } = exchange;
    const method = request.method ?? 'GET';
    if (route === undefined) checkPath(authorizer, user, method.toLowerCase(), path);
    else {
      const verb = verbOf(method, route, query.isWatch) ?? '';
      checkRequest(authorizer, user, { ...route, verb });
    }
    if (paths.some((handler) => handler.handle(exchange))) return;
    if (this.#isBelowOurs(path)) throw resourceNotServed();
    exchange.sendText(404, '404 page not found\n');
  }

  /** Whether a path leads below a group of ours, where all that isn't there has an answer of the API. */
  #isBelowOurs(path: string): boolean {
    const [, root, group = ''] = path.split('/', 3);
    return root === 'api' || (root === 'apis' && group !== '' && this.#parts.table.hasGroup(group));
  }

  /** Whether the route's group is served; in one that is, all else has an answer of the API. */
  #isKnown({ group, version, plural, namespace, name }: ResourceRoute): boolean {
    const { table } = this.#parts;
    const resource = table.find(group, version, plural);
    if (!resource?.isCustom) return resource !== undefined || table.hasGroup(group);
    // Custom resources aren't known at all at paths of the other scope.
    return resource.namespaced ? !!namespace || name === undefined : !namespace;
  }

  #handleResource(exchange: Exchange, route: ResourceRoute): void {
    const { request, query } = exchange;
    const method = request.method ?? 'GET';
    const verb = verbOf(method, route, query.isWatch);
    if (verb === undefined) throw methodNotAllowed();
    const { rest, isWatchPath, ...address } = route;
    const asked: ApiRequest = { verb, ...address, options: query.options };
    const base = isWatchPath && asked.name !== undefined ? watchOfOne(asked) : asked;
    if (route.subresource !== undefined && this.#isElsewhere(route)) {
      if (route.subresource === 'log') this.#checkLogType(exchange, base);
      return this.#connect(exchange, base, rest);
    }
    const isRead = method === 'GET' || method === 'HEAD';
    // Asked again when the body is there; but who may not write mustn't take up room by never
    // sending one.
    if (!isRead) this.#checkAsked(exchange, base);
    if (verb !== 'watch') {
      exchange.measurement = this.#parts.meter.begin(base);
      if (exchange.measurement === undefined) return exchange.sendTooMany();
    }
    if (exchange.upgrade) throw badRequest('the request asks for an upgrade that is not offered');
    const isCustom = this.#isCustom(base);
    try {
      checkForm(exchange, base, isCustom);
    } catch (refusal) {
      // What the user may not do, or isn't served, is said before.
      this.#checkAsked(exchange, base);
      throw refusal;
    }
    if (verb === 'watch') return this.#watch(exchange, base);
    if (isRead) return this.#answer(exchange, base);
    const { 'content-type': type } = request.headers;
    const patchType = verb === 'patch' ? patchTypeOf(type, isCustom) : undefined;
    const options = optionsWithManager(request, base, patchType === 'apply');
    readBody(request, (error, bytes) => {
      if (error) return this.#fail(exchange, error);
      this.#endOfTurn.add(() => this.#write(exchange, { ...base, patchType, options }, bytes));
    });
  }

  #checkLogType(exchange: Exchange, request: ApiRequest): void {
    try {
      checkProduced(exchange.request, LOG_TYPES);
    } catch (refusal) {
      this.#checkAsked(exchange, request);
      throw refusal;
    }
  }

  #write(exchange: Exchange, request: ApiRequest, bytes: Buffer): void {
    try {
      this.#decode(exchange, request, bytes);
    } catch (failure) {
      this.#undecoded(exchange, request, bytes, failure);
    }
  }

  /** Throws unless the user may ask this, and it is served. */
  #checkAsked({ user }: Exchange, request: ApiRequest): void {
    const { table, authorizer } = this.#parts;
    checkRequest(authorizer, user, nameSelected(request));
    checkServed(table, request);
  }

  /** Whether there is no protobuf of the objects, because they have no shape. */
  #isCustom({ group, version, plural }: ApiRequest): boolean {
    return this.#parts.table.find(group, version, plural)?.isCustom === true;
  }

  /** Whether requests for the subresource are led on. */
  #isElsewhere({ group, version, plural, subresource = '' }: ResourceRoute): boolean {
    const resource = this.#parts.table.find(group, version, plural);
    return resource?.subresources.get(subresource)?.locate !== undefined;
  }

  #connect(exchange: Exchange, request: ApiRequest, rest: string | undefined): void {
    const { heart, nodes, meter } = this.#parts;
    const { user, query } = exchange;
    const location = heart.connect(request, user, { query: query.text, rest });
    const measurement = meter.beginLong(request);
    exchange.response.on('close', () => measurement.end(exchange.response.statusCode));
    Promise.all([import('./connect.ts'), location]) // Rarely needed.
      .then(([{ connect }, found]) => connect(exchange, found, nodes))
      .catch((error) => this.#fail(exchange, error));
  }

  #decode(exchange: Exchange, request: ApiRequest, bytes: Buffer): void {
    if (bytes.length === 0 && request.verb.startsWith('delete')) {
      refuseFaults(exchange.query, ['gracePeriodSeconds']);
      return this.#answer(exchange, request);
    }
    const body = decodeBytes(bytes, exchange.request.headers['content-type']);
    if (!(body instanceof Promise)) return this.#answer(exchange, { ...request, ...body });
    body.then(
      (decoded) => this.#answer(exchange, { ...request, ...decoded }),
      (error) => this.#undecoded(exchange, request, bytes, error),
    );
  }

  #undecoded(exchange: Exchange, request: ApiRequest, bytes: Buffer, error: unknown): void {
    if (!(error instanceof DecodeError)) return this.#fail(exchange, error);
    // Whether there is anything to patch is asked first.
    if (request.verb === 'patch') {
      return this.#answer(exchange, { ...request, bodyFault: error.message });
    }
    this.#fail(exchange, undecodable(this.#parts, exchange.user, request, bytes, error));
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
      (done) => this.#endOfTurn.add(() => this.#respond(exchange, request, done)),
      (error) => this.#fail(exchange, error),
    );
  }

  #respond(exchange: Exchange, request: ApiRequest, answer: ApiAnswer): void {
    try {
      const { object, created, accepted, warnings } = answer;
      const { type, bytes } = encodeAnswer(object, this.#encodeContext(exchange, request));
      const headers = warnings?.length ? warningHeaders(warnings) : undefined;
      exchange.send(created ? 201 : accepted ? 202 : 200, type, bytes, headers);
    } catch (error) {
      this.#fail(exchange, error);
    }
  }

  #encodeContext(exchange: Exchange, request: ApiRequest): EncodeContext {
    const { accepted, query } = exchange;
    const { table, clock } = this.#parts;
    const needsDefinition = accepted.transform !== undefined || request.verb === 'watch';
    const definition = needsDefinition
      ? table.find(request.group, request.version, request.plural)?.definition
      : undefined;
    const isPretty = exchange.isPretty || accepted.isPretty;
    const { includeObject } = query;
    return { accepted, definition, includeObject, isPretty, now: clock.now() };
  }

  #watch(exchange: Exchange, request: ApiRequest): void {
    const { heart, clock, random, meter } = this.#parts;
    const context = this.#encodeContext(exchange, request);
    const response = new WatchResponse(exchange, framesFor({ ...context, clock }), this.#endOfTurn);
    const cancel = heart.watch(request, exchange.user, response);
    const measurement = meter.beginLong(request);
    exchange.response.on('close', () => measurement.end(200));
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
      upgrade: undefined,
    });
    this.#fail(exchange, error);
  }

  failed(error: Error): void {
    this.#parts.logger.error('a connection could not be taken', { error });
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

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { gzip } from 'node:zlib';
import type { User } from '../../machinery/api-request.ts';
import { StatusError } from '../../machinery/status.ts';
import type { Measurement } from '../metrics/request-meter.ts';
import { encodeStatus } from './answer-body.ts';
import { ListBody } from './list-body.ts';
import {
  type Accepted,
  DOCUMENTS,
  JSON_TYPE,
  negotiate,
  OBJECTS,
  type Offer,
  wanted,
} from './negotiation.ts';
import type { Query } from './query.ts';
import { SLAB_BYTES, sendList, sendListGzipped } from './send-list.ts';

/** Shorter answers aren't worth the work of compressing. */
const GZIP_MIN_BYTES = 128 * 1024;

const READERS = /^(curl|Wget|Mozilla\/5\.0)/;
const PRETTY_JSON: Accepted = { ...negotiate(undefined, DOCUMENTS), isPretty: true };

const TEXT_TYPE = 'text/plain; charset=utf-8';
const GZIP_LEVEL = 1;
const GZIP_HEADERS = ['Content-Encoding', 'gzip', 'Vary', 'Accept-Encoding'];

/** The connection of a request that asks to make something else of it than HTTP. */
export interface Upgrade {
  readonly socket: Socket;
  /** What came after the request's head. */
  readonly head: Buffer;
}

/** One HTTP request and its response. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Without the query. */
  readonly path: string;
  readonly query: Query;
  readonly user: User;
  readonly auditId: string;
  readonly upgrade: Upgrade | undefined;
  /** Ended with the answer. */
  measurement: Measurement | undefined;
  #accepted: Accepted | undefined;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    about: Pick<Exchange, 'path' | 'query' | 'user' | 'auditId' | 'upgrade'>,
  ) {
    this.request = request;
    this.response = response;
    this.path = about.path;
    this.query = about.query;
    this.user = about.user;
    this.auditId = about.auditId;
    this.upgrade = about.upgrade;
  }

  /** What the client wants to be answered in. Throws NotAcceptable when it can't be. */
  get accepted(): Accepted {
    this.#accepted ??= negotiate(this.request.headers.accept, OBJECTS);
    return this.#accepted;
  }

  /** Says what there is to choose from. Throws NotAcceptable when the client wants none of it. */
  offer(offer: Offer): void {
    this.#accepted = negotiate(this.request.headers.accept, offer);
  }

  /** People read better what stands in lines: who asks for it gets it, and whose tools show it. */
  get isPretty(): boolean {
    const { headers } = this.request;
    return this.query.isPretty ?? READERS.test(headers['user-agent'] ?? '');
  }

  /** Sends a whole answer. */
  send(code: number, type: string, body: Buffer | ListBody, headers?: readonly string[]): void {
    if (body instanceof ListBody) return this.#sendList(code, type, body, headers);
    if (body.length < GZIP_MIN_BYTES || !acceptsGzip(this.request)) {
      return this.#end(code, type, body, headers);
    }
    gzip(body, { level: GZIP_LEVEL }, (error, compressed) => {
      if (error) this.#end(code, type, body, headers);
      else this.#end(code, type, compressed, [...(headers ?? []), ...GZIP_HEADERS]);
    });
  }

  sendJson(code: number, value: unknown, headers?: readonly string[]): void {
    this.send(code, JSON_TYPE, Buffer.from(JSON.stringify(value)), headers);
  }

  sendText(code: number, text: string, headers: readonly string[] = []): void {
    const all = ['X-Content-Type-Options', 'nosniff', ...headers];
    this.send(code, TEXT_TYPE, Buffer.from(text), all);
  }

  /** Refuses what is more than can be worked on at once. */
  sendTooMany(): void {
    const text = 'Too many requests, please try again later.\n';
    this.sendText(429, text, ['Retry-After', '1']);
  }

  /** Sends the head of an answer whose body the caller writes. Headers are name, value, … */
  sendStream(code: number, headers: readonly string[]): void {
    this.#begin(code, headers);
  }

  /** Sends an answer without a body. */
  sendNothing(): void {
    this.sendStream(204, []);
    this.response.end();
  }

  sendRedirect(target: string): void {
    this.sendStream(301, ['Location', target, 'Content-Length', '0']);
    this.response.end();
  }

  /** Leaves the connection of an upgrade to whoever goes on with it. */
  letGo(): void {
    if (this.upgrade !== undefined) this.response.detachSocket(this.upgrade.socket);
  }

  /** Sends an error, as a Status; one that can't be sent, as one that says so. */
  fail(error: unknown): void {
    try {
      this.#sendStatus(statusErrorOf(error));
    } catch (failure) {
      this.#sendStatus(statusErrorOf(failure));
    }
  }

  #sendStatus(status: StatusError): void {
    const { retryAfterSeconds } = status.details ?? {};
    const headers = [
      ...warningHeaders(status.warnings),
      ...(retryAfterSeconds ? ['Retry-After', String(retryAfterSeconds)] : []),
    ];
    // Who wants what can't be given is told in JSON; errors aren't turned into anything.
    const accepted = wanted(this.request.headers.accept, DOCUMENTS) ?? PRETTY_JSON;
    const { type, bytes } = encodeStatus(status, {
      ...accepted,
      isPretty: accepted.isPretty || this.isPretty,
    });
    this.send(status.code, type, bytes, headers);
  }

  /** A long list isn't joined: it goes out piece by piece, as fast as the client takes it. */
  #sendList(code: number, type: string, list: ListBody, more: readonly string[] = []): void {
    const { response, request } = this;
    if (list.length <= SLAB_BYTES) return this.send(code, type, list.toBuffer(), more);
    const isGzipped = acceptsGzip(request);
    const about = isGzipped ? GZIP_HEADERS : ['Content-Length', String(list.length)];
    if (!this.#begin(code, ['Content-Type', type, ...about, ...more])) return;
    if (request.method === 'HEAD') response.end();
    else if (isGzipped) sendListGzipped(list, response, GZIP_LEVEL);
    else sendList(list, response);
  }

  #end(code: number, type: string, body: Buffer, more: readonly string[] | undefined): void {
    const { response, request } = this;
    const headers = ['Content-Type', type, 'Content-Length', String(body.length)];
    if (more !== undefined) headers.push(...more);
    if (!this.#begin(code, headers)) return;
    if (request.method === 'HEAD') response.end();
    else response.end(body);
  }

  /** Writes the head of the answer; false when it is too late for one. */
  #begin(code: number, headers: readonly string[]): boolean {
    const { response } = this;
    this.measurement?.end(code);
    if (response.destroyed || response.headersSent) return false;
    const ours = ['Audit-Id', this.auditId, 'Cache-Control', 'no-cache, private'];
    response.writeHead(code, [...ours, ...headers]);
    return true;
  }
}

function statusErrorOf(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  const message = `Internal error occurred: ${(error as Error)?.message ?? error}`;
  return new StatusError('InternalError', message, { causes: [{ message }] });
}

function acceptsGzip({ headers }: IncomingMessage): boolean {
  const accepted = headers['accept-encoding'];
  if (accepted === undefined) return false;
  return accepted === 'gzip' || (accepted as string).split(',').some((part) => GZIP.test(part));
}

// RFC 9110, section 12.5.3: with a weight of 0 it is refused.
const GZIP = /^\s*gzip\s*(;(?!\s*q\s*=\s*0(\.0*)?\s*$).*)?$/i;

/** Values of `Warning` headers (RFC 7234), one for each text. */
export function warningHeaders(warnings: readonly string[] | undefined): readonly string[] {
  if (warnings === undefined || warnings.length === 0) return [];
  const shown = withinBounds([...new Set(warnings)]);
  return shown.flatMap((text) => ['Warning', `299 - ${quotedString(text)}`]);
}

/**
 * What is told of many warnings: when all together are too much, long ones are cut, and what comes
 * after too much of them is left out.
 */
function withinBounds(texts: readonly string[]): readonly string[] {
  if (texts.reduce((sum, { length }) => sum + length, 0) <= WARNINGS_MAX) return texts;
  const shown: string[] = [];
  let [whole, told] = [0, 0];
  for (const text of texts) {
    // Nothing is cut, nor left out, before it is known that all together are too much.
    if (whole > WARNINGS_MAX && told >= WARNINGS_MAX) break;
    const characters = [...text];
    const cut = characters.slice(0, WARNING_MAX);
    whole += characters.length;
    told += cut.length;
    shown.push(cut.join(''));
  }
  return whole > WARNINGS_MAX ? shown : texts;
}

// Clients bound what they take of headers: long texts are cut when all together are too much.
const WARNINGS_MAX = 4096;
const WARNING_MAX = 256;

/** A quoted string of a header (RFC 9110): UTF-8 bytes, one a character, without control characters. */
function quotedString(text: string): string {
  const line = text.replace(CONTROLS, ' ').replace(/["\\]/g, (character) => `\\${character}`);
  return `"${Buffer.from(line, 'utf8').toString('latin1')}"`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is for.
const CONTROLS = /[\x00-\x1f\x7f]+/g;

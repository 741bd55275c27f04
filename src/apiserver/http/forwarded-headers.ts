import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Location } from '../connect/location.ts';
import type { Exchange } from './exchange.ts';

// RFC 9110, section 7.6.1: these concern one connection alone.
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Who the user is, and acts as, is between them and us. */
const isOurs = (name: string): boolean =>
  name === 'authorization' || name.startsWith('impersonate-') || name.startsWith(':');

/** The headers of a request that is sent on. */
export function forwardedHeaders(
  { request, path }: Exchange,
  { mode, host, port, scheme }: Location,
): OutgoingHttpHeaders {
  const { headers, socket } = request;
  const passed: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!HOP_BY_HOP.has(name) && !isOurs(name)) passed[name] = value;
  }
  const client = socket.remoteAddress ?? '';
  const before = headers['x-forwarded-for'];
  passed['x-forwarded-for'] = before ? `${before}, ${client}` : client;
  if (mode !== 'proxy') {
    const name = host.includes(':') ? `[${host}]` : host;
    passed.host = port === (scheme === 'https' ? 443 : 80) ? name : `${name}:${port}`;
    return passed;
  }
  passed['x-forwarded-uri'] = path;
  passed['x-forwarded-proto'] = 'https';
  const asked = headers.host ?? headers[':authority'];
  if (asked) {
    passed['x-forwarded-host'] = asked as string;
    passed.host = asked as string;
  }
  return passed;
}

/** The headers of an answer that is sent back, as name, value, name, value. */
export function returnedHeaders(
  exchange: Exchange,
  location: Location,
  { rawHeaders, headers }: IncomingMessage,
): string[] {
  const returned: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase();
    if (HOP_BY_HOP.has(name) || name.startsWith('access-control-')) continue;
    if (name === 'location') continue;
    returned.push(rawHeaders[i]!, rawHeaders[i + 1]!);
  }
  if (headers.location) returned.push('Location', led(exchange, location, headers.location));
  return returned;
}

/** Where a redirect of the backend leads when it is seen from outside. */
function led({ path, request }: Exchange, location: Location, target: string): string {
  const port =
    location.port === (location.scheme === 'https' ? 443 : 80) ? '' : `:${location.port}`;
  const own = `${location.host}${port}`;
  const base = new URL(location.path, `${location.scheme}://${hostOf(location)}`);
  let url: URL;
  try {
    url = new URL(target, base);
  } catch {
    return target;
  }
  const asked = request.headers.host;
  if (url.host !== base.host && url.host !== own && url.host !== asked) return target;
  const prefix = /^.*?\/proxy(?=\/|$)/.exec(path)?.[0] ?? '';
  const inside = url.pathname.startsWith(prefix) ? url.pathname : prefix + url.pathname;
  return `${inside}${url.search}${url.hash}`;
}

const hostOf = ({ host, port }: Location): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

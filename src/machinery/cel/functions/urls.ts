import { quote } from '../../quote.ts';
import { listValue, MadeMap } from '../collections.ts';
import { type Overload, overload } from '../overload.ts';
import { CelError, isError, Opaque, type Value } from '../values.ts';

interface Parts {
  readonly scheme: string;
  readonly userinfo: string;
  readonly host: string;
  readonly path: string;
  readonly query: string | undefined;
}

class UrlValue extends Opaque {
  readonly typeName = 'kubernetes.URL';
  readonly parts: Parts;

  constructor(parts: Parts) {
    super();
    this.parts = parts;
  }

  equals(other: UrlValue): boolean {
    return String(this) === String(other);
  }

  override toString(): string {
    const { scheme, userinfo, host, path, query } = this.parts;
    const start = scheme === '' ? '' : `${scheme}:`;
    const authority = host === '' && userinfo === '' ? '' : `//${userinfo}${host}`;
    return `${start}${authority}${path}${query === undefined ? '' : `?${query}`}`;
  }
}

/** What is wrong with a URL, as Go says it. */
class UrlError extends Error {}

const CONTROL = /\p{Cc}/u;
const BAD_ESCAPE = /%(?![\da-fA-F]{2})[\s\S]{0,2}/;

/** Reads an absolute URL or path, as Go's `url.ParseRequestURI` does. */
export function parseUrl(text: string): UrlValue | CelError {
  try {
    splitUrl(text, true);
    const hash = text.indexOf('#');
    return new UrlValue(splitUrl(hash < 0 ? text : text.slice(0, hash), false));
  } catch (error) {
    if (error instanceof UrlError) return new CelError(`parse ${quote(text)}: ${error.message}`);
    throw error;
  }
}

/** `isRequest` is for what a request line may have: no fragment, and no host without a scheme. */
function splitUrl(text: string, isRequest: boolean): Parts {
  if (CONTROL.test(text)) throw new UrlError('net/url: invalid control character in URL');
  if (text === '') throw new UrlError('empty url');
  if (text === '*') return { scheme: '', userinfo: '', host: '', path: '*', query: undefined };
  const scheme = schemeOf(text);
  const afterScheme = scheme === '' ? text : text.slice(scheme.length + 1);
  const mark = afterScheme.indexOf('?');
  const query = mark < 0 ? undefined : afterScheme.slice(mark + 1);
  const rest = mark < 0 ? afterScheme : afterScheme.slice(0, mark);
  if (!rest.startsWith('/')) {
    if (scheme === '' && isRequest) throw new UrlError('invalid URI for request');
    return { scheme, userinfo: '', host: '', path: rest, query };
  }
  const hasAuthority = scheme !== '' || !(isRequest || rest.startsWith('///'));
  if (!hasAuthority || !rest.startsWith('//')) {
    return { scheme, userinfo: '', host: '', path: checkedPath(rest), query };
  }
  const slash = rest.indexOf('/', 2);
  const authority = rest.slice(2, slash < 0 ? undefined : slash);
  const at = authority.lastIndexOf('@');
  return {
    scheme,
    userinfo: at < 0 ? '' : checkedUser(authority.slice(0, at + 1)),
    host: checkedHost(authority.slice(at + 1)),
    path: checkedPath(slash < 0 ? '' : rest.slice(slash)),
    query,
  };
}

function schemeOf(text: string): string {
  if (text.startsWith(':')) throw new UrlError('missing protocol scheme');
  const [, scheme, next] = /^([a-zA-Z][a-zA-Z0-9+.-]*)([\s\S]?)/u.exec(text) ?? [];
  return next === ':' ? scheme!.toLowerCase() : '';
}

function checkedPath(path: string): string {
  const bad = BAD_ESCAPE.exec(path);
  if (bad) throw new UrlError(`invalid URL escape ${quote(bad[0])}`);
  return path;
}

function checkedUser(userinfo: string): string {
  if (!/^[\w\-.~:@!$&'()*+,;=%]*$/.test(userinfo)) {
    throw new UrlError('net/url: invalid userinfo');
  }
  return checkedPath(userinfo);
}

const BAD_IN_HOST = ' #/?@\\^`{|}';

function checkedHost(host: string): string {
  const bad = BAD_ESCAPE.exec(host);
  if (bad) throw new UrlError(`invalid URL escape ${quote(bad[0])}`);
  if (host.startsWith('[')) {
    const end = host.lastIndexOf(']');
    if (end < 0) throw new UrlError("missing ']' in host");
    checkPort(host.slice(end + 1));
    return host;
  }
  const colon = host.lastIndexOf(':');
  const name = colon < 0 ? host : host.slice(0, colon);
  if (colon >= 0) checkPort(host.slice(colon));
  const character = [...name].find(
    (each) => BAD_IN_HOST.includes(each) && each !== '%' && each !== ':',
  );
  if (character) throw new UrlError(`invalid character ${quote(character)} in host name`);
  return host;
}

function checkPort(port: string): void {
  if (port !== '' && !/^:\d*$/.test(port)) {
    throw new UrlError(`invalid port ${quote(port)} after host`);
  }
}

function withoutPort(host: string): string {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([^:]*))/.exec(host)!;
  return bracketed?.replace('%25', '%') ?? plain!;
}

/** The path with what isn't allowed in one escaped; what is escaped stays so. */
const escapedPath = (path: string): string =>
  path.replace(/[^\w\-.~$&+,/:;=@!'()*%[\]]/gu, (each) =>
    [...Buffer.from(each)]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );

function unescapeQuery(text: string): string | undefined {
  if (BAD_ESCAPE.test(text)) return undefined;
  const parts = text.replaceAll('+', ' ').match(/%[\da-f]{2}|[^%]+/gi) ?? [];
  const bytes = parts.map((part) =>
    part.startsWith('%') ? Buffer.from(part.slice(1), 'hex') : Buffer.from(part),
  );
  return Buffer.concat(bytes).toString();
}

/** The parameters that can be read, each with all of its values. */
function queryOf({ query }: Parts): Value {
  const values = new Map<string, string[]>();
  for (const part of (query ?? '').split('&')) {
    if (part === '' || part.includes(';')) continue;
    const [name, value = ''] = [part.split('=', 1)[0]!, part.slice(part.indexOf('=') + 1)];
    const [key, text] = [unescapeQuery(name), part.includes('=') ? unescapeQuery(value) : ''];
    if (key === undefined || text === undefined) continue;
    values.set(key, [...(values.get(key) ?? []), text]);
  }
  const entries = Array.from(values, ([key, all]) => [`s${key}`, [key, listValue(all)]] as const);
  return new MadeMap(new Map(entries));
}

function read(text: string): UrlValue | CelError {
  const url = parseUrl(text);
  if (!isError(url)) return url;
  return new CelError(`URL parse error during conversion from string: ${url.message}`);
}

const part = (name: string, id: string, get: (parts: Parts) => string): Overload =>
  overload(name, id, 'URL.() string', ({ parts }: UrlValue) => get(parts));

/** URLs: `url('https://example.com/')`. */
export const urlFunctions: readonly Overload[] = [
  overload('url', 'string_to_url', '(string) URL', read),
  overload('isURL', 'is_url_string', '(string) bool', (text: string) => !isError(parseUrl(text))),
  part('getScheme', 'url_get_scheme', ({ scheme }) => scheme),
  part('getHost', 'url_get_host', ({ host }) => host),
  part('getHostname', 'url_get_hostname', ({ host }) => withoutPort(host)),
  part('getPort', 'url_get_port', ({ host }) => /:(\d+)$/.exec(host)?.[1] ?? ''),
  part('getEscapedPath', 'url_get_escaped_path', ({ path }) => escapedPath(path)),
  overload('getQuery', 'url_get_query', 'URL.() map(string, list(string))', ({ parts }: UrlValue) =>
    queryOf(parts),
  ),
];

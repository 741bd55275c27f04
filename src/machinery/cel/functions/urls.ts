import { quote } from '../../quote.ts';
import { BAD_ESCAPE, splitUrl, UrlError, type UrlParts } from '../../url.ts';
import { listValue, MadeMap } from '../collections.ts';
import { type Overload, overload } from '../overload.ts';
import { CelError, isError, Opaque, type Value } from '../values.ts';

class UrlValue extends Opaque {
  readonly typeName = 'kubernetes.URL';
  readonly parts: UrlParts;

  constructor(parts: UrlParts) {
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
function queryOf({ query }: UrlParts): Value {
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

const part = (name: string, id: string, get: (parts: UrlParts) => string): Overload =>
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

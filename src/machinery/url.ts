import { quote } from './quote.ts';

/** What a URL is made of, each part as it was written. */
export interface UrlParts {
  readonly scheme: string;
  readonly userinfo: string;
  readonly host: string;
  readonly path: string;
  readonly query: string | undefined;
}

/** What is wrong with a URL, as Go says it. */
export class UrlError extends Error {}

const CONTROL = /\p{Cc}/u;
/** A percent sign that no two hexadecimal digits follow. */
export const BAD_ESCAPE = /%(?![\da-fA-F]{2})[\s\S]{0,2}/;

/**
 * Takes a URL apart as Go's `net/url` does; throws UrlError for what isn't one. `isRequest` is for
 * what a request line may have: an absolute URL or path without a fragment.
 */
export function splitUrl(text: string, isRequest: boolean): UrlParts {
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

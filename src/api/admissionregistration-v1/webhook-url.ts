import { type FieldError, invalid, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { quote } from '../../machinery/quote.ts';
import { splitUrl, UrlError } from '../../machinery/url.ts';

// The generic form of RFC 3986.
const URL_PARTS =
  /^(?:(?<scheme>[A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/(?<authority>[^/?#]*))?[^?#]*(?:\?(?<query>[^#]*))?(?:#(?<fragment>.*))?$/s;
const FORM = 'desired format: https://host[/path]';

/** Where a webhook is outside of the cluster: a host and a path, nothing secret, nothing more. */
export function validateWebhookUrl(url: string, path: FieldPath): FieldError[] {
  const problem = parseError(url);
  if (problem) return [required(path, `url must be a valid URL: ${problem}; ${FORM}`)];
  const { scheme = '', authority = '', query, fragment } = URL_PARTS.exec(url)?.groups ?? {};
  const at = authority.lastIndexOf('@');
  const errors: FieldError[] = [];
  if (scheme.toLowerCase() !== 'https') {
    errors.push(invalid(path, scheme, `'https' is the only allowed URL scheme; ${FORM}`));
  }
  if (authority.slice(at + 1) === '') {
    errors.push(invalid(path, '', `host must be specified; ${FORM}`));
  }
  if (at >= 0) {
    const user = authority.slice(0, at);
    errors.push(invalid(path, user, 'user information is not permitted in the URL'));
  }
  if (fragment) errors.push(invalid(path, fragment, 'fragments are not permitted in the URL'));
  if (query) errors.push(invalid(path, query, 'query parameters are not permitted in the URL'));
  return errors;
}

/** What Go's parser says of a text that is no URL. It looks at the fragment last. */
function parseError(url: string): string | undefined {
  const text = url.replace(/#.*$/s, '');
  try {
    if (text !== '') splitUrl(text, false);
    return undefined;
  } catch (error) {
    if (!(error instanceof UrlError)) throw error;
    return `parse ${quote(text)}: ${error.message}`;
  }
}

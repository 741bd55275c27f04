import { parseIp } from '../../base/ip.ts';
import { quote } from '../../machinery/quote.ts';
import type { WebhookAddress } from './webhook-client.ts';

/** What a webhook answered. */
export interface WebhookAnswer {
  readonly statusCode: number;
  /** The content type. */
  readonly type: string;
  readonly text: string;
}

/** Why nothing could be posted to a webhook. */
export const postFailure = (url: string, timeoutSeconds: number, { message }: Error): Error =>
  new Error(`Post "${url}?timeout=${timeoutSeconds}s": ${message}`);

const UNKNOWN_SIGNER = 'x509: certificate signed by unknown authority';
const TLS_PROBLEMS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'x509: certificate has expired or is not yet valid',
  CERT_NOT_YET_VALID: 'x509: certificate has expired or is not yet valid',
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_SIGNER,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_SIGNER,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_SIGNER,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_SIGNER,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_SIGNER,
};

type SystemError = Error & { readonly code?: string; readonly cert?: { subjectaltname?: string } };

/** Why a webhook could not be reached, as programs written in Go say it. */
export function callFailure(
  error: SystemError,
  { host, port, serverName }: WebhookAddress,
): string {
  const { code = '', message } = error;
  const at = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const problem = TLS_PROBLEMS[code];
  if (problem !== undefined) return `tls: failed to verify certificate: ${problem}`;
  switch (code) {
    case 'ECONNREFUSED':
      return `dial tcp ${at}: connect: connection refused`;
    case 'EHOSTUNREACH':
      return `dial tcp ${at}: connect: no route to host`;
    case 'ENETUNREACH':
      return `dial tcp ${at}: connect: network is unreachable`;
    case 'ENOTFOUND':
      return `dial tcp: lookup ${host}: no such host`;
    case 'ECONNRESET':
      return 'EOF';
    case 'EPROTO':
      return 'http: server gave HTTP response to HTTPS client';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `tls: failed to verify certificate: ${wrongName(error, serverName)}`;
    default:
      return message;
  }
}

function wrongName({ cert }: SystemError, name: string): string {
  const names = (cert?.subjectaltname ?? '').split(', ').filter((each) => each !== '');
  const isAddress = parseIp(name) !== undefined;
  const prefix = isAddress ? 'IP Address:' : 'DNS:';
  const fitting = names
    .filter((each) => each.startsWith(prefix))
    .map((each) => each.slice(prefix.length));
  if (fitting.length > 0)
    return `x509: certificate is valid for ${fitting.join(', ')}, not ${name}`;
  return isAddress
    ? `x509: cannot validate certificate for ${name} because it doesn't contain any IP SANs`
    : `x509: certificate is not valid for any names, but wanted to match ${name}`;
}

/** By HTTP code, what clients of Kubernetes say of an answer that is no success. */
const STATUS_TEXTS: Readonly<Record<number, string>> = {
  400: 'the server rejected our request for an unknown reason',
  401: 'the server has asked for the client to provide credentials',
  404: 'the server could not find the requested resource',
  405: 'the server does not allow this method on the requested resource',
  409: 'the server reported a conflict',
  422: 'the server rejected our request due to an error in our request',
  429: 'the server has received too many requests and has asked us to try again later',
  503: 'the server is currently unable to handle the request',
  504: 'the server was unable to return a response in the time allotted, but may still be processing the request',
};
const SPEAKING_FOR_ITSELF = [403, 406, 415];
const INTERNAL = 500;

/** What is wrong with an answer; undefined if it is the JSON that was asked for. */
export function unexpectedAnswer(answer: WebhookAnswer): string | undefined {
  const { statusCode, type, text } = answer;
  if (statusCode >= 200 && statusCode <= 206) return notJson(answer);
  const known = STATUS_TEXTS[statusCode];
  if (known !== undefined) return known;
  const isText = type.split(';', 1)[0]?.startsWith('text/') === true;
  const said = (isText ? text.trim() : '') || 'unknown';
  if (SPEAKING_FOR_ITSELF.includes(statusCode)) return said;
  return statusCode >= INTERNAL
    ? `an error on the server (${quote(said)}) has prevented the request from succeeding`
    : `the server responded with the status code ${statusCode} but did not return more information`;
}

function notJson({ statusCode, type, text }: WebhookAnswer): string | undefined {
  if (text === '') {
    return `0-length response with status code: ${statusCode} and content type: ${type}`;
  }
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    const first = [...text.trimStart()][0] ?? '';
    const why = first && !'{["-tfn0123456789'.includes(first);
    const detail = why
      ? `invalid character '${first}' looking for beginning of value`
      : 'unexpected end of JSON input';
    return `couldn't get version/kind; json parse error: ${detail}`;
  }
}

import { DecodeError } from '../../machinery/decode-error.ts';
import { parseJson } from '../../machinery/json-text.ts';
import { isMap } from '../../machinery/member.ts';
import { badRequest } from '../../machinery/status.ts';

/** Where a paged list goes on. */
export interface Continuation {
  /** The part of the last key that was sent after the prefix of all keys of the list. */
  readonly after: string;
  /** The revision the whole list is of; undefined for the newest. */
  readonly revision: number | undefined;
}

const TOKEN_VERSION = 'meta.k8s.io/v1';
// Kubernetes' tokens name the first key of the next page; this is the smallest after a given one.
const SUCCESSOR = '\0';

/** The token in the form that Kubernetes gives it, which other implementations can go on with. */
export function encodeContinue({ after, revision }: Continuation): string {
  const token = { v: TOKEN_VERSION, rv: revision ?? -1, start: after + SUCCESSOR };
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

/** Reads a token back. Throws BadRequest, in the words of Kubernetes, for what isn't one. */
export function decodeContinue(token: string): Continuation {
  const { version, revision, start } = contentsOf(token);
  if (version !== TOKEN_VERSION) {
    throw invalid(`: server does not recognize this encoded version ${version}`);
  }
  if (revision === 0) {
    throw invalid(': incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  }
  if (start === '') throw invalid(': encoded start key empty (version meta.k8s.io/v1)');
  // What path.Clean would change leads elsewhere, or nowhere.
  const parts = start.replace(/^\//, '').split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw invalid(`: ${start}`);
  }
  const after = start.endsWith(SUCCESSOR) ? start.slice(0, -1) : start;
  return { after, revision: revision < 0 ? undefined : revision };
}

const invalid = (detail: string) =>
  badRequest(`invalid continue token: continue key is not valid${detail}`);

function contentsOf(token: string): { version: string; revision: number; start: string } {
  const alien = /[^\w\-\r\n]/.exec(token)?.index;
  const digits = token.replaceAll(/[\r\n]/g, '').length;
  const corrupt = alien ?? (digits % 4 === 1 ? token.length - 1 : undefined);
  if (corrupt !== undefined) throw invalid(`: illegal base64 data at input byte ${corrupt}`);
  try {
    const { value } = parseJson(Buffer.from(token, 'base64url').toString());
    return readContents(value);
  } catch (error) {
    throw error instanceof DecodeError ? invalid(`: ${error.message}`) : error;
  }
}

function readContents(value: unknown): ReturnType<typeof contentsOf> {
  if (value !== null && !isMap(value))
    throw mismatch(value, 'Go value of type storage.continueToken');
  const field = <T extends string | number>(name: string, type: string, zero: T): T => {
    const found = value?.[name] ?? zero;
    const fits = typeof found === typeof zero && (type !== 'int64' || Number.isSafeInteger(found));
    if (fits) return found as T;
    throw mismatch(found, `Go struct field continueToken.${name} of type ${type}`);
  };
  return {
    version: field('v', 'string', ''),
    revision: field('rv', 'int64', 0),
    start: field('start', 'string', ''),
  };
}

function mismatch(value: unknown, target: string): DecodeError {
  const kind = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  const shown = typeof value === 'number' && !target.endsWith('string') ? `${kind} ${value}` : kind;
  return new DecodeError(`json: cannot unmarshal ${shown} into ${target}`);
}

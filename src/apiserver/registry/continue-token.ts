import { badRequest } from '../../machinery/status.ts';

/** Where a paged list goes on. */
export interface Continuation {
  /** The part after the resource's key prefix of the last key that was sent. */
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

/** Reads a token back. Throws BadRequest for what isn't one. */
export function decodeContinue(token: string): Continuation {
  const fail = (detail: string) =>
    badRequest(`invalid continue token: continue key is not valid${detail}`);
  let parsed: { v?: unknown; rv?: unknown; start?: unknown };
  try {
    parsed = JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch (error) {
    throw fail(`: ${(error as Error).message}`);
  }
  const { v, rv, start } = parsed ?? {};
  if (v !== TOKEN_VERSION) throw fail(`: server does not recognize this encoded version ${v}`);
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv === 0) {
    throw fail(': incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  }
  if (typeof start !== 'string' || start === '') {
    throw fail(': encoded start key empty (version meta.k8s.io/v1)');
  }
  if (start.split('/').some((part) => part === '.' || part === '..')) throw fail(`: ${start}`);
  const after = start.endsWith(SUCCESSOR) ? start.slice(0, -1) : start;
  return { after, revision: rv < 0 ? undefined : rv };
}

import type { IncomingHttpHeaders } from 'node:http';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import type { User } from '../../machinery/api-request.ts';
import { StatusError } from '../../machinery/status.ts';

const AUTHENTICATED = 'system:authenticated';

/** Who has shown nothing. */
export const ANONYMOUS: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

/** Knows users by their bearer tokens. */
export interface TokenAuthenticator {
  /** The user a token stands for, or undefined when it stands for none. */
  authenticate(token: string): User | undefined | Promise<User | undefined>;
}

/** The 401 for credentials that aren't accepted. */
const unauthorized = (): StatusError => new StatusError('Unauthorized', 'Unauthorized');

/**
 * Tells who sends a request: by the certificate of the connection, or else by a bearer token.
 * Throws or rejects with Unauthorized for credentials that are no good.
 */
export class Authenticator {
  readonly #tokens: readonly TokenAuthenticator[];
  // A connection's certificate is read once, however many requests come over it.
  readonly #bySocket = new WeakMap<object, User | null>();

  constructor(tokens: readonly TokenAuthenticator[]) {
    this.#tokens = tokens;
  }

  authenticate(socket: TLSSocket, headers: IncomingHttpHeaders): User | Promise<User> {
    let user = this.#bySocket.get(socket);
    if (user === undefined) {
      user = userOfCertificate(socket);
      this.#bySocket.set(socket, user);
    }
    if (user !== null) return user;
    const { authorization } = headers;
    if (authorization === undefined) return ANONYMOUS;
    const token = /^bearer +(\S+)$/i.exec(authorization)?.[1];
    if (token === undefined) return ANONYMOUS;
    return this.#byToken(token, 0);
  }

  #byToken(token: string, from: number): User | Promise<User> {
    for (let i = from; i < this.#tokens.length; i++) {
      const user = this.#tokens[i]!.authenticate(token);
      if (user instanceof Promise) {
        return user.then((found) => found ?? this.#byToken(token, i + 1));
      }
      if (user !== undefined) return user;
    }
    throw unauthorized();
  }
}

/** The user that a certificate signed by the cluster's CA names: CN and O of its subject. */
function userOfCertificate(socket: TLSSocket): User | null {
  if (!socket.authorized) return null;
  const { subject } = socket.getPeerCertificate() as Partial<PeerCertificate>;
  if (!subject?.CN) return null;
  const organizations: readonly string[] = subject.O ? [subject.O].flat() : [];
  return userWith(subject.CN as string, organizations);
}

/** A user that has been authenticated. */
export const userWith = (
  name: string,
  groups: readonly string[],
  more: Partial<User> = {},
): User => ({
  ...more,
  name,
  groups: groups.includes(AUTHENTICATED) ? groups : [...groups, AUTHENTICATED],
});

/** Tokens that were given from outside, as for the bootstrap of a cluster. */
export const staticTokens = (users: ReadonlyMap<string, User>): TokenAuthenticator => ({
  authenticate: (token) => users.get(token),
});

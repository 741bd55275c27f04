import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { type Clock, toDate } from '../../base/clock.ts';
import type { User } from '../../machinery/api-request.ts';
import type { KubeObject } from '../../machinery/object.ts';
import type { Store } from '../../store/store.ts';
import { type TokenAuthenticator, userWith } from './authenticator.ts';

/** Who issues tokens, unless told otherwise. */
export const DEFAULT_ISSUER = 'https://kubernetes.default.svc.cluster.local';

const ALGORITHM = 'RS256';
const CLAIMS = 'kubernetes.io';
/** How many tokens that were found good are remembered, so that each is verified once. */
const REMEMBERED_MAX = 5000;

/** An object that a token is bound to: when it goes, the token is no good any more. */
export interface BoundObject {
  readonly kind: 'Pod' | 'Secret' | 'Node';
  readonly name: string;
  readonly uid: string;
}

export interface TokenSpec {
  readonly namespace: string;
  readonly serviceAccount: { readonly name: string; readonly uid: string };
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  readonly bound?: BoundObject;
  /** The node of the pod that the token is bound to. */
  readonly node?: { readonly name: string; readonly uid?: string };
  /** Tells tokens apart. */
  readonly id: string;
}

interface KubernetesClaims {
  readonly namespace: string;
  readonly serviceaccount: { readonly name: string; readonly uid: string };
  readonly pod?: { readonly name: string; readonly uid: string };
  readonly secret?: { readonly name: string; readonly uid: string };
  readonly node?: { readonly name: string; readonly uid?: string };
}

interface Verified {
  readonly user: User;
  readonly claims: KubernetesClaims;
  readonly audiences: readonly string[];
  /** Wall-clock milliseconds. */
  readonly expires: number;
}

/**
 * Signs and verifies the tokens of service accounts (JWT, RS256). What a token stands for must
 * still be there: its account, and what it is bound to.
 */
export class ServiceAccountTokens implements TokenAuthenticator {
  readonly issuer: string;
  readonly #store: Store<KubeObject>;
  readonly #clock: Clock;
  readonly #key: () => Promise<KeyObject>;
  readonly #remembered = new Map<string, Verified>();

  /** `key` gives the RSA key of the cluster; it is asked when the first token comes. */
  constructor(
    store: Store<KubeObject>,
    clock: Clock,
    key: () => Promise<KeyObject>,
    issuer: string = DEFAULT_ISSUER,
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#key = key;
    this.issuer = issuer;
  }

  /** A token, and the time in milliseconds when it is no good any more. */
  async issue(spec: TokenSpec): Promise<{ readonly token: string; readonly expires: number }> {
    const [{ SignJWT }, key] = await Promise.all([import('jose'), this.#key()]);
    const { namespace, serviceAccount, audiences, expirationSeconds, bound, node, id } = spec;
    const issued = Math.floor(this.#clock.now() / 1000);
    const expires = issued + expirationSeconds;
    const claims: KubernetesClaims = {
      namespace,
      serviceaccount: serviceAccount,
      ...(bound && { [bound.kind.toLowerCase()]: { name: bound.name, uid: bound.uid } }),
      ...(node && { node }),
    };
    const token = await new SignJWT({
      aud: [...audiences],
      exp: expires,
      iat: issued,
      iss: this.issuer,
      jti: id,
      [CLAIMS]: claims,
      nbf: issued,
      sub: accountName(namespace, serviceAccount.name),
    })
      .setProtectedHeader({ alg: ALGORITHM, kid: keyId(key) })
      .sign(key);
    return { token, expires: expires * 1000 };
  }

  authenticate(token: string): User | undefined | Promise<User | undefined> {
    const known = this.#remembered.get(token);
    if (known !== undefined) return this.#stillGood(known, [this.issuer]);
    // Tokens of others are none of ours, and don't cost a look at the signature.
    if (token.split('.').length !== 3) return undefined;
    return this.#verify(token).then((found) => found && this.#stillGood(found, [this.issuer]));
  }

  /** Who a token stands for towards one of the audiences, and for which of them it is. */
  async review(
    token: string,
    audiences: readonly string[],
  ): Promise<{ readonly user: User; readonly audiences: readonly string[] } | undefined> {
    const found = this.#remembered.get(token) ?? (await this.#verify(token));
    const user = found && this.#stillGood(found, audiences);
    if (found === undefined || user === undefined) return undefined;
    return { user, audiences: audiences.filter((each) => found.audiences.includes(each)) };
  }

  /** For whom a token is that is otherwise good. Undefined for one that isn't ours. */
  async audiencesOf(token: string): Promise<readonly string[] | undefined> {
    const found = this.#remembered.get(token) ?? (await this.#verify(token));
    return found && this.#stillGood(found, found.audiences) ? found.audiences : undefined;
  }

  /** The public keys that tokens are verified with, as a JSON Web Key Set. */
  async keySet(): Promise<object> {
    const [{ exportJWK }, key] = await Promise.all([import('jose'), this.#key()]);
    const jwk = await exportJWK(createPublicKey(key));
    return { keys: [{ use: 'sig', kid: keyId(key), alg: ALGORITHM, ...jwk }] };
  }

  async #verify(token: string): Promise<Verified | undefined> {
    const [{ jwtVerify }, key] = await Promise.all([import('jose'), this.#key()]);
    try {
      const { payload } = await jwtVerify(token, createPublicKey(key), {
        algorithms: [ALGORITHM],
        issuer: this.issuer,
        currentDate: toDate(this.#clock.now()),
      });
      const claims = payload[CLAIMS] as KubernetesClaims;
      const verified: Verified = {
        user: userOf(claims, payload.jti),
        claims,
        audiences: [payload.aud ?? []].flat(),
        expires: (payload.exp ?? 0) * 1000,
      };
      if (this.#remembered.size >= REMEMBERED_MAX) this.#remembered.clear();
      this.#remembered.set(token, verified);
      return verified;
    } catch {
      return undefined; // Whatever is wrong with it, it is no token of ours.
    }
  }

  #stillGood({ user, claims, audiences, expires }: Verified, wanted: readonly string[]) {
    if (expires <= this.#clock.now()) return undefined;
    if (!wanted.some((audience) => audiences.includes(audience))) return undefined;
    const { namespace, serviceaccount, pod, secret } = claims;
    const isThere = (prefix: string, { name, uid }: { name: string; uid: string }) =>
      this.#store.latest(`${prefix}${namespace}/${name}`)?.value.metadata.uid === uid;
    if (!isThere('/registry/serviceaccounts/', serviceaccount)) return undefined;
    if (pod && !isThere('/registry/pods/', pod)) return undefined;
    if (secret && !isThere('/registry/secrets/', secret)) return undefined;
    return user;
  }
}

const accountName = (namespace: string, name: string): string =>
  `system:serviceaccount:${namespace}:${name}`;

function userOf({ namespace, serviceaccount, pod, node }: KubernetesClaims, id?: string): User {
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
  const authentication = 'authentication.kubernetes.io';
  const extra = {
    ...(id && { [`${authentication}/credential-id`]: [`JTI=${id}`] }),
    ...(node && { [`${authentication}/node-name`]: [node.name] }),
    ...(node?.uid && { [`${authentication}/node-uid`]: [node.uid] }),
    ...(pod && {
      [`${authentication}/pod-name`]: [pod.name],
      [`${authentication}/pod-uid`]: [pod.uid],
    }),
  };
  const name = accountName(namespace, serviceaccount.name);
  return userWith(name, groups, { uid: serviceaccount.uid, extra });
}

/** Names the key by its public half. */
function keyId(key: KeyObject): string {
  const der = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('base64url');
}

import type { User } from '../../machinery/api-request.ts';
import { quote } from '../../machinery/quote.ts';
import type { TokenAuthenticator } from './authenticator.ts';
import type { ServiceAccountTokens } from './service-account-tokens.ts';

const INVALID = 'invalid bearer token';

/** What a token turned out to be: somebody's, towards some audiences, or why it isn't. */
export type ReviewedToken =
  | { readonly user: User; readonly audiences: readonly string[] }
  | { readonly error: string };

/** Tells others whose a token is. */
export class TokenReviewer {
  readonly #accounts: ServiceAccountTokens;
  readonly #others: readonly TokenAuthenticator[];

  constructor(accounts: ServiceAccountTokens, others: readonly TokenAuthenticator[]) {
    this.#accounts = accounts;
    this.#others = others;
  }

  /** Whose token it is, if it is meant for one of the audiences; for the API server unless said. */
  async review(token: string, audiences: readonly string[]): Promise<ReviewedToken> {
    const { issuer } = this.#accounts;
    const wanted = audiences.length > 0 ? audiences : [issuer];
    for (const other of this.#others) {
      const user = await other.authenticate(token);
      if (user === undefined) continue;
      // Such tokens were made for nobody but this server.
      return wanted.includes(issuer) ? { user, audiences: [issuer] } : { error: INVALID };
    }
    const found = await this.#accounts.review(token, wanted);
    if (found !== undefined) return found;
    const actual = await this.#accounts.audiencesOf(token);
    if (actual === undefined) return { error: INVALID };
    const [theirs, asked] = [actual, wanted].map(
      (names) => `[${names.map((name) => quote(name)).join(' ')}]`,
    );
    const why = `token audiences ${theirs} is invalid for the target audiences ${asked}`;
    return { error: `[${INVALID}, ${why}]` };
  }
}

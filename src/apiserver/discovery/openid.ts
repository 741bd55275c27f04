import type { ServiceAccountTokens } from '../auth/service-account-tokens.ts';
import type { PathHandler } from '../http/handler.ts';

const KEYS_PATH = '/openid/v1/jwks';

/** Tells others how to verify tokens of service accounts (OpenID Connect Discovery 1.0). */
export const openidHandler = (tokens: ServiceAccountTokens): PathHandler => ({
  handle(exchange) {
    if (exchange.path === '/.well-known/openid-configuration') {
      exchange.sendJson(200, {
        issuer: tokens.issuer,
        jwks_uri: `${tokens.issuer}${KEYS_PATH}`,
        response_types_supported: ['id_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
      });
      return true;
    }
    if (exchange.path !== KEYS_PATH) return false;
    void tokens.keySet().then(
      (keys) => exchange.send(200, 'application/jwk-set+json', Buffer.from(JSON.stringify(keys))),
      () => exchange.sendText(500, 'the keys are not available\n'),
    );
    return true;
  },
});

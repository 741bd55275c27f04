import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { ApiServer } from './api-server.ts';
import type { Authenticator } from './auth/authenticator.ts';
import type { Authorizer } from './auth/authorizer.ts';
import { DiscoveryHandler } from './discovery/handler.ts';
import { PathsHandler } from './discovery/paths.ts';
import { versionHandler } from './discovery/version.ts';
import { type HealthCheck, HealthHandler } from './health/handler.ts';
import type { NodeCredentials } from './http/backend.ts';
import { HttpHandler, type PathHandler, type ReachableHeart } from './http/handler.ts';
import { lazily } from './http/lazy-handler.ts';
import { RequestMeter } from './metrics/request-meter.ts';

/** What is to be known, beside the API server itself, to answer over HTTP. */
export interface HttpFrontParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  /** What has to be well for `/healthz` and its like, beside that anything is answered at all. */
  readonly checks: readonly HealthCheck[];
  /** Our own version, for `/version`. */
  readonly version: string;
  /** By what the agents of nodes know us; without it there are no logs and no streams. */
  readonly nodes?: NodeCredentials | undefined;
  /** What answers in place of the API server's own heart. */
  readonly heart?: ReachableHeart;
  /** Paths that not every API server has. */
  readonly paths?: readonly PathHandler[];
}

/** More requests at once would only wait for each other, and hold their bodies meanwhile. */
const IN_FLIGHT_MAX = 2000;

/** What answers the requests that reach an API server over HTTP: resources, discovery, health. */
export function createHttpFront(
  { heart, table, parts }: Pick<ApiServer, 'heart' | 'table' | 'parts'>,
  given: HttpFrontParts,
): HttpHandler {
  const { clock, checks, version, paths = [] } = given;
  const meter = new RequestMeter(clock, IN_FLIGHT_MAX);
  // Who answers is there, and no log keeps anyone waiting here.
  const alive = ['ping', 'log'].map((name): HealthCheck => ({ name, check: () => undefined }));
  const health = new HealthHandler([...alive, ...checks]);
  return new HttpHandler({
    heart,
    ...given,
    table,
    meter,
    paths: [
      new DiscoveryHandler(table),
      health,
      new PathsHandler(table, health.paths()),
      versionHandler(version),
      lazily('/metrics', async () => {
        const { MetricsHandler } = await import('./metrics/handler.ts');
        return new MetricsHandler(meter, { store: parts.store, table });
      }),
      lazily('/openapi/', async () => {
        const { OpenApiHandler } = await import('./openapi/handler.ts');
        return new OpenApiHandler(table, version);
      }),
      ...paths,
    ],
  });
}

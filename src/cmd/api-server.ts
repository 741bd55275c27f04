import type { KeyObject } from 'node:crypto';
import { definitions } from '../api/definitions.ts';
import { type ApiServer, createApiServer, SERVICE_CIDRS } from '../apiserver/api-server.ts';
import { Authenticator, type TokenAuthenticator } from '../apiserver/auth/authenticator.ts';
import { clusterAuthorization } from '../apiserver/auth/cluster-authorizer.ts';
import { installPolicy, repairPolicy } from '../apiserver/auth/rbac/install-policy.ts';
import { hasPolicy } from '../apiserver/auth/rbac/policies.ts';
import { ServiceAccountTokens } from '../apiserver/auth/service-account-tokens.ts';
import { bootstrap } from '../apiserver/bootstrap.ts';
import { openidHandler } from '../apiserver/discovery/openid.ts';
import { startFlowControl } from '../apiserver/flow-control/flow-schema-status.ts';
import type { HealthCheck } from '../apiserver/health/handler.ts';
import { storeCheck } from '../apiserver/health/store-check.ts';
import type { NodeCredentials } from '../apiserver/http/backend.ts';
import { type Listening, type ListenOptions, listen } from '../apiserver/http/listen.ts';
import { postJson } from '../apiserver/http/webhook-client.ts';
import { createHttpFront } from '../apiserver/http-front.ts';
import { publishOwnService } from '../apiserver/own-service.ts';
import { startApiServiceAvailability } from '../apiserver/upkeep/api-service-availability.ts';
import { startCompaction } from '../apiserver/upkeep/compaction.ts';
import { startExpiry } from '../apiserver/upkeep/expiry.ts';
import type { Cancel, Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { KubeObject } from '../machinery/object.ts';
import type { Store } from '../store/store.ts';

export interface StartOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly store: Store<KubeObject>;
  readonly listen: ListenOptions;
  /** Who is known by a token, beside those with a certificate. */
  readonly tokens?: readonly TokenAuthenticator[];
  /** Gives the RSA key that signs tokens of service accounts; without it there are none. */
  readonly accountKey?: () => Promise<KeyObject>;
  /** The networks of which services get addresses, the preferred one first. */
  readonly serviceCidrs?: readonly string[];
  /** By what the agents of nodes know us; without it there are no logs and no streams. */
  readonly nodes?: NodeCredentials;
  /** Our own version, for `/version`. */
  readonly version?: string;
}

/** An API server that is reachable over the network and in this process. */
export interface RunningApiServer {
  readonly api: ApiServer;
  readonly listening: Listening;
  /** Ends watches, lets requests finish, and closes the socket. The store stays open. */
  stop(graceMs?: number): Promise<void>;
}

const GRACE_MS = 5000;

/** Starts an API server on the store. Rejects when its address can't be had. */
export async function startApiServer(options: StartOptions): Promise<RunningApiServer> {
  const { clock, random, logger, store, accountKey, serviceCidrs = SERVICE_CIDRS } = options;
  const { tokens = [], nodes, version = '0.0.0' } = options;
  const accountTokens = accountKey && new ServiceAccountTokens(store, clock, accountKey);
  // Under way while all else is put together: it is much, and has to be on the disk in the end.
  const roles = hasPolicy(store) ? undefined : installPolicy(store, clock, random);
  roles?.catch(() => {}); // Told below, if nothing else fails before.
  const { authorizer, policies } = clusterAuthorization(store);
  const api = createApiServer({
    clock,
    random,
    logger,
    store,
    definitions,
    post: (address, body, timeoutSeconds) => postJson(clock, address, body, timeoutSeconds),
    authorizer,
    policies,
    serviceCidrs,
    accountTokens,
    tokens,
  });
  let isStopping = false;
  const handler = createHttpFront(api, {
    clock,
    random,
    logger,
    authenticator: new Authenticator([...tokens, ...(accountTokens ? [accountTokens] : [])]),
    authorizer,
    checks: [storeCheck(store, clock), shutdownCheck(() => isStopping)],
    version,
    nodes,
    paths: accountTokens ? [openidHandler(accountTokens)] : [],
  });
  const listening = await bootstrap(api.heart)
    .then(() => {
      if (roles !== undefined) api.parts.watchCache.forget();
      return listen(clock, handler, options.listen);
    })
    .catch((error) => {
      api.close(); // It follows the store, which isn't there for long now.
      throw error;
    });
  const { host, port } = listening;
  await Promise.all([publishOwnService(api.heart, { serviceCidrs, host, port }), roles]);
  const endUpkeep = startUpkeep(api, options, roles === undefined);
  return {
    api,
    listening,
    async stop(graceMs = GRACE_MS) {
      isStopping = true;
      endUpkeep();
      api.close();
      await listening.close(graceMs);
    },
  };
}

/** Not ready any more, so that whoever balances between servers sends its requests elsewhere. */
const shutdownCheck = (isStopping: () => boolean): HealthCheck => ({
  name: 'shutdown',
  check: () => (isStopping() ? 'process is shutting down' : undefined),
  only: ['readyz'],
});

/** Starts what an API server does unasked. */
function startUpkeep(
  { heart, table }: ApiServer,
  { clock, logger, store }: StartOptions,
  mayLackRoles: boolean,
): Cancel {
  const parts = { heart, store, clock, logger };
  const upkeep = [
    soon(clock, () => (mayLackRoles ? startRepair(parts) : () => {})),
    soon(clock, () => startFlowControl(parts)),
    soon(clock, () => startApiServiceAvailability(parts)),
    startCompaction(store, clock, logger),
    startExpiry(parts, table),
  ];
  return () => {
    for (const cancel of upkeep) cancel();
  };
}

/** Gives an older cluster the roles that have come since, while nobody waits for it. */
function startRepair(parts: Pick<ApiServer, 'heart'> & Pick<StartOptions, 'store' | 'logger'>) {
  let isOver = false;
  repairPolicy(parts).catch((error) => {
    if (!isOver) parts.logger.error('the roles of the cluster were not looked after', { error });
  });
  return () => {
    isOver = true;
  };
}

const SOON_MS = 100;

/** Starts what nobody waits for a little later, so that nobody has to wait because of it. */
function soon(clock: Clock, start: () => Cancel): Cancel {
  let cancel = clock.after(SOON_MS, () => {
    cancel = start();
  });
  return () => cancel();
}

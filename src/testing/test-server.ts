import { Authenticator, staticTokens, userWith } from '../apiserver/auth/authenticator.ts';
import type { Authorizer } from '../apiserver/auth/authorizer.ts';
import { clusterAuthorization } from '../apiserver/auth/cluster-authorizer.ts';
import { installPolicy } from '../apiserver/auth/rbac/install-policy.ts';
import { hasPolicy } from '../apiserver/auth/rbac/policies.ts';
import { listen, type RequestHandlers } from '../apiserver/http/listen.ts';
import { createHttpFront } from '../apiserver/http-front.ts';
import { type Cancel, type Clock, every, systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { systemRandom } from '../base/random.ts';
import { toYaml } from '../machinery/yaml-writer.ts';
import type { World } from '../sim/world.ts';
import { assertKnown } from './known-options.ts';
import { OutsideActivity } from './outside-activity.ts';
import { OutsideHeart } from './outside-heart.ts';
import type { Passage } from './passage.ts';
import { makeServingIdentity } from './serving-identity.ts';

/** How a cluster is served to those outside of the process. */
export interface ServerOptions {
  /**
   * `real`: the cluster's time goes as the machine's does, and leaps where a method moves it; this
   * is the default. `stepped`: it moves only where a method moves it.
   */
  readonly time?: 'real' | 'stepped';
  /** Any that is free unless said. */
  readonly port?: number;
  /**
   * While a method moves time, it goes on when those outside have neither asked nor been told
   * anything for so long, in real milliseconds, and for longer on a busy machine; 50 unless said.
   */
  readonly patienceMs?: number;
}

/** A cluster's API on a socket of this machine. */
export interface TestServer {
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  /** The text of a kubeconfig for it, with full access. */
  readonly kubeconfig: string;
  /** Ends it, with all connections to it. The cluster goes on, its time stands still again. */
  readonly close: () => Promise<void>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

const TIMES = ['real', 'stepped'];
const HOST = '127.0.0.1';
const PATIENCE_MS = 50;
const TOKEN_BYTES = 32;
const ADMIN = userWith('kubernetes-admin', ['system:masters']);

/** Serves a world over HTTPS. Rejects when the port can't be had, or an option isn't known. */
export async function startTestServer(
  world: World,
  passage: Passage,
  options: ServerOptions,
): Promise<TestServer> {
  const { time, port, patienceMs } = checked(options);
  const activity = new OutsideActivity(systemClock, patienceMs);
  // Who is impersonated may what roles say: they are there as in every cluster.
  const authorizer = authorizerOf(world);
  if (!hasPolicy(world.store)) await installPolicy(world.store, world.clock, systemRandom);
  const token = Buffer.from(systemRandom.bytes(TOKEN_BYTES)).toString('hex');
  const front = createHttpFront(world.server, {
    clock: outsideClock(world.clock),
    random: systemRandom,
    logger: silentLogger,
    heart: new OutsideHeart({ world, authorizer, noted: activity.note }),
    authenticator: new Authenticator([staticTokens(new Map([[token, ADMIN]]))]),
    authorizer,
    checks: [],
    version: 'testing',
  });
  const tls = makeServingIdentity(systemClock, systemRandom);
  const handlers: RequestHandlers = {
    handle: (request, response) => front.handle(request, response),
    upgrade: (request, socket, head) => front.upgrade(request, socket, head),
    connected: activity.note,
  };
  const listening = await listen(systemClock, handlers, { host: HOST, port, tls });
  passage.await(activity);
  const stopTime = time === 'real' ? followRealTime(passage) : () => {};
  const close = async () => {
    stopTime();
    passage.forget(activity);
    await listening.close(0);
  };
  const url = `https://${HOST}:${listening.port}`;
  const kubeconfig = toYaml(kubeconfigOf({ url, ca: tls.ca, token }));
  return { url, kubeconfig, close, [Symbol.asyncDispose]: close };
}

function checked(options: ServerOptions): Required<ServerOptions> {
  assertKnown(options, ['time', 'port', 'patienceMs'], 'a server');
  const { time = 'real', port = 0, patienceMs = PATIENCE_MS } = options;
  if (!TIMES.includes(time)) throw new TypeError(`time is ${TIMES.join(' or ')}, not ${time}`);
  return { time, port, patienceMs };
}

const authorizers = new WeakMap<World, Authorizer>();

/** Who decides in a world from its first server on, also of what the API is asked who may do it. */
function authorizerOf(world: World): Authorizer {
  const authorizer = authorizers.get(world) ?? clusterAuthorization(world.store).authorizer;
  authorizers.set(world, authorizer);
  world.apiServer.authorizers.splice(0, world.apiServer.authorizers.length, authorizer);
  return authorizer;
}

/**
 * Connections live in the time of the machine, or a leap over an hour would end each watch; what is
 * told over them, such as how old a pod is, goes by the cluster's.
 */
const outsideClock = (cluster: Clock): Clock => ({ ...systemClock, now: () => cluster.now() });

const TICK_MS = 10;

/** Lets a cluster's time pass as the machine's does, except while a method moves it. */
function followRealTime(passage: Passage): Cancel {
  let lastMs = systemClock.monotonicMs();
  return every(systemClock, TICK_MS, () => {
    const nowMs = systemClock.monotonicMs();
    const ms = Math.floor(nowMs - lastMs);
    if (passage.isUnderWay) lastMs = nowMs;
    else {
      lastMs += ms;
      passage.pass(ms).catch(() => {}); // Whoever moves time next is told again.
    }
  });
}

const kubeconfigOf = ({ url, ca, token }: Readonly<Record<'url' | 'ca' | 'token', string>>) => {
  const name = 'tutti-testing';
  const certificate = Buffer.from(ca).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: url, 'certificate-authority-data': certificate } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
};

import assert from 'node:assert/strict';
import { definitions } from '../api/definitions.ts';
import { silentLogger } from '../base/logger.ts';
import { seededRandom } from '../base/random.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import type { ApiAnswer, ApiRequest, User } from '../machinery/api-request.ts';
import type { KubeObject } from '../machinery/object.ts';
import { isStatusError } from '../machinery/status.ts';
import { createMemoryStore } from '../store/memory.ts';
import type { Store } from '../store/store.ts';
import { type ApiServerParts, createApiServer } from './api-server.ts';
import { bootstrap } from './bootstrap.ts';
import { objectCodec } from './encoding/json.ts';
import type { Heart } from './heart.ts';
import type { ResourceTable } from './registry/resource-table.ts';

/** Who may do everything. */
export const ADMIN: User = { name: 'admin', groups: ['system:masters', 'system:authenticated'] };

type Asked = Partial<ApiRequest> & Pick<ApiRequest, 'verb' | 'plural'>;

/** A whole API server without a transport, on a store in memory, for tests. */
export interface TestHeart {
  readonly heart: Heart;
  readonly table: ResourceTable;
  readonly store: Store<KubeObject>;
  readonly clock: VirtualClock;
  /** The object or list that a request is answered with. Core kinds of version v1 unless said. */
  send(request: Asked, user?: User): Promise<KubeObject & Record<string, unknown>>;
  answer(request: Asked, user?: User): Promise<ApiAnswer>;
}

/** Starts one with the namespaces of a new cluster, seeded and at a time that stands still. */
export async function createTestHeart(
  given: Partial<ApiServerParts> & { readonly clock?: VirtualClock } = {},
): Promise<TestHeart> {
  const clock = given.clock ?? new VirtualClock();
  const store = given.store ?? createMemoryStore(objectCodec);
  const { heart, table } = createApiServer({
    random: seededRandom(7),
    logger: silentLogger,
    definitions,
    ...given,
    clock,
    store,
  });
  await bootstrap(heart);
  const answer = async (request: Asked, user: User = ADMIN): Promise<ApiAnswer> =>
    heart.handle({ group: '', version: 'v1', options: {}, ...request }, user);
  const send = async (request: Asked, user?: User) =>
    (await answer(request, user)).object as KubeObject & Record<string, unknown>;
  return { heart, table, store, clock, answer, send };
}

/** For `assert.rejects` and `assert.throws`: a StatusError with this code and message. */
export const refusal =
  (code: number, message: string | RegExp) =>
  (error: unknown): boolean => {
    assert.ok(isStatusError(error), String((error as Error)?.stack ?? error));
    if (typeof message === 'string') assert.equal(error.message, message);
    else assert.match(error.message, message);
    assert.equal(error.code, code);
    return true;
  };

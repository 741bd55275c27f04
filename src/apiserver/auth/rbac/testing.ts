import { seededRandom } from '../../../base/random.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import type { KubeObject } from '../../../machinery/object.ts';
import { createMemoryStore } from '../../../store/memory.ts';
import { objectCodec } from '../../encoding/json.ts';
import { createTestHeart, type TestHeart } from '../../testing.ts';
import { type ClusterAuthorization, clusterAuthorization } from '../cluster-authorizer.ts';
import { installPolicy } from './install-policy.ts';

const group = 'rbac.authorization.k8s.io';

/** A server whose users may what roles say, for tests. */
export interface RoleHeart extends TestHeart, ClusterAuthorization {
  /** Makes a role, or a binding, by the administrator; in `namespace` unless that is empty. */
  make(plural: string, namespace: string, body: object): Promise<KubeObject>;
}

/** Starts one with the roles of a new cluster. */
export async function createRoleHeart(): Promise<RoleHeart> {
  const clock = new VirtualClock();
  const store = createMemoryStore(objectCodec);
  const authorization = clusterAuthorization(store);
  const heart = await createTestHeart({ store, clock, ...authorization });
  await installPolicy(store, clock, seededRandom(1));
  const make: RoleHeart['make'] = (plural, namespace, body) =>
    heart.send({ verb: 'create', group, plural, ...(namespace && { namespace }), body });
  return { ...heart, ...authorization, make };
}

/** A user who has been authenticated. */
export const person = (name: string, ...groups: string[]) => ({
  name,
  groups: [...groups, 'system:authenticated'],
});

import type { KubeObject } from '../../machinery/object.ts';
import type { Store } from '../../store/store.ts';
import { type Authorizer, authorizerChain, superusers } from './authorizer.ts';
import { nodeAuthorizer } from './node-authorizer.ts';
import { Policies } from './rbac/policies.ts';
import { rbacAuthorizer } from './rbac/rbac-authorizer.ts';

/** Who decides in a cluster, and the roles that they decide by. */
export interface ClusterAuthorization {
  readonly authorizer: Authorizer;
  readonly policies: Policies;
}

/** As `--authorization-mode=Node,RBAC` of a kube-apiserver: superusers, nodes, roles. */
export function clusterAuthorization(
  store: Pick<Store<KubeObject>, 'snapshot' | 'watch'>,
): ClusterAuthorization {
  const policies = new Policies(store);
  const links = [superusers, nodeAuthorizer(store), rbacAuthorizer(policies)];
  return { authorizer: authorizerChain(links), policies };
}

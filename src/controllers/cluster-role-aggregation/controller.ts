import { clusterRoles } from '../../api/generated/rbac/v1/resources.ts';
import { type Controller, changesOf, wrote } from '../../client/controller.ts';
import { isStatusError } from '../../machinery/status.ts';
import { AGGREGATED, BY_AGGREGATION, type Informers } from '../informers.ts';
import type { ControllerTools } from '../tools.ts';
import { type Observed, reconcileClusterRole, type SetRules } from './reconcile.ts';

const NAME = 'clusterrole-aggregation-controller';

/** Keeps ClusterRoles that take in others, such as `admin`, up to date with those. */
export function clusterRoleAggregationController(
  tools: ControllerTools,
  { clusterRoles: cache }: Pick<Informers, 'clusterRoles'>,
): Controller<Observed, SetRules> {
  const client = tools.clientFor(NAME);

  return {
    name: NAME,
    sources: [
      // Few take in others, and which of them would a change concern may itself have changed.
      changesOf(cache, () =>
        cache.lister.byIndex(BY_AGGREGATION, AGGREGATED).map(({ metadata }) => metadata.name),
      ),
    ],

    observe(key) {
      const role = cache.lister.get(key);
      return role && { role, roles: [...cache.lister.list()] };
    },

    reconcile: reconcileClusterRole,

    async execute({ role, rules }) {
      const { apiVersion, kind } = role;
      const { name, uid } = role.metadata;
      const body = {
        apiVersion,
        kind,
        metadata: { name, uid }, // One that has gone meanwhile shall not come back by this.
        ...(rules.length > 0 && { rules }),
      };
      const options = { name: { name }, fieldManager: NAME, force: true };
      try {
        return wrote(cache, await client.apply(clusterRoles, body, options));
      } catch (error) {
        if (isStatusError(error, 'NotFound')) return undefined;
        throw error;
      }
    },
  };
}

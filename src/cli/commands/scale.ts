import { replicaSets } from '../../api/generated/apps/v1/resources.ts';
import { controllerOf, type KubeObject, type OwnerReference } from '../../machinery/object.ts';
import { isStatusError } from '../../machinery/status.ts';
import { findObject } from '../apply.ts';
import type { Cluster } from '../cluster.ts';
import { CommandError, command } from '../command.ts';
import { dryRunOption, namespaceOption, parseCount } from '../options.ts';
import { type Selection, selectNamed, titleOf } from '../selection.ts';

export const scale = command({
  name: 'scale',
  summary: 'Set how many replicas a workload has',
  details: `Example:
  tutti scale deploy/web --replicas 5`,
  arguments: [{ name: 'TYPE/NAME', description: 'What to scale', variadic: true }],
  options: {
    namespace: namespaceOption,
    replicas: { value: 'N', description: 'How many replicas' },
    'dry-run': dryRunOption,
  },
  async run({ arguments: words, options }, context) {
    if (options.replicas === undefined) {
      throw new CommandError('--replicas is missing', {
        isMisuse: true,
        advice: `Say how many: tutti scale ${words.join(' ')} --replicas 3`,
      });
    }
    const replicas = parseCount(options.replicas, 'replicas');
    const cluster = await context.openCluster();
    const dryRun = options['dry-run'];
    const namespace = options.namespace ?? cluster.namespace;
    for (const target of await selectNamed(cluster, words, { namespace })) {
      const patch = { type: 'merge', body: { spec: { replicas } } } as const;
      const how = { subresource: 'scale', ...(dryRun && { dryRun }) };
      try {
        await cluster.client.patch(target.resource, target, patch, how);
      } catch (error) {
        if (!isStatusError(error, 'NotFound', 'MethodNotAllowed')) throw error;
        throw await unscalable(cluster, target, { replicas, cause: error });
      }
      const suffix = dryRun ? ' (dry run)' : '';
      context.io.line(`${titleOf(target.resource)}/${target.name} scaled${suffix}`);
    }
    return 0;
  },
});

/** Why there was no scale to set: the object isn't there, or is of a kind that has none. */
async function unscalable(
  cluster: Pick<Cluster, 'client'>,
  { resource, name, namespace }: Selection & { readonly name: string },
  { replicas, cause }: { readonly replicas: number; readonly cause: unknown },
): Promise<CommandError> {
  const place = namespace ? ` -n ${namespace}` : '';
  const object = await findObject(cluster, resource, { name, namespace });
  if (!object) {
    const where = namespace ? ` in the namespace "${namespace}"` : '';
    return new CommandError(`there is no ${titleOf(resource)}/${name}${where}`, {
      cause,
      advice: `See what there is: tutti get ${resource.plural}${place}`,
    });
  }
  const owner = await scalerOf(cluster, object);
  return new CommandError(`${titleOf(resource)}/${name} has no number of replicas to set`, {
    cause,
    advice: owner
      ? `Scale what it belongs to: tutti scale ${owner.kind.toLowerCase()}/${owner.name}${place} --replicas ${replicas}`
      : `See what can be scaled: tutti get deployments,statefulsets,replicasets${place}`,
  });
}

/** What an object belongs to: of a ReplicaSet's pod the Deployment, which would undo any other. */
async function scalerOf(
  cluster: Pick<Cluster, 'client'>,
  object: KubeObject,
): Promise<OwnerReference | undefined> {
  const owner = controllerOf(object);
  if (owner?.kind !== 'ReplicaSet') return owner;
  const { namespace } = object.metadata;
  const set = await findObject(cluster, replicaSets, { name: owner.name, namespace });
  return (set && controllerOf(set)) ?? owner;
}

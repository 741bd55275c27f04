import { events } from '../../api/generated/core/v1/resources.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { isStatusError } from '../../machinery/status.ts';
import type { Cluster } from '../cluster.ts';
import { command } from '../command.ts';
import { describeObject } from '../describe.ts';
import { describeRelated } from '../describe-related.ts';
import { byTime } from '../event-order.ts';
import { namespaceOption, selectorOption } from '../options.ts';
import { itemsOf } from '../output.ts';
import { type Selection, selectResources } from '../selection.ts';

export const describe = command({
  name: 'describe',
  summary: 'Show all that is known of objects, with their events',
  details: `Examples:
  tutti describe pod/web-7d9c5-x2x4z
  tutti describe deploy -l app=web`,
  arguments: [{ name: 'TYPE[/NAME]', description: 'What to describe', variadic: true }],
  options: { namespace: namespaceOption, selector: selectorOption },
  async run({ arguments: words, options }, context) {
    const cluster = await context.openCluster();
    const namespace = options.namespace ?? cluster.namespace;
    const selections = await selectResources(cluster, words, { namespace });
    const found = await Promise.all(
      selections.map((selection) => fetchObjects(cluster, selection, options.selector)),
    );
    const all = found.flat();
    if (all.length === 0) context.io.note('No resources found');
    for (const [index, object] of all.entries()) {
      if (index > 0) context.io.line();
      const [about, related] = await Promise.all([
        eventsOf(cluster, object),
        relatedTo(cluster, object),
      ]);
      const time = { now: context.clock.now() };
      for (const line of describeObject(object, about, { ...time, related })) context.io.line(line);
    }
    return 0;
  },
});

async function fetchObjects(
  { client }: Cluster,
  { resource, namespace, name }: Selection,
  labelSelector: string | undefined,
): Promise<KubeObject[]> {
  if (name) return [await client.get(resource, { namespace, name })];
  const list = await client.list(resource, {
    namespace,
    ...(labelSelector && { labelSelector }),
  });
  return itemsOf(list, resource);
}

/** Who may not see what belongs to an object is shown the object all the same. */
async function relatedTo({ client }: Cluster, object: KubeObject): Promise<string[]> {
  try {
    return await describeRelated(client, object);
  } catch (error) {
    if (isStatusError(error, 'Forbidden')) return [];
    throw error;
  }
}

async function eventsOf({ client }: Cluster, { metadata }: KubeObject) {
  const { items } = await client.list(events, {
    namespace: metadata.namespace ?? 'default',
    fieldSelector: `involvedObject.uid=${metadata.uid}`,
  });
  return [...items].sort(byTime);
}

import type { Cluster } from '../../cli/cluster.ts';
import { type CommandContext, command } from '../../cli/command.ts';
import { namespaceOption } from '../../cli/options.ts';
import { formatValue, itemsOf, outputFormat } from '../../cli/output.ts';
import { selectResources } from '../../cli/selection.ts';
import { terminalText } from '../../cli/terminal-text.ts';
import { readText } from '../../client/http/connection.ts';
import { ClusterReader, type LogTail } from '../../explain/cluster-reader.ts';
import { explain } from '../../explain/explain.ts';
import type { Explanation } from '../../explain/explanation.ts';
import { linesOfAll } from '../../explain/lines.ts';
import { explainUnwell } from '../../explain/overview.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { isStatusError } from '../../machinery/status.ts';
import { isTuttiAt } from '../server-version.ts';

export const why = command({
  name: 'why',
  summary: 'Say what is the matter, and what would mend it',
  details: `Says what is the matter in one line, then what shows it, then the smallest changes that would
mend it. Where a pod has no node, they were tried on a copy of the cluster's state.
Without a name, whatever isn't well in the namespace is explained, and nodes that aren't. Works with
any Kubernetes API.

Exits with 0 when all is well, 1 when something isn't.

Examples:
  tutti why                            whatever isn't well in the namespace
  tutti why deploy/web
  tutti why pod/web-7d9c5-x2x4z -o json
  tutti why svc/web node/worker-1`,
  arguments: [
    {
      name: 'TYPE[/NAME]',
      description: 'What to explain; all that is not well unless said',
      optional: true,
      variadic: true,
    },
  ],
  options: {
    namespace: namespaceOption,
    output: { short: 'o', value: 'FORMAT', description: 'As json or yaml, for programs' },
  },
  async run({ arguments: words, options }, context) {
    const format = outputFormat(options.output, ['json', 'yaml']);
    const cluster = await context.openCluster();
    const namespace = options.namespace ?? cluster.namespace;
    const isTutti = await isTuttiAt(cluster.connection);
    const reader = new ClusterReader(cluster.client, logTailOf(cluster), { isTutti });
    const time = { now: context.clock.now() };
    const explainNamed = async () => {
      const objects = await namedObjects(cluster, words, namespace);
      return Promise.all(objects.map((object) => explain(object, reader, time)));
    };
    const shown = await (words.length > 0
      ? explainNamed()
      : explainUnwell(reader, namespace, time));
    if (format !== 'table') await context.io.write(formatValue(shown, format));
    else print(shown, context);
    return shown.every(({ state }) => state === 'well') ? 0 : 1;
  },
});

function print(shown: readonly Explanation[], { io }: CommandContext): void {
  for (const line of linesOfAll(shown)) io.line(terminalText(line));
  if (shown.length === 0) io.line('ok  nothing that is known of is wrong');
}

async function namedObjects(
  cluster: Cluster,
  words: readonly string[],
  namespace: string,
): Promise<KubeObject[]> {
  const { client } = cluster;
  const selections = await selectResources(cluster, words, { namespace });
  const found = selections.map(async ({ resource, name, namespace: place }) => {
    if (name) return [await client.get(resource, { name, namespace: place })];
    return itemsOf(await client.list(resource, { namespace: place }), resource);
  });
  return (await Promise.all(found)).flat();
}

/** Log lines by the API; a node that can't be reached has none to show. */
const logTailOf =
  ({ connection }: Cluster): LogTail =>
  async ({ metadata }, container, { previous, lines }) => {
    const { namespace, name } = metadata;
    const query = new URLSearchParams({ container, tailLines: String(lines) });
    if (previous) query.set('previous', 'true');
    const path = `/api/v1/namespaces/${namespace}/pods/${name}/log?${query}`;
    try {
      const text = await readText(await connection.open({ method: 'GET', path }));
      return text.split('\n').filter(Boolean);
    } catch (error) {
      if (isStatusError(error)) return undefined;
      throw error;
    }
  };

import { pods } from '../../api/generated/core/v1/resources.ts';
import type { Pod } from '../../api/generated/core/v1/types.ts';
import { LabelSelector } from '../../machinery/selector/label-selector.ts';
import type { Cluster } from '../cluster.ts';
import { type CommandContext, CommandError, command } from '../command.ts';
import { namespaceOption, parseCount, parseDuration, selectorOption } from '../options.ts';
import { selectNamed } from '../selection.ts';

export const logs = command({
  name: 'logs',
  summary: 'Print what containers write',
  details: `Examples:
  tutti logs web-7d9c5-x2x4z
  tutti logs deploy/web -f             all its pods, as they write
  tutti logs -l app=web --tail 20
  tutti logs web-7d9c5-x2x4z -p        of the run before this one`,
  arguments: [
    {
      name: 'POD|TYPE/NAME',
      description: 'A pod, or a workload for all of its pods',
      optional: true,
    },
  ],
  options: {
    namespace: namespaceOption,
    selector: selectorOption,
    container: { short: 'c', value: 'NAME', description: 'One container; all unless said' },
    follow: { short: 'f', description: 'Go on as they write' },
    previous: { short: 'p', description: 'Of the run before this one' },
    timestamps: { description: 'Put the time before each line' },
    tail: { value: 'N', description: 'Only the last N lines' },
    since: { value: 'DURATION', description: 'Only what is not older, such as 5m' },
  },
  async run({ arguments: [word], options }, context) {
    const cluster = await context.openCluster();
    const namespace = options.namespace ?? cluster.namespace;
    const found = await findPods(cluster, word, { namespace, selector: options.selector });
    const query = new URLSearchParams();
    for (const flag of ['follow', 'previous', 'timestamps'] as const) {
      if (options[flag]) query.set(flag, 'true');
    }
    if (options.tail) query.set('tailLines', String(parseCount(options.tail, 'tail')));
    if (options.since) {
      const sinceMs = parseDuration(options.since, 'since');
      query.set('sinceSeconds', String(Math.max(1, Math.ceil(sinceMs / 1000))));
    }
    const streams = found.flatMap((pod) =>
      containersOf(pod, options.container).map((container) => ({ pod, container })),
    );
    const printers = streams.map(({ pod, container }) => {
      const prefix = streams.length > 1 ? `[${pod.metadata.name}/${container}] ` : '';
      return () => print(cluster, pod, container, { query, prefix, context });
    });
    if (options.follow) await Promise.all(printers.map((printer) => printer()));
    else for (const printer of printers) await printer();
    return 0;
  },
});

async function findPods(
  { client, ...cluster }: Cluster,
  word: string | undefined,
  { namespace, selector }: { readonly namespace: string; readonly selector: string | undefined },
): Promise<readonly Pod[]> {
  if (word === undefined) {
    if (!selector) {
      throw new CommandError('whose logs?', {
        advice: 'Name a pod or workload, or select with -l.',
      });
    }
    const { items } = await client.list(pods, { namespace, labelSelector: selector });
    if (items.length === 0) throw new CommandError(`no pod in ${namespace} matches ${selector}`);
    return items;
  }
  if (!word.includes('/')) return [await client.get(pods, { namespace, name: word })];
  const [target] = await selectNamed({ client, ...cluster }, [word], { namespace });
  const object = await client.get(target!.resource, target!);
  if (object.kind === 'Pod') return [object as unknown as Pod];
  const { spec } = object as unknown as { spec?: { selector?: Record<string, never> } };
  if (!spec?.selector) throw new CommandError(`${word} has no pods of its own`);
  const isPlain = object.kind === 'Service' || object.kind === 'ReplicationController';
  const chosen = isPlain
    ? LabelSelector.ofLabels(spec.selector)
    : LabelSelector.from(spec.selector);
  const { items } = await client.list(pods, { namespace, labelSelector: chosen.toString() });
  if (items.length === 0) throw new CommandError(`${word} has no pods`);
  return items;
}

function containersOf({ metadata, spec }: Pod, wanted: string | undefined): string[] {
  const main = spec.containers.map(({ name }) => name);
  const all = [...main, ...(spec.initContainers ?? []).map(({ name }) => name)];
  if (wanted === undefined) return main;
  if (all.includes(wanted)) return [wanted];
  throw new CommandError(`pod ${metadata.name} has no container "${wanted}"`, {
    advice: `It has ${all.join(', ')}.`,
  });
}

async function print(
  cluster: Cluster,
  { metadata }: Pod,
  container: string,
  {
    query,
    prefix,
    context,
  }: { readonly query: URLSearchParams; readonly prefix: string; readonly context: CommandContext },
): Promise<void> {
  const wanted = new URLSearchParams(query);
  wanted.set('container', container);
  const { io, signal } = context;
  const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}/log?${wanted}`;
  try {
    const response = await cluster.connection.open({ method: 'GET', path, signal });
    if (!prefix) {
      for await (const chunk of response) await io.write(chunk as Uint8Array);
      return;
    }
    let rest = '';
    response.setEncoding('utf8');
    for await (const chunk of response) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) io.line(prefix + line);
    }
    if (rest) io.line(prefix + rest);
  } catch (error) {
    if (!signal.aborted) throw error; // Ctrl-C is how one stops following.
  }
}

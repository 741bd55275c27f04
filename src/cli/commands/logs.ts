import { pods } from '../../api/generated/core/v1/resources.ts';
import type { Pod } from '../../api/generated/core/v1/types.ts';
import { createLogger } from '../../base/logger.ts';
import { LabelSelector } from '../../machinery/selector/label-selector.ts';
import { isStatusError } from '../../machinery/status.ts';
import type { Cluster } from '../cluster.ts';
import { type CommandContext, CommandError, command } from '../command.ts';
import { failureOf } from '../failure.ts';
import { linesOf } from '../lines.ts';
import { type FollowedPods, followRuns, type Run } from '../log-follower.ts';
import { namespaceOption, parseCount, parseDuration, selectorOption } from '../options.ts';
import { selectNamed } from '../selection.ts';

export const logs = command({
  name: 'logs',
  summary: 'Print what containers write',
  details: `Examples:
  tutti logs web-7d9c5-x2x4z
  tutti logs deploy/web -f             all its pods, as they come and write
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
    const query = queryFor(options);
    const cluster = await context.openCluster();
    const namespace = options.namespace ?? cluster.namespace;
    const goesOn = options.follow && !options.previous;
    const { selector } = options;
    const found = await findPods(cluster, word, { namespace, selector, mayBeNone: goesOn });
    const streams = found.pods.flatMap((pod) =>
      containersOf(pod, options.container).map((container) => ({ pod, container })),
    );
    const { labelSelector } = found;
    if (goesOn && labelSelector !== undefined) {
      if (found.pods.length === 0) context.io.note('No pods yet');
      const followed = { namespace, labelSelector, container: options.container };
      await followAll(cluster, followed, { query, context });
      return 0;
    }
    let failures = 0;
    const printers = streams.map((stream) => async () => {
      const prefix = prefixOf(stream, streams);
      try {
        await print(cluster, stream, { query, prefix, context });
      } catch (error) {
        if (streams.length === 1) throw error;
        noteFailure(error, prefix, context);
        failures++;
      }
    });
    if (options.follow) await Promise.all(printers.map((printer) => printer()));
    else for (const printer of printers) await printer();
    return failures > 0 ? 1 : 0;
  },
});

/** Prints what all pods of a selector write, those that come later included. */
function followAll(
  cluster: Cluster,
  followed: FollowedPods,
  { query, context }: { readonly query: URLSearchParams; readonly context: CommandContext },
): Promise<void> {
  const { clock, random, io, signal } = context;
  const logger = createLogger(({ level, message, fields: { error } }) => {
    if (level === 'warn' && error) io.note(`${message}: ${(error as Error).message}`);
  });
  const printRun = async ({ pod, container, isNew }: Run): Promise<void> => {
    const isOnly = followed.container !== undefined || pod.spec.containers.length === 1;
    const prefix = `[${pod.metadata.name}${isOnly ? '' : `/${container}`}] `;
    const wanted = isNew ? fromTheBeginning(query) : query;
    try {
      await print(cluster, { pod, container }, { query: wanted, prefix, context });
    } catch (error) {
      noteFailure(error, prefix, context);
    }
  };
  return followRuns({ clock, random, logger, client: cluster.client }, followed, printRun, signal);
}

/** What began while one was looking is shown whole: nobody has seen any of it. */
function fromTheBeginning(query: URLSearchParams): URLSearchParams {
  const whole = new URLSearchParams(query);
  for (const bound of ['tailLines', 'sinceSeconds']) whole.delete(bound);
  return whole;
}

/** Tells why one stream failed: others may have something to say all the same. */
function noteFailure(error: unknown, prefix: string, { io }: CommandContext): void {
  if (!isStatusError(error) || error.cause) throw error; // No stream's own.
  for (const line of failureOf(error).lines) io.note(prefix + line);
}

interface LogOptions {
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly tail: string | undefined;
  readonly since: string | undefined;
}

function queryFor(options: LogOptions): URLSearchParams {
  const query = new URLSearchParams();
  for (const flag of ['follow', 'previous', 'timestamps'] as const) {
    if (options[flag]) query.set(flag, 'true');
  }
  if (options.tail !== undefined) {
    query.set('tailLines', String(parseCount(options.tail, 'tail')));
  }
  if (options.since !== undefined) {
    const sinceMs = parseDuration(options.since, 'since');
    query.set('sinceSeconds', String(Math.max(1, Math.ceil(sinceMs / 1000))));
  }
  return query;
}

interface Stream {
  readonly pod: Pod;
  readonly container: string;
}

/** Says whose line it is, where several are printed. */
function prefixOf({ pod, container }: Stream, streams: readonly Stream[]): string {
  if (streams.length === 1) return '';
  const isOnly = streams.filter((other) => other.pod === pod).length === 1;
  return isOnly ? `[${pod.metadata.name}] ` : `[${pod.metadata.name}/${container}] `;
}

interface Found {
  readonly pods: readonly Pod[];
  /** What selects them, and others that come; undefined for a pod that was named. */
  readonly labelSelector?: string;
}

interface Search {
  readonly namespace: string;
  readonly selector: string | undefined;
  /** Whether it is all right that there are none. */
  readonly mayBeNone: boolean;
}

async function findPods(
  cluster: Cluster,
  word: string | undefined,
  search: Search,
): Promise<Found> {
  const { client } = cluster;
  const { namespace, selector } = search;
  if (word === undefined || selector !== undefined) {
    if (word !== undefined || !selector) {
      throw new CommandError(word ? 'both a name and a selector were given' : 'whose logs?', {
        advice: 'Name a pod or workload, or select pods with -l.',
      });
    }
    const none = new CommandError(`no pod in the namespace ${namespace} matches ${selector}`, {
      advice: '"tutti get pods -A" shows what there is.',
    });
    return selectPods(cluster, selector, search, none);
  }
  if (!word.includes('/')) return { pods: [await client.get(pods, { namespace, name: word })] };
  const [target] = await selectNamed(cluster, [word], { namespace });
  const object = await client.get(target!.resource, target!);
  if (object.kind === 'Pod') return { pods: [object as unknown as Pod] };
  const none = new CommandError(`${word} has no pods`, {
    advice: `"tutti describe ${word}" may tell why.`,
  });
  return selectPods(cluster, podsOf(object, word), search, none);
}

async function selectPods(
  { client }: Cluster,
  labelSelector: string,
  { namespace, mayBeNone }: Search,
  none: CommandError,
): Promise<Found> {
  const { items } = await client.list(pods, { namespace, labelSelector });
  if (items.length === 0 && !mayBeNone) throw none;
  return { pods: items, labelSelector };
}

/** Selects the pods of a workload or Service. */
function podsOf(object: { readonly kind: string }, word: string): string {
  const { spec } = object as unknown as { spec?: { selector?: Record<string, never> } };
  if (!spec?.selector) {
    throw new CommandError(`${word} has no pods of its own`, {
      advice: 'Name a pod, or what has pods: a Deployment, a Job, a Service.',
    });
  }
  const isPlain = object.kind === 'Service' || object.kind === 'ReplicationController';
  const selector = isPlain
    ? LabelSelector.ofLabels(spec.selector)
    : LabelSelector.from(spec.selector);
  return selector.toString();
}

function containersOf({ metadata, spec }: Pod, wanted: string | undefined): string[] {
  const main = spec.containers.map(({ name }) => name);
  const all = [...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])]
    .map(({ name }) => name)
    .concat(main);
  if (wanted === undefined) return main;
  if (all.includes(wanted)) return [wanted];
  throw new CommandError(`pod ${metadata.name} has no container "${wanted}"`, {
    advice: `It has ${all.join(', ')}.`,
  });
}

async function print(
  cluster: Cluster,
  { pod: { metadata }, container }: Stream,
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
    if (prefix) for await (const line of linesOf(response)) io.line(prefix + line);
    else for await (const chunk of response) await io.write(chunk as Uint8Array);
  } catch (error) {
    if (!signal.aborted) throw error; // Ctrl-C is how one stops following.
  }
}

import { events as eventsResource } from '../../api/generated/core/v1/resources.ts';
import type { Event } from '../../api/generated/core/v1/types.ts';
import { humanDuration } from '../../api/human-duration.ts';
import { parseTime } from '../../base/clock.ts';
import type { Cluster } from '../cluster.ts';
import { type CommandContext, command } from '../command.ts';
import { byTime, lastSeen } from '../event-order.ts';
import { allNamespacesOption, namespaceOption, outputOption } from '../options.ts';
import { itemsOf, type OutputFormat, outputFormat, printObjects } from '../output.ts';
import { selectNamed } from '../selection.ts';
import { TableWriter } from '../table.ts';

export const events = command({
  name: 'events',
  summary: 'Tell what happened lately, the newest last',
  details: `Examples:
  tutti events
  tutti events --for pod/web-7d9c5-x2x4z
  tutti events -A --types Warning -w       and what happens from now on`,
  options: {
    namespace: namespaceOption,
    'all-namespaces': allNamespacesOption,
    for: { value: 'TYPE/NAME', description: 'Only about this object' },
    types: {
      value: 'TYPE',
      choices: ['Normal', 'Warning'],
      description: 'Only events of this type',
    },
    watch: { short: 'w', description: 'Go on as they happen' },
    'no-headers': { description: 'Leave the headings out' },
    output: outputOption,
  },
  async run({ options }, context) {
    const format = outputFormat(options.output);
    const cluster = await context.openCluster();
    const own = options.namespace ?? cluster.namespace;
    const namespace = options['all-namespaces'] ? undefined : own;
    const fieldSelector = await selectorFor(cluster, { ...options, namespace: own });
    const selection = { namespace, ...(fieldSelector && { fieldSelector }) };
    const list = await cluster.client.list(eventsResource, selection);
    const found = itemsOf(list, eventsResource) as unknown as Event[];
    found.sort(byTime);
    const print = printer(context, {
      format,
      withNamespace: options['all-namespaces'],
      withHeadings: !options['no-headers'],
    });
    if (found.length === 0 && !options.watch) context.io.note('No events found');
    else await print(found);
    if (options.watch) {
      const { resourceVersion } = list.metadata;
      await follow(
        cluster,
        context,
        { ...selection, ...(resourceVersion && { resourceVersion }) },
        print,
      );
    }
    return 0;
  },
});

/** Narrows events down on the server's side. */
async function selectorFor(
  cluster: Cluster,
  wanted: {
    readonly for: string | undefined;
    readonly types: string | undefined;
    readonly namespace: string;
  },
): Promise<string> {
  const terms: string[] = wanted.types ? [`type=${wanted.types}`] : [];
  if (wanted.for !== undefined) {
    const [target] = await selectNamed(cluster, [wanted.for], wanted);
    const { resource, name } = target!;
    terms.push(`involvedObject.kind=${resource.kind}`, `involvedObject.name=${name}`);
  }
  return terms.join(',');
}

type Print = (events: readonly Event[]) => Promise<void>;

/** Resolves when the signal aborts; rejects when the watch ends with a failure. */
function follow(
  { client }: Cluster,
  { signal }: CommandContext,
  selection: Parameters<Cluster['client']['watch']>[1],
  print: Print,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = client.watch(eventsResource, selection, {
      next: ({ type, object }) => {
        if (type === 'ADDED' || type === 'MODIFIED') void print([object]);
      },
      end: (error) => (error ? reject(error) : resolve()),
    });
    const stop = () => {
      cancel();
      resolve();
    };
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
  });
}

interface Style {
  readonly format: OutputFormat;
  readonly withNamespace: boolean;
  readonly withHeadings: boolean;
}

function printer({ io, clock }: CommandContext, style: Style): Print {
  const { format, withNamespace } = style;
  const writer = new TableWriter();
  let { withHeadings } = style;
  return async (events) => {
    if (format === 'json' || format === 'yaml') {
      return printObjects(io, events, { format, isOne: false });
    }
    if (format === 'name') {
      for (const { metadata } of events) io.line(`event/${metadata.name}`);
      return;
    }
    const isWide = format === 'wide';
    const rows = events.map((event) => rowOf(event, clock.now(), { isWide, withNamespace }));
    const headings = [
      ...(withNamespace ? ['NAMESPACE'] : []),
      ...['LAST SEEN', 'TYPE', 'REASON', 'OBJECT'],
      ...(isWide ? ['SOURCE', 'FIRST SEEN'] : []),
      'MESSAGE',
    ];
    for (const line of writer.lines([...(withHeadings ? [headings] : []), ...rows])) io.line(line);
    withHeadings = false;
  };
}

function rowOf(
  event: Event,
  now: number,
  { isWide, withNamespace }: { readonly isWide: boolean; readonly withNamespace: boolean },
): string[] {
  const { involvedObject, type, reason, message, count, series, metadata, source } = event;
  const seen = series?.count ?? count ?? 1;
  const age = humanDuration(now - lastSeen(event));
  const first = parseTime(event.firstTimestamp ?? metadata.creationTimestamp) ?? now;
  return [
    ...(withNamespace ? [metadata.namespace ?? ''] : []),
    seen > 1 ? `${age} (x${seen})` : age,
    type ?? '',
    reason ?? '',
    `${involvedObject.kind?.toLowerCase()}/${involvedObject.name}`,
    ...(isWide
      ? [source?.component || event.reportingComponent || '', humanDuration(now - first)]
      : []),
    (message ?? '').trim().replaceAll('\n', ' '),
  ];
}

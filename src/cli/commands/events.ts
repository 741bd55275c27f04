import { events as eventsResource } from '../../api/generated/core/v1/resources.ts';
import type { Event } from '../../api/generated/core/v1/types.ts';
import { humanDuration } from '../../api/human-duration.ts';
import { parseTime } from '../../base/clock.ts';
import { type CommandContext, command } from '../command.ts';
import { formatTable } from '../io.ts';
import { allNamespacesOption, namespaceOption, outputOption } from '../options.ts';
import { outputFormat, printObject } from '../output.ts';

export const events = command({
  name: 'events',
  summary: 'Tell what happened lately, the newest last',
  details: `Examples:
  tutti events
  tutti events --for pod/web-7d9c5-x2x4z
  tutti events -A --types Warning`,
  options: {
    namespace: namespaceOption,
    'all-namespaces': allNamespacesOption,
    for: { value: 'TYPE/NAME', description: 'Only about this object' },
    types: { value: 'TYPE', description: 'Only events of this type: Normal or Warning' },
    output: outputOption,
  },
  async run({ options }, context) {
    const cluster = await context.openCluster();
    const namespace = options['all-namespaces']
      ? undefined
      : (options.namespace ?? cluster.namespace);
    const { items } = await cluster.client.list(eventsResource, { namespace });
    const [, wantedName] = options.for?.split('/') ?? [];
    const found = items
      .filter(({ involvedObject }) => !wantedName || involvedObject.name === wantedName)
      .filter(({ type }) => !options.types || type === options.types)
      .toSorted((a, b) => lastSeen(a) - lastSeen(b));
    const format = outputFormat(options.output);
    if (format === 'json' || format === 'yaml') {
      await printObject(
        context.io,
        { apiVersion: 'v1', kind: 'EventList', metadata: {}, items: found as never },
        format,
      );
      return 0;
    }
    if (found.length === 0) context.io.note('No events found');
    else printRows(found, { context, withNamespace: options['all-namespaces'] });
    return 0;
  },
});

const lastSeen = (event: Event): number =>
  parseTime(event.lastTimestamp ?? undefined) ??
  parseTime(event.eventTime ?? undefined) ??
  parseTime(event.metadata.creationTimestamp) ??
  0;

function printRows(
  found: readonly Event[],
  { context, withNamespace }: { readonly context: CommandContext; readonly withNamespace: boolean },
): void {
  const { io, clock } = context;
  const rows = found.map((event) => {
    const { involvedObject, type, reason, message, count } = event;
    const times = (count ?? 1) > 1 ? ` (x${count})` : '';
    const about = `${involvedObject.kind?.toLowerCase()}/${involvedObject.name}`;
    const cells = [
      humanDuration(clock.now() - lastSeen(event)) + times,
      type ?? '',
      reason ?? '',
      about,
    ];
    return [
      ...(withNamespace ? [event.metadata.namespace ?? ''] : []),
      ...cells,
      message?.trim() ?? '',
    ];
  });
  const headings = ['LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'];
  for (const line of formatTable(withNamespace ? ['NAMESPACE', ...headings] : headings, rows)) {
    io.line(line);
  }
}

import type { Cluster } from '../../cli/cluster.ts';
import { command } from '../../cli/command.ts';
import { readManifests } from '../../cli/manifests.ts';
import {
  filenameOption,
  forceConflictsOption,
  namespaceOption,
  parseDuration,
} from '../../cli/options.ts';
import { formatValue, outputFormat } from '../../cli/output.ts';
import { createHttpTransport } from '../../client/http/transport.ts';
import { createClient } from '../../client/typed-client.ts';
import { linesOfPlan } from '../../plan/lines.ts';
import { clientSource, type LiveSource, metadataPagesOver } from '../../plan/live-source.ts';
import { plan as makePlan } from '../../plan/plan.ts';
import { readOnly } from '../../plan/read-only.ts';
import { isTuttiAt } from '../server-version.ts';

const EXIT_CODES = { unchanged: 0, changes: 2, fails: 1 } as const;

export const plan = command({
  name: 'plan',
  summary: 'Show what applying manifests would do, trying it out',
  details: `Reads the cluster's state, applies the manifests to a copy of it, lets the real controllers and
scheduler work on that in virtual time until nothing changes any more, and tells what became of it:
what is refused, which pods restart and why, where they land, how few are ready at times, what
doesn't come to run and what would mend it. Pods are expected to start as fast as those alike have.

Nothing is written to the cluster. Works with any Kubernetes API.

Exits with 0 when nothing would change, 2 when something would, 1 when it would fail.

Examples:
  tutti plan -f app.yaml
  tutti plan -f manifests/ -n staging --timeline
  tutti plan -f app.yaml --delete            what deleting it would do
  tutti plan -f app.yaml -o json`,
  options: {
    filename: filenameOption,
    namespace: namespaceOption,
    'force-conflicts': forceConflictsOption,
    delete: { description: 'Show what deleting them would do' },
    timeline: { description: 'Show what happens when' },
    within: {
      value: 'DURATION',
      default: '20m',
      description: 'How long to rehearse at most when it does not come to rest',
    },
    output: { short: 'o', value: 'FORMAT', description: 'As json or yaml, for programs' },
  },
  async run({ options }, context) {
    const { io, clock } = context;
    const format = outputFormat(options.output, ['json', 'yaml']);
    const withinMs = parseDuration(options.within, 'within');
    const manifests = await readManifests(options.filename, io);
    const cluster = await context.openCluster();
    const wish = {
      manifests,
      namespace: options.namespace,
      contextNamespace: cluster.namespace,
      force: options['force-conflicts'],
      isDeletion: options.delete,
    };
    const isTutti = await isTuttiAt(readOnly(cluster.connection));
    const found = await makePlan(sourceOf(cluster), wish, { now: clock.now(), withinMs, isTutti });
    if (format !== 'table') await io.write(formatValue(found, format));
    else {
      const { hasColours, isTerminal } = io;
      const namespace = options.namespace ?? cluster.namespace;
      const style = { hasColours, hasBars: isTerminal, namespace };
      const lines = linesOfPlan(found, { ...style, hasTimeline: options.timeline });
      for (const line of lines) io.line(line);
    }
    return EXIT_CODES[found.outcome];
  },
});

/** The cluster, over a connection on which nothing can be written. */
function sourceOf(cluster: Cluster): LiveSource {
  const connection = readOnly(cluster.connection);
  const client = createClient(createHttpTransport(connection), { fieldManager: 'tutti' });
  return clientSource(client, () => cluster.resources(), metadataPagesOver(connection));
}

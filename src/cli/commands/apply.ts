import type { KubeObject } from '../../machinery/object.ts';
import { applyPlanned, planApply } from '../apply.ts';
import { CommandError, command } from '../command.ts';
import { failureOf } from '../failure.ts';
import { readManifests } from '../manifests.ts';
import {
  dryRunOption,
  filenameOption,
  forceConflictsOption,
  namespaceOption,
  outputOption,
} from '../options.ts';
import { outputFormat, printObjects } from '../output.ts';
import { titleOf } from '../selection.ts';

export const apply = command({
  name: 'apply',
  summary: 'Create objects from manifests, or change them to match',
  details: `Applies on the server's side (field manager "tutti"): fields that others set stay theirs. Nothing
is written when a manifest can't be read or is of a kind that the server doesn't have.

Examples:
  tutti apply -f app.yaml
  tutti apply -f manifests/ -n staging
  cat app.yaml | tutti apply -f -
  tutti apply -f app.yaml --dry-run          what the server would do`,
  options: {
    filename: filenameOption,
    namespace: namespaceOption,
    'force-conflicts': forceConflictsOption,
    'dry-run': dryRunOption,
    output: outputOption,
  },
  async run({ options }, context) {
    const { io } = context;
    const format = outputFormat(options.output);
    const manifests = await readManifests(options.filename, io);
    const cluster = await context.openCluster();
    const dryRun = options['dry-run'];
    const mode = { force: options['force-conflicts'], dryRun };
    const applied: KubeObject[] = [];
    const failures: CommandError[] = [];
    for (const planned of await planApply(cluster, manifests, options.namespace)) {
      try {
        const { object, outcome, resource } = await applyPlanned(cluster, planned, context, mode);
        const title = `${titleOf(resource)}/${object.metadata.name}`;
        applied.push(object);
        if (format === 'name') io.line(title);
        else if (format !== 'json' && format !== 'yaml') {
          io.line(`${title} ${outcome}${dryRun ? ' (dry run)' : ''}`);
        }
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        failures.push(error); // The others don't depend on it, or will say so themselves.
      }
    }
    if (format === 'json' || format === 'yaml') await printObjects(io, applied, { format });
    for (const failure of failures) for (const line of failureOf(failure).lines) io.note(line);
    return failures.length > 0 ? 1 : 0;
  },
});

import type { KubeObject } from '../../machinery/object.ts';
import { isStatusError } from '../../machinery/status.ts';
import type { Cluster } from '../cluster.ts';
import { CommandError, command } from '../command.ts';
import { resourceOfKind, type ServedResource } from '../discovery.ts';
import { type Manifest, readManifests } from '../manifests.ts';
import { filenameOption, namespaceOption, outputOption } from '../options.ts';
import { outputFormat, printObject } from '../output.ts';

export const apply = command({
  name: 'apply',
  summary: 'Create objects from manifests, or change them to match',
  details: `Applies on the server's side (field manager "tutti"): fields that others set stay theirs.

Examples:
  tutti apply -f app.yaml
  tutti apply -f manifests/ -n staging
  cat app.yaml | tutti apply -f -
  tutti apply -f app.yaml --dry-run          what the server would do`,
  options: {
    filename: filenameOption,
    namespace: namespaceOption,
    'force-conflicts': { description: 'Take over fields that others manage' },
    'dry-run': { description: 'Let the server check and answer, but change nothing' },
    output: outputOption,
  },
  async run({ options }, context) {
    const { io } = context;
    const format = outputFormat(options.output);
    const manifests = await readManifests(options.filename, io);
    const cluster = await context.openCluster();
    const applied: KubeObject[] = [];
    for (const manifest of manifests) {
      const { object, outcome, resource } = await applyManifest(cluster, manifest, {
        namespace: options.namespace,
        force: options['force-conflicts'],
        dryRun: options['dry-run'],
      });
      applied.push(object);
      const suffix = options['dry-run'] ? ' (dry run)' : '';
      if (format === 'name') io.line(`${titleOf(resource)}/${manifest.name}`);
      if (format === 'table' || format === 'wide') {
        io.line(`${titleOf(resource)}/${manifest.name} ${outcome}${suffix}`);
      }
    }
    if (format === 'json' || format === 'yaml') {
      const list = { apiVersion: 'v1', kind: 'List', metadata: {}, items: applied };
      const [only] = applied;
      await printObject(io, applied.length === 1 && only ? only : list, format);
    }
    return 0;
  },
});

/** `deployment.apps`: a resource as messages name it before the slash. */
export const titleOf = ({ singular, group }: ServedResource): string =>
  group ? `${singular}.${group}` : singular;

export interface Applied {
  readonly object: KubeObject;
  readonly outcome: 'created' | 'configured' | 'unchanged';
  readonly resource: ServedResource;
}

/** Applies one manifest on the server's side. Throws CommandError that names its file. */
export async function applyManifest(
  cluster: Cluster,
  manifest: Manifest,
  {
    namespace,
    force,
    dryRun,
  }: { namespace?: string | undefined; force?: boolean; dryRun?: boolean },
): Promise<Applied> {
  const resource = resourceFor(await cluster.resources(), manifest);
  const place = resource.namespaced
    ? { namespace: manifest.namespace ?? namespace ?? cluster.namespace }
    : {};
  if (manifest.namespace && namespace && manifest.namespace !== namespace) {
    throw new CommandError(
      `${manifest.origin}: the namespace is "${manifest.namespace}", not "${namespace}" as --namespace says`,
    );
  }
  const name = { ...place, name: manifest.name };
  const metadata = { ...(manifest.object.metadata as object), ...place };
  try {
    const before = await currentOf(cluster, resource, name);
    const object = await cluster.client.apply(
      resource,
      { ...manifest.object, metadata },
      {
        fieldManager: 'tutti',
        fieldValidation: 'Strict',
        name,
        ...(force && { force }),
        ...(dryRun && { dryRun }),
      },
    );
    return { object, outcome: outcomeOf(before, object), resource };
  } catch (error) {
    if (!isStatusError(error)) throw error;
    throw new CommandError(`${manifest.origin}: ${error.message}`, {
      cause: error,
      ...(error.reason === 'Conflict' && {
        advice: 'Another manager set these fields. Take them over with --force-conflicts.',
      }),
    });
  }
}

async function currentOf(
  { client }: Cluster,
  resource: ServedResource,
  name: { namespace?: string; name: string },
): Promise<KubeObject | undefined> {
  try {
    return await client.get(resource, name);
  } catch (error) {
    if (isStatusError(error, 'NotFound')) return undefined;
    throw error;
  }
}

function outcomeOf(before: KubeObject | undefined, after: KubeObject): Applied['outcome'] {
  if (!before) return 'created';
  const isSame = before.metadata.resourceVersion === after.metadata.resourceVersion;
  return isSame ? 'unchanged' : 'configured';
}

function resourceFor(served: readonly ServedResource[], manifest: Manifest): ServedResource {
  try {
    return resourceOfKind(served, manifest);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new CommandError(`${manifest.origin}: ${error.message}`, {
      ...(error.advice && { advice: error.advice }),
    });
  }
}

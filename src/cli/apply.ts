import { sleep } from '../base/clock.ts';
import type { KubeObject } from '../machinery/object.ts';
import type { Resource } from '../machinery/resource.ts';
import { isStatusError } from '../machinery/status.ts';
import { adviceOnRefusal } from './apply-advice.ts';
import type { Cluster } from './cluster.ts';
import { type CommandContext, CommandError } from './command.ts';
import { resourceOfKind, type ServedResource } from './discovery.ts';
import { withKeptDigests } from './kept-digests.ts';
import type { Manifest } from './manifests.ts';
import { withoutManagers } from './output.ts';

/** A manifest that can be applied: the server has its kind, or will have it by then. */
export interface Planned {
  readonly manifest: Manifest;
  /** Undefined while the definition of the kind is still to be applied. */
  readonly resource: ServedResource | undefined;
  /** Where it goes, unless its kind has no namespaces. */
  readonly namespace: string;
}

/**
 * Finds out where each manifest belongs, so that nothing is written when one of them can't be.
 * Throws CommandError that names its file.
 */
export async function planApply(
  cluster: Pick<Cluster, 'resources' | 'namespace'>,
  manifests: readonly Manifest[],
  namespace: string | undefined,
): Promise<Planned[]> {
  const served = await cluster.resources();
  const defined = new Set(manifests.flatMap(kindsDefinedBy));
  return manifests.map((manifest) => {
    const { origin, group, kind } = manifest;
    if (manifest.namespace && namespace && manifest.namespace !== namespace) {
      throw new CommandError(
        `${origin}: the namespace is "${manifest.namespace}", not "${namespace}" as --namespace says`,
        { advice: 'Leave out either of the two.' },
      );
    }
    const resource = defined.has(`${group}/${kind}`)
      ? served.find((each) => each.group === group && each.kind === kind)
      : resourceFor(served, manifest);
    return {
      manifest,
      resource,
      namespace: manifest.namespace ?? namespace ?? cluster.namespace,
    };
  });
}

interface Definition {
  readonly spec?: { readonly group?: string; readonly names?: { readonly kind?: string } };
}

function kindsDefinedBy({ kind, object }: Manifest): string[] {
  if (kind !== 'CustomResourceDefinition') return [];
  const { spec } = object as Definition;
  return [`${spec?.group}/${spec?.names?.kind}`];
}

function resourceFor(served: readonly ServedResource[], manifest: Manifest): ServedResource {
  try {
    return resourceOfKind(served, manifest);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const { message, advice } = error;
    throw new CommandError(`${manifest.origin}: ${message}`, { ...(advice && { advice }) });
  }
}

export interface ApplyMode {
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

export interface Applied {
  readonly object: KubeObject;
  /** What it was before; undefined of one that is new. */
  readonly before: KubeObject | undefined;
  readonly outcome: 'created' | 'configured' | 'unchanged';
  readonly resource: ServedResource;
}

/** Applies one manifest on the server's side. Throws CommandError that names its file. */
export async function applyPlanned(
  cluster: Pick<Cluster, 'client' | 'resources'>,
  planned: Planned,
  context: Pick<CommandContext, 'clock' | 'signal'>,
  { force = false, dryRun = false }: ApplyMode = {},
): Promise<Applied> {
  const { manifest } = planned;
  const resource = planned.resource ?? (await untilServed(cluster, manifest, context));
  const place = resource.namespaced ? { namespace: planned.namespace } : {};
  const name = { ...place, name: manifest.name };
  const metadata = { ...(manifest.object.metadata as object), ...place };
  try {
    const before = await findObject(cluster, resource, name);
    const object = await cluster.client.apply(
      resource,
      { ...withKeptDigests(manifest.object, before), metadata },
      {
        fieldManager: 'tutti',
        fieldValidation: 'Strict',
        name,
        ...(force && { force }),
        ...(dryRun && { dryRun }),
      },
    );
    return { object, before, outcome: outcomeOf(before, object, dryRun), resource };
  } catch (cause) {
    if (!isStatusError(cause) || cause.cause) throw cause;
    throw new CommandError(`${manifest.origin}: ${cause.message}`, {
      cause,
      advice: await adviceOnRefusal(cause, manifest),
    });
  }
}

/** An object, or undefined when there is none. */
export async function findObject(
  { client }: Pick<Cluster, 'client'>,
  resource: Resource,
  name: { readonly namespace?: string | undefined; readonly name: string },
): Promise<KubeObject | undefined> {
  try {
    return await client.get(resource, name);
  } catch (error) {
    if (isStatusError(error, 'NotFound')) return undefined;
    throw error;
  }
}

function outcomeOf(
  before: KubeObject | undefined,
  after: KubeObject,
  dryRun: boolean,
): Applied['outcome'] {
  if (!before) return 'created';
  // A dry run gets no resourceVersion of its own, so that one says nothing.
  const isSame = dryRun
    ? JSON.stringify(withoutManagers(before)) === JSON.stringify(withoutManagers(after))
    : before.metadata.resourceVersion === after.metadata.resourceVersion;
  return isSame ? 'unchanged' : 'configured';
}

const SERVED_LOOKS = 50;
const SERVED_LOOK_MS = 100;

/** The server needs a moment until it serves a kind that was just defined. */
async function untilServed(
  cluster: Pick<Cluster, 'resources'>,
  manifest: Manifest,
  { clock, signal }: Pick<CommandContext, 'clock' | 'signal'>,
): Promise<ServedResource> {
  for (let looks = 1; ; looks++) {
    try {
      return resourceFor(await cluster.resources({ fresh: true }), manifest);
    } catch (error) {
      if (!(error instanceof CommandError) || looks >= SERVED_LOOKS) throw error;
    }
    await sleep(clock, SERVED_LOOK_MS, signal);
  }
}

import { applyPlanned, findObject, type Planned, planApply } from '../cli/apply.ts';
import { adviceOnRefusal } from '../cli/apply-advice.ts';
import { CommandError } from '../cli/command.ts';
import type { ServedResource } from '../cli/discovery.ts';
import type { Manifest } from '../cli/manifests.ts';
import { referenceTo } from '../explain/reference.ts';
import { isStatusError } from '../machinery/status.ts';
import { fieldChanges } from './field-changes.ts';
import type { Rehearsal } from './rehearsal.ts';
import type { ObjectChange, Refusal } from './report.ts';

/** What is to be done with manifests. */
export interface Wish {
  readonly manifests: readonly Manifest[];
  /** As `--namespace` says. */
  readonly namespace: string | undefined;
  /** The namespace of the context. */
  readonly contextNamespace: string;
  /** Whether to take over fields of other managers. */
  readonly force: boolean;
  /** Whether they are to be deleted rather than applied. */
  readonly isDeletion: boolean;
}

/** What became of manifests at once. */
export interface CarriedOut {
  readonly objects: readonly ObjectChange[];
  readonly refusals: readonly Refusal[];
}

/** Does in a rehearsal what `tutti apply` or `tutti delete` would do, by the same code. */
export async function carryOut(rehearsal: Rehearsal, wish: Wish): Promise<CarriedOut> {
  const cluster = {
    client: rehearsal.clientFor('tutti'),
    resources: async () => rehearsal.served,
    namespace: wish.contextNamespace,
  };
  const planned = await planApply(cluster, wish.manifests, wish.namespace);
  const objects: ObjectChange[] = [];
  const refusals: Refusal[] = [];
  for (const each of wish.isDeletion ? planned.reverse() : planned) {
    try {
      const task = wish.isDeletion ? deleteOne(cluster, each) : applyOne(cluster, each);
      objects.push(...(await rehearsal.during(task)));
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      refusals.push(refusalOf(error, each.manifest.origin));
    }
  }
  return { objects, refusals };

  async function applyOne(where: typeof cluster, each: Planned): Promise<ObjectChange[]> {
    const context = { clock: rehearsal.clock, signal: new AbortController().signal };
    const mode = { force: wish.force };
    const { object, before, outcome } = await applyPlanned(where, each, context, mode);
    const action = ACTIONS[outcome];
    return [{ about: referenceTo(object), action, fields: fieldChanges(before, object) }];
  }
}

const ACTIONS = { created: 'create', configured: 'change', unchanged: 'unchanged' } as const;

/** A failure of a command as a refusal; its message needn't say again where the manifest stands. */
export const refusalOf = ({ message, advice }: CommandError, origin: string): Refusal => ({
  origin,
  message: message.startsWith(`${origin}: `) ? message.slice(origin.length + 2) : message,
  advice,
});

type Cluster = Parameters<typeof applyPlanned>[0];

/** One that isn't there needs no deleting. */
async function deleteOne(cluster: Cluster, { manifest, resource, namespace }: Planned) {
  if (!resource) return [];
  const name = { ...(resource.namespaced && { namespace }), name: manifest.name };
  const object = await findObject(cluster, resource, name);
  if (!object) return [];
  try {
    await cluster.client.delete(resource, name, { propagationPolicy: 'Background' });
  } catch (cause) {
    if (!isStatusError(cause)) throw cause;
    const advice = await adviceOnRefusal(cause, manifest);
    throw new CommandError(cause.message, { cause, advice });
  }
  return [{ about: referenceTo(object), action: 'delete', fields: [] } as const];
}

/** Manifests of kinds that the rehearsal's own server has, or that others of them define. */
export function rehearsable(
  manifests: readonly Manifest[],
  served: readonly ServedResource[],
): readonly Manifest[] {
  const defined = new Set(
    manifests.flatMap(({ kind, object }) => {
      if (kind !== 'CustomResourceDefinition') return [];
      const { spec } = object as { readonly spec?: CustomNames };
      return [`${spec?.group}/${spec?.names?.kind}`];
    }),
  );
  return manifests.filter(
    ({ group, version, kind }) =>
      defined.has(`${group}/${kind}`) ||
      served.some((each) => each.group === group && each.version === version && each.kind === kind),
  );
}

interface CustomNames {
  readonly group?: string;
  readonly names?: { readonly kind?: string };
}

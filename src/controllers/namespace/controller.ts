import { namespaces } from '../../api/generated/core/v1/resources.ts';
import type { Namespace } from '../../api/generated/core/v1/types.ts';
import { toTime } from '../../base/clock.ts';
import { type Controller, source, type Wait, wrote } from '../../client/controller.ts';
import { isEqual } from '../../machinery/equal.ts';
import type { KubeObject } from '../../machinery/object.ts';
import type { Resource } from '../../machinery/resource.ts';
import { groupResource, isStatusError } from '../../machinery/status.ts';
import type { Informers } from '../informers.ts';
import type { ControllerTools } from '../tools.ts';

const NAME = 'namespace-controller';
const FINALIZER = 'kubernetes';
const LOOK_AGAIN_MS = 1000;

/** What is left in a namespace that is being deleted, by resource. */
export interface Remains {
  readonly resource: Resource;
  readonly count: number;
  /** How many wait for each finalizer. */
  readonly finalizers: Readonly<Record<string, number>>;
  /** Why it could not be emptied. */
  readonly failure?: string;
}

interface Observed {
  readonly namespace: Namespace;
  /** What the last pass left; undefined before the first. */
  readonly remains: readonly Remains[] | undefined;
  readonly now: number;
}

type Condition = NonNullable<NonNullable<Namespace['status']>['conditions']>[number];

type NamespaceAction =
  | { readonly type: 'empty'; readonly namespace: Namespace }
  | {
      readonly type: 'updateStatus';
      readonly namespace: Namespace;
      readonly conditions: Condition[];
    }
  | { readonly type: 'finalize'; readonly namespace: Namespace };

/** Empties a namespace that is being deleted, tells what holds it, and lets it go. */
export function reconcileNamespaceDeletion(observed: Observed): (NamespaceAction | Wait)[] {
  const { namespace, remains, now } = observed;
  if (namespace.metadata.deletionTimestamp === undefined) return [];
  if (!namespace.spec.finalizers?.includes(FINALIZER)) return [];
  if (remains?.length === 0) return [{ type: 'finalize', namespace }];
  const conditions = remains ? conditionsOf(namespace, remains, now) : undefined;
  const isChanged = !isEqual(conditions, namespace.status?.conditions);
  return [
    ...(conditions && isChanged ? [{ type: 'updateStatus', namespace, conditions } as const] : []),
    { type: 'empty', namespace },
    { type: 'wait', forMs: remains ? LOOK_AGAIN_MS : 1 },
  ];
}

function conditionsOf(
  { status }: Namespace,
  remains: readonly Remains[],
  now: number,
): Condition[] {
  const failed = remains.filter(({ failure }) => failure !== undefined);
  const left = remains.map(
    ({ resource, count }) => `${groupResource(resource)}. has ${count} resource instances`,
  );
  const held = new Map<string, number>();
  for (const { finalizers } of remains) {
    for (const [name, count] of Object.entries(finalizers))
      held.set(name, (held.get(name) ?? 0) + count);
  }
  const holding = [...held].map(([name, count]) => `${name} in ${count} resource instances`).sort();
  const found = [
    finding(
      'NamespaceDeletionDiscoveryFailure',
      [],
      'ResourcesDiscovered',
      'All resources successfully discovered',
      '',
    ),
    finding(
      'NamespaceDeletionGroupVersionParsingFailure',
      [],
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
      '',
    ),
    finding(
      'NamespaceDeletionContentFailure',
      failed.map(({ failure }) => failure ?? ''),
      failed.length > 0 ? 'ContentDeletionFailed' : 'ContentDeleted',
      'All content successfully deleted, may be waiting on finalization',
      'Failed to delete all resource types, ',
    ),
    finding(
      'NamespaceContentRemaining',
      left.sort(),
      left.length > 0 ? 'SomeResourcesRemain' : 'ContentRemoved',
      'All content successfully removed',
      'Some resources are remaining: ',
    ),
    finding(
      'NamespaceFinalizersRemaining',
      holding,
      holding.length > 0 ? 'SomeFinalizersRemain' : 'ContentHasNoFinalizers',
      'All content-preserving finalizers finished',
      'Some content in the namespace has finalizers remaining: ',
    ),
  ];
  return found.map((condition) => {
    const before = status?.conditions?.find(({ type }) => type === condition.type);
    const lastTransitionTime =
      before?.status === condition.status ? before.lastTransitionTime : toTime(now);
    return { ...condition, lastTransitionTime } as Condition;
  });
}

function finding(
  type: string,
  facts: readonly string[],
  reason: string,
  good: string,
  bad: string,
) {
  const isTrue = facts.length > 0;
  const message = isTrue ? bad + facts.join(', ') : good;
  return { type, status: isTrue ? 'True' : 'False', reason, message };
}

/** Deletes what is in deleted namespaces. `resourcesIn` are all that live in namespaces now. */
export function namespaceController(
  tools: ControllerTools,
  caches: Pick<Informers, 'namespaces'>,
  resourcesIn: () => Promise<readonly Resource[]>,
): Controller<Observed, NamespaceAction> {
  const { clock } = tools;
  const client = tools.clientFor(NAME);
  const remainsByUid = new Map<string, readonly Remains[]>();

  /** Deletes all of one resource, and tells what stays behind for its finalizers. */
  async function emptyOf(resource: Resource, namespace: string): Promise<Remains | undefined> {
    try {
      const { items: before } = await client.list(resource, { namespace });
      if (before.length === 0) return undefined;
      const isNews = before.some(({ metadata }) => metadata.deletionTimestamp === undefined);
      if (isNews) {
        const options = { propagationPolicy: 'Background' } as const;
        await client.deleteCollection(resource, { namespace }, options);
      }
      const { items: after } = await client.list(resource, { namespace });
      if (after.length === 0) return undefined;
      return { resource, count: after.length, finalizers: countFinalizers(after) };
    } catch (error) {
      if (isStatusError(error, 'NotFound', 'MethodNotAllowed')) return undefined;
      return { resource, count: 0, finalizers: {}, failure: (error as Error).message };
    }
  }

  return {
    name: NAME,
    sources: [source(caches.namespaces, ({ metadata }) => [metadata.name])],

    observe(key) {
      const namespace = caches.namespaces.lister.get(key);
      if (!namespace) return undefined;
      return { namespace, remains: remainsByUid.get(namespace.metadata.uid), now: clock.now() };
    },

    reconcile: reconcileNamespaceDeletion,

    async execute(action) {
      const { namespace } = action;
      const { uid, name } = namespace.metadata;
      switch (action.type) {
        case 'empty': {
          const resources = await resourcesIn();
          const all = await Promise.all(resources.map((resource) => emptyOf(resource, name)));
          remainsByUid.set(
            uid,
            all.filter((remains) => remains !== undefined),
          );
          return undefined;
        }
        case 'updateStatus': {
          const { conditions } = action;
          const updated = { ...namespace, status: { ...namespace.status, conditions } };
          const options = { subresource: 'status' };
          return wrote(caches.namespaces, await client.update(namespaces, updated, options));
        }
        case 'finalize': {
          const finalizers = namespace.spec.finalizers?.filter((each) => each !== FINALIZER) ?? [];
          const finalized = { ...namespace, spec: { ...namespace.spec, finalizers } };
          const options = { subresource: 'finalize' };
          remainsByUid.delete(uid);
          await client.update(namespaces, finalized, options);
          return undefined;
        }
      }
    },
  };
}

function countFinalizers(objects: readonly KubeObject[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { metadata } of objects) {
    for (const finalizer of metadata.finalizers ?? [])
      counts[finalizer] = (counts[finalizer] ?? 0) + 1;
  }
  return counts;
}

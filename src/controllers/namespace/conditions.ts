import type { Namespace } from '../../api/generated/core/v1/types.ts';
import { toTime } from '../../base/clock.ts';
import type { Resource } from '../../machinery/resource.ts';

export type NamespaceCondition = NonNullable<
  NonNullable<Namespace['status']>['conditions']
>[number];

/** What is left of one resource in a namespace that is being deleted. */
export interface Remains {
  readonly resource: Resource;
  readonly count: number;
  /** How many wait for each finalizer. */
  readonly finalizers: Readonly<Record<string, number>>;
  /** Why it could not be emptied. */
  readonly failure?: string;
}

/** The conditions by which users learn what holds a namespace. */
export function deletionConditions(
  { status }: Namespace,
  remains: readonly Remains[],
  now: number,
): NamespaceCondition[] {
  return findings(remains).map((finding) => {
    const before = status?.conditions?.find(({ type }) => type === finding.type);
    const isTurn = before?.status !== finding.status;
    const lastTransitionTime = isTurn ? toTime(now) : before.lastTransitionTime;
    return { ...finding, lastTransitionTime } as NamespaceCondition;
  });
}

function findings(remains: readonly Remains[]) {
  const failures = remains.flatMap(({ failure }) => failure ?? []).sort();
  return [
    finding('NamespaceDeletionDiscoveryFailure', [], {
      good: ['ResourcesDiscovered', 'All resources successfully discovered'],
      bad: ['DiscoveryFailed', ''],
    }),
    finding('NamespaceDeletionGroupVersionParsingFailure', [], {
      good: ['ParsedGroupVersions', 'All legacy kube types successfully parsed'],
      bad: ['GroupVersionParsingFailed', ''],
    }),
    finding('NamespaceDeletionContentFailure', failures, {
      good: ['ContentDeleted', 'All content successfully deleted, may be waiting on finalization'],
      bad: [
        'ContentDeletionFailed',
        `Failed to delete all resource types, ${failures.length} remaining: `,
      ],
    }),
    finding('NamespaceContentRemaining', remainingTexts(remains), {
      good: ['ContentRemoved', 'All content successfully removed'],
      bad: ['SomeResourcesRemain', 'Some resources are remaining: '],
    }),
    finding('NamespaceFinalizersRemaining', finalizerTexts(remains), {
      good: ['ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
      bad: ['SomeFinalizersRemain', 'Some content in the namespace has finalizers remaining: '],
    }),
  ];
}

type ReasonAndMessage = readonly [reason: string, message: string];

function finding(
  type: string,
  facts: readonly string[],
  { good, bad }: { readonly good: ReasonAndMessage; readonly bad: ReasonAndMessage },
) {
  const isTrue = facts.length > 0;
  const [reason, message] = isTrue ? [bad[0], bad[1] + facts.join(', ')] : good;
  return { type, status: isTrue ? 'True' : 'False', reason, message };
}

/** `deployments.apps has 2 resource instances`; of the core group, `pods. has …`. */
const remainingTexts = (remains: readonly Remains[]): string[] =>
  remains
    .filter(({ count }) => count > 0)
    .map(
      ({ resource: { plural, group }, count }) =>
        `${plural}.${group} has ${count} resource instances`,
    )
    .sort();

function finalizerTexts(remains: readonly Remains[]): string[] {
  const held = new Map<string, number>();
  for (const { finalizers } of remains) {
    for (const [name, count] of Object.entries(finalizers)) {
      held.set(name, (held.get(name) ?? 0) + count);
    }
  }
  return [...held].map(([name, count]) => `${name} in ${count} resource instances`).sort();
}

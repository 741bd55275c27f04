import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Namespace } from '../../api/generated/core/v1/types.ts';
import { toTime } from '../../base/clock.ts';
import type { Remains } from './conditions.ts';
import { type Emptying, reconcileNamespaceDeletion } from './reconcile.ts';

// Goal: pin when a namespace is emptied, what it says of what holds it, and when it is let go.

const NOW = Date.UTC(2026, 0, 1);

interface Facts {
  readonly isGoing?: boolean;
  readonly finalizers?: readonly string[];
  readonly conditions?: readonly object[];
}

const namespaceOf = ({ isGoing = true, finalizers = ['kubernetes'], conditions }: Facts = {}) =>
  ({
    metadata: { name: 'n', uid: 'n', ...(isGoing && { deletionTimestamp: toTime(NOW) }) },
    spec: { finalizers },
    status: { phase: 'Terminating', ...(conditions && { conditions }) },
  }) as unknown as Namespace;

const emptied = (remains: readonly Remains[], agoMs = 0, looks = 0): Emptying => ({
  remains,
  looks,
  lookedMs: 1_000_000 - agoMs,
});

const decide = (namespace: Namespace, emptying?: Emptying) =>
  reconcileNamespaceDeletion({ namespace, emptying, now: NOW, nowMs: 1_000_000 });
const summary = (namespace: Namespace, emptying?: Emptying) =>
  decide(namespace, emptying).map((action) =>
    action.type === 'wait' ? `wait ${action.forMs}` : action.type,
  );

const pods = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true, verbs: [] };
const deployments = { ...pods, group: 'apps', kind: 'Deployment', plural: 'deployments' };
const HELD: readonly Remains[] = [
  { resource: pods, count: 2, finalizers: { 'x.io/a': 1 } },
  { resource: deployments, count: 1, finalizers: { 'x.io/a': 1, 'x.io/b': 1 } },
];

for (const { name, facts, emptying, want } of [
  { name: 'one that stays', facts: { isGoing: false }, want: [] },
  { name: 'one that we have let go already', facts: { finalizers: ['x.io/mine'] }, want: [] },
  { name: 'not looked at yet', want: ['empty', 'wait 1'] },
  { name: 'found empty', emptying: emptied([]), want: ['finalize'] },
  { name: 'something held', emptying: emptied(HELD), want: ['updateStatus', 'wait 100'] },
  { name: 'the same again', emptying: emptied(HELD, 0, 3), want: ['updateStatus', 'wait 800'] },
  { name: 'and again', emptying: emptied(HELD, 0, 99), want: ['updateStatus', 'wait 10000'] },
  { name: 'time to look', emptying: emptied(HELD, 100), want: ['updateStatus', 'empty', 'wait 1'] },
] as { name: string; facts?: Facts; emptying?: Emptying; want: string[] }[]) {
  test(name, () => assert.deepEqual(summary(namespaceOf(facts), emptying), want));
}

function conditionsOf(remains: readonly Remains[]) {
  const action = decide(namespaceOf(), emptied(remains)).find(
    ({ type }) => type === 'updateStatus',
  );
  assert.ok(action?.type === 'updateStatus');
  return action.conditions;
}

test('its conditions name kinds, counts and finalizers, in the words of Kubernetes', () => {
  const told = conditionsOf(HELD).map(({ type, status, reason, message }) =>
    [type, status, reason, message].join(' | '),
  );
  assert.deepEqual(told, [
    'NamespaceDeletionDiscoveryFailure | False | ResourcesDiscovered | All resources successfully discovered',
    'NamespaceDeletionGroupVersionParsingFailure | False | ParsedGroupVersions | All legacy kube types successfully parsed',
    'NamespaceDeletionContentFailure | False | ContentDeleted | All content successfully deleted, may be waiting on finalization',
    'NamespaceContentRemaining | True | SomeResourcesRemain | Some resources are remaining: deployments.apps has 1 resource instances, pods. has 2 resource instances',
    'NamespaceFinalizersRemaining | True | SomeFinalizersRemain | Some content in the namespace has finalizers remaining: x.io/a in 2 resource instances, x.io/b in 1 resource instances',
  ]);
});

test('what could not be deleted is told as a failure', () => {
  const failed = { resource: pods, count: 0, finalizers: {}, failure: 'no' };
  const [, , content] = conditionsOf([failed]);
  assert.deepEqual(
    [content?.status, content?.reason, content?.message],
    ['True', 'ContentDeletionFailed', 'Failed to delete all resource types, 1 remaining: no'],
  );
});

test('what has been told is not written again', () => {
  const conditions = conditionsOf(HELD);
  assert.deepEqual(summary(namespaceOf({ conditions }), emptied(HELD)), ['wait 100']);
});

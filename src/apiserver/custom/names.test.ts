import assert from 'node:assert/strict';
import test from 'node:test';
import type { CustomResourceDefinition } from '../../api/generated/apiextensions/v1/types.ts';
import { namedStatus } from './names.ts';

// Goal: pin which names are accepted, and what is said of those that aren't.

const TIME = '2026-03-04T05:06:07Z';
const NAMES = { plural: 'crates', singular: 'crate', kind: 'Crate', listKind: 'CrateList' };

const definition = (
  spec: object = {},
  status: object = {},
  annotations?: object,
): CustomResourceDefinition =>
  ({
    metadata: { name: 'crates.orchard.example', ...(annotations && { annotations }) },
    spec: { group: 'orchard.example', names: NAMES, ...spec },
    status: { conditions: null, acceptedNames: { plural: '', kind: '' }, ...status },
  }) as unknown as CustomResourceDefinition;

const taken = (resources: string[], kinds: string[]) => ({
  resources: new Set(resources),
  kinds: new Set(kinds),
});

const conditionsOf = (given: CustomResourceDefinition, names = taken([], [])): string[] =>
  (namedStatus(given, names, TIME).conditions ?? []).map(
    ({ type, status, reason, message }) => `${type}=${status} ${reason}: ${message}`,
  );

const ESTABLISHED = 'Established=True InitialNamesAccepted: the initial names have been accepted';
const NO_CONFLICTS = 'NamesAccepted=True NoConflicts: no conflicts found';
const NOT_YET = 'Established=False NotAccepted: not all names are accepted';

for (const { name, given, names, want } of [
  {
    name: 'free names',
    given: definition(),
    names: taken([], []),
    want: [NO_CONFLICTS, ESTABLISHED],
  },
  {
    name: 'a plural that is taken',
    given: definition(),
    names: taken(['crates'], []),
    want: ['NamesAccepted=False PluralConflict: "crates" is already in use', NOT_YET],
  },
  {
    name: 'several, of which the last is told',
    given: definition(),
    names: taken(['crate'], ['Crate', 'CrateList']),
    want: ['NamesAccepted=False ListKindConflict: "CrateList" is already in use', NOT_YET],
  },
  {
    name: 'short names',
    given: definition({ names: { ...NAMES, shortNames: ['a', 'b', 'c'] } }),
    names: taken(['a', 'b'], []),
    want: [
      'NamesAccepted=False ShortNamesConflict: ["a" is already in use, "b" is already in use]',
      NOT_YET,
    ],
  },
  {
    name: 'a protected group',
    given: definition(
      { group: 'a.k8s.io' },
      {},
      { 'api-approved.kubernetes.io': 'https://k8s.io/1' },
    ),
    names: taken([], []),
    want: [
      NO_CONFLICTS,
      ESTABLISHED,
      'KubernetesAPIApprovalPolicyConformant=True ApprovedAnnotation: approved in https://k8s.io/1',
    ],
  },
]) {
  test(name, () => assert.deepEqual(conditionsOf(given, names), want));
}

test('what is established stays so, and nothing is said twice', () => {
  const first = definition();
  const status = namedStatus(first, taken([], []), TIME);
  const second = { ...first, status };
  assert.equal(namedStatus(second, taken([], []), 'later'), status);
  const renamed = { ...second, spec: { ...second.spec, names: { ...NAMES, singular: 'box' } } };
  const after = namedStatus(renamed as CustomResourceDefinition, taken(['box'], []), 'later');
  assert.equal(after.acceptedNames?.singular, 'crate');
  assert.deepEqual(
    after.conditions?.map((each) => [each.type, each.status, each.lastTransitionTime]),
    [
      ['NamesAccepted', 'False', 'later'],
      ['Established', 'True', TIME],
    ],
  );
});

import { approvalOf, isProtectedGroup } from '../../api/apiextensions-v1/approval.ts';
import { withCondition } from '../../api/apiextensions-v1/custom-resource-definition.ts';
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionStatus,
} from '../../api/generated/apiextensions/v1/types.ts';
import { isSemanticallyEqual } from '../../machinery/equal.ts';
import { aggregateMessage } from '../../machinery/field-error.ts';
import { quote } from '../../machinery/quote.ts';

/** Names that others in the group go by already. */
export interface TakenNames {
  /** Plurals, singulars and short names. */
  readonly resources: ReadonlySet<string>;
  /** Kinds and kinds of lists. */
  readonly kinds: ReadonlySet<string>;
}

type Names = CustomResourceDefinitionNames;
type Condition = CustomResourceDefinitionCondition;
type NewCondition = Pick<Condition, 'reason' | 'message'> & {
  readonly type: string;
  readonly status: 'True' | 'False';
};

/** Whether a condition of a definition holds. */
export const isTrue = ({ status }: CustomResourceDefinition, type: string): boolean =>
  (status.conditions ?? []).some((each) => each.type === type && each.status === 'True');

/**
 * The status that a definition is to have: which of its names are accepted, and whether its kind is
 * served. Its own status where nothing changes. Pure.
 *
 * @param time now, in the form of `metav1.Time`
 */
export function namedStatus(
  definition: CustomResourceDefinition,
  taken: TakenNames,
  time: string,
): CustomResourceDefinitionStatus {
  const { spec, status } = definition;
  const wanted = ownNames(spec.names);
  const accepted = status.acceptedNames ?? { plural: '', kind: '' };
  let conditions = status.conditions ?? [];
  let names: Names = accepted;
  const set = (condition: NewCondition) => {
    conditions = withCondition(conditions, { ...condition, lastTransitionTime: time });
  };
  if (!isSemanticallyEqual(wanted, accepted)) {
    const decided = acceptedNames(wanted, accepted, taken);
    names = decided.names;
    set(decided.condition);
  }
  if (!isTrue(definition, 'Established')) {
    const isAccepted = conditions.some((c) => c.type === 'NamesAccepted' && c.status === 'True');
    set(isAccepted ? ESTABLISHED : NOT_ESTABLISHED);
  }
  if (isProtectedGroup(spec.group)) set(approvalCondition(definition));
  const isSame =
    isSemanticallyEqual(names, accepted) && isSemanticallyEqual(conditions, status.conditions);
  return isSame ? status : { ...status, acceptedNames: names, conditions };
}

const ESTABLISHED: NewCondition = {
  type: 'Established',
  status: 'True',
  reason: 'InitialNamesAccepted',
  message: 'the initial names have been accepted',
};

const NOT_ESTABLISHED: NewCondition = {
  type: 'Established',
  status: 'False',
  reason: 'NotAccepted',
  message: 'not all names are accepted',
};

/** The names without members that are empty: those say nothing. */
function ownNames(names: Names): Names {
  const set = Object.entries(names).filter(([, value]) => value !== undefined);
  return Object.fromEntries(set) as unknown as Names;
}

interface Decided {
  readonly names: Names;
  readonly condition: NewCondition;
}

/** Takes over each name that is free. Of several conflicts the last is told. */
function acceptedNames(wanted: Names, accepted: Names, taken: TakenNames): Decided {
  const names: { -readonly [K in keyof Names]: Names[K] } = { ...accepted };
  let conflict: NewCondition | undefined;
  const refuse = (reason: string, message: string) => {
    conflict = { type: 'NamesAccepted', status: 'False', reason, message };
  };
  const take = (field: 'plural' | 'singular' | 'kind' | 'listKind', used: ReadonlySet<string>) => {
    const name = wanted[field] ?? '';
    if (name === (accepted[field] ?? '') || !used.has(name)) names[field] = name;
    else refuse(REASONS[field], inUse(name));
  };
  take('plural', taken.resources);
  take('singular', taken.resources);
  const own = accepted.shortNames ?? [];
  const used = (wanted.shortNames ?? []).filter(
    (name) => !own.includes(name) && taken.resources.has(name),
  );
  if (used.length > 0) refuse('ShortNamesConflict', aggregateMessage(used.map(inUse)));
  else if (wanted.shortNames) names.shortNames = wanted.shortNames;
  else delete names.shortNames;
  take('kind', taken.kinds);
  take('listKind', taken.kinds);
  if (wanted.categories) names.categories = wanted.categories;
  else delete names.categories;
  return { names, condition: conflict ?? NO_CONFLICTS };
}

const REASONS = {
  plural: 'PluralConflict',
  singular: 'SingularConflict',
  kind: 'KindConflict',
  listKind: 'ListKindConflict',
} as const;

const NO_CONFLICTS: NewCondition = {
  type: 'NamesAccepted',
  status: 'True',
  reason: 'NoConflicts',
  message: 'no conflicts found',
};

const inUse = (name: string): string => `${quote(name)} is already in use`;

const APPROVALS = {
  approved: { status: 'True', reason: 'ApprovedAnnotation' },
  bypassed: { status: 'False', reason: 'UnapprovedAnnotation' },
  missing: { status: 'False', reason: 'MissingAnnotation' },
  invalid: { status: 'False', reason: 'InvalidAnnotation' },
} as const;

function approvalCondition(definition: CustomResourceDefinition): NewCondition {
  const { state, reason: message } = approvalOf(definition);
  return { type: 'KubernetesAPIApprovalPolicyConformant', ...APPROVALS[state], message };
}

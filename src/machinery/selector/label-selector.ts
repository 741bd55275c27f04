import { quote } from '../quote.ts';
import { badRequest } from '../status.ts';
import type { LabelSelector as LabelSelectorObject } from '../validation/labels.ts';
import {
  formatRequirement,
  type LabelOperator,
  type LabelRequirement,
  labelRequirement,
  parseInt64,
} from './label-requirement.ts';
import { parseLabelRequirements } from './label-selector-parser.ts';

export type Labels = Readonly<Record<string, string>>;

function holds({ key, operator, values }: LabelRequirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key]! : undefined;
  switch (operator) {
    case '=':
    case '==':
      return value === values[0];
    case '!=':
      return value !== values[0];
    case 'in':
      return value !== undefined && values.includes(value);
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    default:
      return value !== undefined && isBeyond(operator, value, values[0]!);
  }
}

function isBeyond(operator: 'gt' | 'lt', value: string, bound: string): boolean {
  const [number, limit] = [parseInt64(value), parseInt64(bound)];
  if (number === undefined || limit === undefined) return false;
  return operator === 'gt' ? number > limit : number < limit;
}

const NO_LABELS: Labels = Object.freeze({});

/** Chooses objects by their labels. Immutable; made once and matched often. */
export class LabelSelector {
  /** Matches every object. */
  static readonly everything = new LabelSelector([]);
  /** Matches no object: what an absent selector means in most places. */
  static readonly nothing = new LabelSelector(undefined);

  /** All must hold; ordered by key. Undefined when nothing matches anyhow. */
  readonly requirements: readonly LabelRequirement[] | undefined;

  private constructor(requirements: readonly LabelRequirement[] | undefined) {
    this.requirements = requirements;
  }

  /** A selector of requirements that must all hold. */
  static of(requirements: readonly LabelRequirement[]): LabelSelector {
    if (requirements.length === 0) return LabelSelector.everything;
    const byKey = requirements.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    return new LabelSelector(byKey);
  }

  /** Reads `app=web,tier in (a,b),!legacy`. Throws a BadRequest with Kubernetes' message. */
  static parse(text: string): LabelSelector {
    return LabelSelector.of(parseLabelRequirements(text));
  }

  /** Selects objects that carry all of these labels, which must be valid. */
  static ofLabels(labels: Labels): LabelSelector {
    const requirements = Object.entries(labels).map(
      ([key, value]): LabelRequirement => ({ key, operator: '=', values: [value] }),
    );
    return LabelSelector.of(requirements);
  }

  /**
   * The meaning of a `metav1.LabelSelector`: absent matches nothing, empty everything. Throws a
   * BadRequest for what validation would have refused.
   */
  static from(selector: LabelSelectorObject | undefined): LabelSelector {
    if (selector === undefined || selector === null) return LabelSelector.nothing;
    const { matchLabels = {}, matchExpressions = [] } = selector;
    return LabelSelector.of([
      ...Object.entries(matchLabels).map(([key, value]) => labelRequirement(key, '=', [value])),
      ...matchExpressions.map(({ key, operator, values = [] }) =>
        labelRequirement(key, operatorOf(operator), values),
      ),
    ]);
  }

  get isEverything(): boolean {
    return this.requirements?.length === 0;
  }

  matches(labels: Labels | undefined): boolean {
    const { requirements } = this;
    if (!requirements) return false;
    for (const requirement of requirements) {
      if (!holds(requirement, labels ?? NO_LABELS)) return false;
    }
    return true;
  }

  /** The text form, which `parse` reads back; empty for everything and for nothing. */
  toString(): string {
    return this.requirements?.map(formatRequirement).join(',') ?? '';
  }
}

const OBJECT_OPERATORS: Readonly<Record<string, LabelOperator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
};

function operatorOf(operator: string): LabelOperator {
  const known = Object.hasOwn(OBJECT_OPERATORS, operator) ? OBJECT_OPERATORS[operator] : undefined;
  if (known) return known;
  throw badRequest(`${quote(operator)} is not a valid label selector operator`);
}

import { isSemanticallyEqual } from '../../machinery/equal.ts';
import {
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
  required,
} from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import type { Draft } from '../../machinery/object.ts';
import type { MessageShape } from '../../machinery/shape.ts';
import { ageColumn, NONE, nameColumn } from '../columns.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { priorityLevelConfigurations as resource } from '../generated/flowcontrol/v1/resources.ts';
import type {
  ExemptPriorityLevelConfiguration,
  LimitedPriorityLevelConfiguration,
  LimitResponse,
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
} from '../generated/flowcontrol/v1/types.ts';
import { goStruct } from '../go-struct.ts';
import { shapeOf } from '../shapes.ts';
import { validateConditionTypes } from './condition-rules.ts';
import { MANDATORY_LEVELS } from './mandatory.ts';

const SHARES = 30;
const QUEUING = { queues: 64, handSize: 8, queueLengthLimit: 50 };
const QUEUES_MAX = 10_000_000;
// The bits of a hash that a hand is dealt from.
const HASH_BITS = 60;
const EXEMPT = 'exempt';
const shape = shapeOf(resource);
const specShape = shape.fieldsByName.get('spec')!.type as MessageShape;

function setDefaults({ limited, exempt }: Draft<PriorityLevelConfigurationSpec>): void {
  if (exempt) {
    exempt.nominalConcurrencyShares ??= 0;
    exempt.lendablePercent ??= 0;
  }
  if (!limited) return;
  limited.nominalConcurrencyShares ??= SHARES;
  limited.lendablePercent ??= 0;
  const queuing = part(limited, 'limitResponse').queuing;
  if (!queuing) return;
  for (const field of ['queues', 'handSize', 'queueLengthLimit'] as const) {
    queuing[field] ||= QUEUING[field];
  }
}

function validateSpec(
  { metadata, spec }: PriorityLevelConfiguration,
  path: FieldPath,
): FieldError[] {
  const { type = '', limited, exempt } = spec;
  const [typePath, at] = [path.at('type'), path.at('limited')];
  const errors: FieldError[] = [];
  if ((metadata.name === EXEMPT) !== (type === 'Exempt')) {
    const detail = "must be 'Exempt' if and only if `name` is 'exempt'";
    errors.push(invalid(typePath, type, detail));
  }
  switch (type) {
    case 'Exempt':
      if (limited) errors.push(forbiddenField(at, 'must be nil if the type is not Limited'));
      return exempt ? [...errors, ...validateShares(exempt, path.at('exempt'))] : errors;
    case 'Limited':
      if (exempt) {
        errors.push(forbiddenField(path.at('exempt'), 'must be nil if the type is Limited'));
      }
      if (limited) return [...errors, ...validateLimited(limited, at)];
      return [...errors, required(at, 'must not be empty when type is Limited')];
    default:
      return [...errors, notSupported(typePath, type, ['Exempt', 'Limited'])];
  }
}

function validateShares(
  {
    nominalConcurrencyShares: shares,
    lendablePercent: lendable = 0,
  }: ExemptPriorityLevelConfiguration | LimitedPriorityLevelConfiguration,
  path: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  if ((shares ?? 0) < 0) {
    const at = path.at('nominalConcurrencyShares');
    errors.push(invalid(at, shares, 'must be a non-negative integer'));
  }
  if (lendable >= 0 && lendable <= 100) return errors;
  const detail = 'must be between 0 and 100, inclusive';
  return [...errors, invalid(path.at('lendablePercent'), lendable, detail)];
}

function validateLimited(
  limited: LimitedPriorityLevelConfiguration,
  path: FieldPath,
): FieldError[] {
  const { limitResponse, borrowingLimitPercent: borrowing = 0 } = limited;
  // What is said of shares comes first, then the response, then what is lent and borrowed.
  const [shares, lent] = [
    validateShares({ ...limited, lendablePercent: 0 }, path),
    validateShares({ ...limited, nominalConcurrencyShares: 0 }, path),
  ];
  const errors = [...shares, ...validateResponse(limitResponse, path.at('limitResponse')), ...lent];
  if (borrowing >= 0) return errors;
  const detail = 'if specified, must be a non-negative integer';
  return [...errors, invalid(path.at('borrowingLimitPercent'), borrowing, detail)];
}

function validateResponse(
  { type = '', queuing }: Partial<LimitResponse> = {},
  path: FieldPath,
): FieldError[] {
  const at = path.at('queuing');
  switch (type) {
    case 'Reject':
      if (!queuing) return [];
      return [forbiddenField(at, 'must be nil if limited.limitResponse.type is not Limited')];
    case 'Queue':
      if (queuing) return validateQueuing(queuing, at);
      return [required(at, 'must not be empty if limited.limitResponse.type is Limited')];
    default:
      return [notSupported(path.at('type'), type, ['Queue', 'Reject'])];
  }
}

function validateQueuing(
  { queues, handSize, queueLengthLimit }: QueuingConfiguration,
  path: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  const refuse = (field: string, value: number, detail: string) =>
    errors.push(invalid(path.at(field), value, detail));
  if (queueLengthLimit <= 0) refuse('queueLengthLimit', queueLengthLimit, 'must be positive');
  if (queues <= 0) refuse('queues', queues, 'must be positive');
  else if (queues > QUEUES_MAX) refuse('queues', queues, `must not be greater than ${QUEUES_MAX}`);
  if (handSize <= 0) refuse('handSize', handSize, 'must be positive');
  else if (handSize > queues) {
    refuse('handSize', handSize, `should not be greater than queues (${queues})`);
  } else if (bitsToDeal(queues, handSize) > HASH_BITS) {
    const bits = `required entropy bits of deckSize ${queues} and handSize ${handSize}`;
    refuse('handSize', handSize, `${bits} should not be greater than ${HASH_BITS}`);
  }
  return errors;
}

/** How many bits it takes to tell all hands of a size from each other. */
function bitsToDeal(queues: number, handSize: number): number {
  let bits = 0;
  for (let i = 0; i < handSize && bits <= HASH_BITS; i++) bits += Math.log2(queues - i);
  return Math.ceil(bits);
}

function validateMandatory(
  { metadata: { name }, spec }: PriorityLevelConfiguration,
  path: FieldPath,
): FieldError[] {
  const fixed = MANDATORY_LEVELS[name];
  const isExempt = name === EXEMPT;
  const fixedPart = isExempt ? { ...spec, exempt: fixed?.exempt } : spec;
  if (!fixed || isSemanticallyEqual(fixedPart, fixed)) return [];
  const but = isExempt ? " except the 'spec.exempt' field" : '';
  const detail = `spec of '${name}'${but} must equal the fixed value`;
  return [invalid(path, goStruct(specShape, spec), detail)];
}

const queuingCell =
  (field: keyof QueuingConfiguration) =>
  ({ spec }: PriorityLevelConfiguration): string | number =>
    spec.limited?.limitResponse?.queuing?.[field] ?? NONE;

/** How many requests of a kind the API server works on at a time, and what waits. */
export const priorityLevelConfigurations: ResourceDefinition<PriorityLevelConfiguration> = {
  ...resource,
  shape,
  generation: true,
  checksMetadataAgain: true,
  plainFinalizers: true,

  defaults: (draft) => setDefaults(part(draft, 'spec')),
  validate: (level, { path }) => [
    ...validateSpec(level, path.at('spec')),
    ...validateMandatory(level, path.at('spec')),
  ],
  status: {
    keepsMetadata: true,
    validateUpdate: ({ status }, _previous, { path }) =>
      validateConditionTypes(status, path.at('status')),
  },

  columns: [
    nameColumn,
    column('Type', 'string', ({ spec }) => spec.type),
    column(
      'NominalConcurrencyShares',
      'string',
      ({ spec }) => spec.limited?.nominalConcurrencyShares ?? NONE,
    ),
    column('Queues', 'string', queuingCell('queues')),
    column('HandSize', 'string', queuingCell('handSize')),
    column('QueueLengthLimit', 'string', queuingCell('queueLengthLimit')),
    ageColumn,
  ],
};

import { isEqual, isSemanticallyEqual } from '../../machinery/equal.ts';
import { type FieldError, invalid, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { isMessage } from '../../machinery/shape.ts';
import {
  events as coreEvents,
  eventColumns,
  eventFields,
  validateEvent,
} from '../core-v1/event.ts';
import type { Column, ResourceDefinition, StoredAs } from '../definition.ts';
import { part } from '../drafts.ts';
import type { Event as CoreEvent } from '../generated/core/v1/types.ts';
import { events as resource } from '../generated/events/v1/resources.ts';
import type { Event } from '../generated/events/v1/types.ts';
import { goStruct } from '../go-struct.ts';
import { shapeOf } from '../shapes.ts';

/** The same event as the core group says it. */
function toCore(event: Event): CoreEvent {
  const { note, regarding, deprecatedSource, reportingController, ...rest } = event;
  const { deprecatedFirstTimestamp, deprecatedLastTimestamp, deprecatedCount, ...same } = rest;
  return {
    ...same,
    apiVersion: 'v1',
    involvedObject: regarding ?? {},
    ...(note && { message: note }),
    source: deprecatedSource ?? {},
    firstTimestamp: deprecatedFirstTimestamp ?? null,
    lastTimestamp: deprecatedLastTimestamp ?? null,
    ...(deprecatedCount && { count: deprecatedCount }),
    reportingComponent: reportingController ?? '',
    reportingInstance: same.reportingInstance ?? '',
  };
}

/** A stored event as this group says it. */
function fromCore(event: CoreEvent): Event {
  const { message, involvedObject, source, reportingComponent, ...rest } = event;
  const { firstTimestamp, lastTimestamp, count, reportingInstance, ...same } = rest;
  return {
    ...same,
    apiVersion: 'events.k8s.io/v1',
    eventTime: same.eventTime ?? null,
    ...(reportingComponent && { reportingController: reportingComponent }),
    ...(reportingInstance && { reportingInstance }),
    regarding: involvedObject,
    ...(message && { note: message }),
    deprecatedSource: source ?? {},
    deprecatedFirstTimestamp: firstTimestamp ?? null,
    deprecatedLastTimestamp: lastTimestamp ?? null,
    ...(count && { deprecatedCount: count }),
  } as Event;
}

const storedAs: StoredAs = {
  group: coreEvents.group,
  version: coreEvents.version,
  toStored: (object) => toCore(object as Event),
  fromStored: (object: KubeObject) => fromCore(object as CoreEvent),
};

const UNSET = 'needs to be unset';

function validateCreate(event: CoreEvent, path: FieldPath): FieldError[] {
  const { type = '', source } = event;
  const errors = validateSeries(event, path);
  if (!event.eventTime) errors.push(required(path.at('eventTime')));
  if (type !== 'Normal' && type !== 'Warning') {
    errors.push(invalid(path.at('type'), '', `has invalid value: ${type}`));
  }
  for (const field of ['firstTimestamp', 'lastTimestamp', 'count'] as const) {
    if (event[field]) errors.push(invalid(path.at(field), '', UNSET));
  }
  if (source?.component || source?.host) errors.push(invalid(path.at('source'), '', UNSET));
  return errors;
}

function validateSeries({ series }: CoreEvent, path: FieldPath): FieldError[] {
  if (!series) return [];
  const errors: FieldError[] = [];
  if ((series.count ?? 0) < 2) {
    errors.push(invalid(path.at('series.count'), '', 'should be at least 2'));
  }
  if (!series.lastObservedTime) errors.push(required(path.at('series.lastObservedTime')));
  return errors;
}

const FIXED = [
  'involvedObject',
  'reason',
  'message',
  'source',
  'firstTimestamp',
  'lastTimestamp',
  'count',
  'reason',
  'type',
  'eventTime',
  'action',
  'related',
  'reportingController',
  'reportingInstance',
] as const;

const SHAPE = shapeOf(coreEvents);

/** A field as messages show it: parts of Kubernetes' inner form by Go's names. */
function shownField(event: CoreEvent, name: keyof CoreEvent): unknown {
  const { [name]: value } = event;
  const { type } = SHAPE.fieldsByName.get(name)!;
  return isMessage(type) && typeof value === 'object' ? goStruct(type, value) : value;
}

function validateUpdate(next: CoreEvent, previous: CoreEvent, path: FieldPath): FieldError[] {
  const errors = isEqual(next.series, previous.series) ? [] : validateSeries(next, path);
  for (const field of FIXED) {
    const name = field === 'reportingController' ? 'reportingComponent' : field;
    if (isSemanticallyEqual(next[name], previous[name])) continue;
    errors.push(invalid(path.at(field), shownField(next, name), 'field is immutable'));
  }
  return errors;
}

/** Columns and fields are those of the stored form. */
const columns: readonly Column<Event>[] = eventColumns.map((each) => ({
  ...each,
  cell: (event, context) => each.cell(toCore(event), context),
}));

const FIELD_NAMES: Readonly<Record<string, string>> = { reportingComponent: 'reportingController' };

const selectableFields = Object.fromEntries(
  Object.entries(eventFields).map(([name, read]) => [
    FIELD_NAMES[name] ?? name.replace('involvedObject', 'regarding'),
    (event: Event) => read(toCore(event)),
  ]),
);

/** Events in the group made for them: the same objects in newer words, with stricter rules. */
export const events: ResourceDefinition<Event> = {
  ...resource,
  shape: shapeOf(resource),
  shortNames: ['ev'],
  checksMetadata: 'never',
  createOnUpdate: true,
  expiresAfterSeconds: coreEvents.expiresAfterSeconds,
  storedAs,
  defaults: (draft) => void part(draft, 'regarding'),
  validate: (event, { path }) => validateEvent(toCore(event), path, 'reportingController'),
  validateCreate: (event, { path }) => validateCreate(toCore(event), path),
  validateUpdate: (next, previous, { path }) =>
    validateUpdate(toCore(next), toCore(previous), path),
  columns,
  selectableFields,
};

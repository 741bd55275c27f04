import { type FieldError, invalid, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { validateDnsSubdomain, validateQualifiedName } from '../checks.ts';
import { age, UNKNOWN } from '../columns.ts';
import { type Column, column, type ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { events as resource } from '../generated/core/v1/resources.ts';
import type { Event } from '../generated/core/v1/types.ts';
import { shapeOf } from '../shapes.ts';

const LIFETIME_SECONDS = 60 * 60;
const TEXT_MAX_LENGTH = 128;
const MESSAGE_MAX_LENGTH = 1024;

/** How the field is called that says which program tells of an event, in one version or another. */
export type ReporterField = 'reportingComponent' | 'reportingController';

/** What every event has to fulfil, in whichever version it comes. */
export function validateEvent(
  event: Event,
  path: FieldPath,
  reporter: ReporterField,
): FieldError[] {
  const errors = event.eventTime
    ? validateNewStyle(event, path, reporter)
    : validateOldStyle(event, path);
  const { namespace = '' } = event.metadata;
  return [...errors, ...validateDnsSubdomain(namespace, path.at('namespace'))];
}

const wrongNamespace = (namespace: string, path: FieldPath): FieldError =>
  invalid(path.at('involvedObject', 'namespace'), namespace, 'does not match event.namespace');

function validateOldStyle({ metadata, involvedObject }: Event, path: FieldPath): FieldError[] {
  const { namespace = '' } = metadata;
  const about = involvedObject.namespace ?? '';
  const fits = about ? about === namespace : namespace === '' || namespace === 'default';
  return fits ? [] : [wrongNamespace(about, path)];
}

function validateNewStyle(event: Event, path: FieldPath, reporter: ReporterField): FieldError[] {
  const { metadata, involvedObject, reportingComponent = '' } = event;
  const errors: FieldError[] = [];
  const isElsewhere = !['default', 'kube-system'].includes(metadata.namespace ?? '');
  if (!involvedObject.namespace && isElsewhere) errors.push(wrongNamespace('', path));
  const at = path.at(reporter);
  if (!reportingComponent) errors.push(required(at));
  errors.push(...validateQualifiedName(reportingComponent, at));
  for (const field of ['reportingInstance', 'action', 'reason'] as const) {
    const text = event[field] ?? '';
    if (!text) errors.push(required(path.at(field)));
    errors.push(...validateLength(text, TEXT_MAX_LENGTH, path.at(field)));
  }
  return [
    ...errors,
    ...validateLength(event.message ?? '', MESSAGE_MAX_LENGTH, path.at('message')),
  ];
}

const validateLength = (text: string, max: number, path: FieldPath): FieldError[] =>
  Buffer.byteLength(text) > max ? [invalid(path, '', `can have at most ${max} characters`)] : [];

/** When it was first seen, and when last; old and new events say so in different fields. */
const firstSeen = ({ firstTimestamp, eventTime }: Event): string | null | undefined =>
  firstTimestamp ?? eventTime;

const lastSeen = (event: Event): string | null | undefined =>
  event.series ? event.series.lastObservedTime : (event.lastTimestamp ?? firstSeen(event));

const countOf = ({ series, count }: Event): number => (series ? (series.count ?? 0) : count || 1);

function sourceOf({ source, reportingComponent, reportingInstance }: Event): string {
  const component = source?.component || (reportingComponent ?? '');
  const instance = source?.host || reportingInstance;
  return instance ? `${component}, ${instance}` : component;
}

function objectCell({ involvedObject: { kind = '', name } }: Event): string {
  return name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase();
}

const time = (text: string | null | undefined, now: number): string =>
  text ? age(text, now) : UNKNOWN;

const wide = { priority: 1 };

/** What `kubectl get events` shows. */
export const eventColumns: readonly Column<Event>[] = [
  column('Last Seen', 'string', (event, { now }) => time(lastSeen(event), now)),
  column('Type', 'string', ({ type }) => type ?? ''),
  column('Reason', 'string', ({ reason }) => reason ?? ''),
  column('Object', 'string', objectCell),
  column('Subobject', 'string', ({ involvedObject }) => involvedObject.fieldPath ?? '', wide),
  column('Source', 'string', sourceOf, wide),
  column('Message', 'string', ({ message }) => (message ?? '').trim()),
  column('First Seen', 'string', (event, { now }) => time(firstSeen(event), now), wide),
  column('Count', 'string', countOf, wide),
  column('Name', 'string', ({ metadata }) => metadata.name, wide),
];

/** The fields by which events can be selected, in whichever version, with where they are here. */
export const eventFields: Readonly<Record<string, (event: Event) => string>> = {
  'involvedObject.kind': ({ involvedObject }) => involvedObject.kind ?? '',
  'involvedObject.namespace': ({ involvedObject }) => involvedObject.namespace ?? '',
  'involvedObject.name': ({ involvedObject }) => involvedObject.name ?? '',
  'involvedObject.uid': ({ involvedObject }) => involvedObject.uid ?? '',
  'involvedObject.apiVersion': ({ involvedObject }) => involvedObject.apiVersion ?? '',
  'involvedObject.resourceVersion': ({ involvedObject }) => involvedObject.resourceVersion ?? '',
  'involvedObject.fieldPath': ({ involvedObject }) => involvedObject.fieldPath ?? '',
  reason: ({ reason }) => reason ?? '',
  reportingComponent: ({ reportingComponent }) => reportingComponent ?? '',
  source: ({ source, reportingComponent }) => source?.component || (reportingComponent ?? ''),
  type: ({ type }) => type ?? '',
};

/** Something that happened to an object. Tells people what programs did and why. */
export const events: ResourceDefinition<Event> = {
  ...resource,
  shape: shapeOf(resource),
  shortNames: ['ev'],
  checksMetadata: 'never',
  createOnUpdate: true,
  expiresAfterSeconds: LIFETIME_SECONDS,
  defaults: (draft) => void part(draft, 'involvedObject'),
  validate: (event, { path }) => validateEvent(event, path, 'reportingComponent'),
  columns: eventColumns,
  selectableFields: eventFields,
};

import { parseTime } from '../base/clock.ts';
import type { KubeObject } from '../machinery/object.ts';
import { LabelSelector } from '../machinery/selector/label-selector.ts';
import { type Column, column } from './definition.ts';
import type { Container, PodSpec } from './generated/core/v1/types.ts';
import type { LabelSelector as LabelSelectorObject } from './generated/meta/v1/types.ts';
import { humanDuration } from './human-duration.ts';

/** What a cell holds where there is nothing to show. */
export const NONE = '<none>';
/** What a cell holds where nobody has said yet. */
export const UNKNOWN = '<unknown>';

/** How long ago a time was, or `<unknown>` for none. */
export function age(time: string | null | undefined, now: number): string {
  const ms = parseTime(time ?? undefined);
  return ms === undefined ? UNKNOWN : humanDuration(now - ms);
}

/** The column every table begins with. */
export const nameColumn: Column<KubeObject> = column('Name', 'string', (o) => o.metadata.name, {
  format: 'name',
});

/** How long ago the object was created. */
export const ageColumn: Column<KubeObject> = column('Age', 'string', (object, { now }) =>
  age(object.metadata.creationTimestamp, now),
);

/** The columns of a kind without any of its own. */
export const defaultColumns: readonly Column<KubeObject>[] = [
  nameColumn,
  column('Created At', 'date', (object) => object.metadata.creationTimestamp),
];

/** `a=b,c=d` in the order of keys, or `<none>`. */
export function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? NONE : pairs.sort().join(',');
}

/** The text form of a label selector: `app=web,tier in (a,b),!old`. Empty selects everything. */
export const selectorText = (selector: LabelSelectorObject | undefined): string =>
  LabelSelector.from(selector).toString();

/** A label selector in its text form, or `<none>`. */
export const selectorCell = (selector: LabelSelectorObject | undefined): string =>
  selectorText(selector) || NONE;

const each = (spec: PodSpec | undefined, show: (container: Container) => string): string =>
  (spec?.containers ?? []).map(show).join(',');

/** Names and images of the containers of a template; by default for wide tables only. */
export const containerColumns = <T extends KubeObject>(
  specOf: (object: T) => PodSpec | undefined,
  priority = 1,
): readonly Column<T>[] => {
  const cell = (show: (container: Container) => string) => (object: T) =>
    each(specOf(object), show);
  return [
    column(
      'Containers',
      'string',
      cell(({ name }) => name),
      { priority },
    ),
    column(
      'Images',
      'string',
      cell(({ image }) => image ?? ''),
      { priority },
    ),
  ];
};

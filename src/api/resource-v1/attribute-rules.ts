import { type FieldError, invalid, tooLong } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import type { Draft } from '../../machinery/object.ts';
import { isLongerThan } from '../../machinery/validation/text-format.ts';
import { validateEach } from '../checks.ts';
import type { Device, DeviceAttribute } from '../generated/resource/v1/types.ts';
import { goName } from '../go-struct.ts';

const TEXT_MAX_BYTES = 64;
const SINGLE = ['int', 'bool', 'string', 'version'] as const;
const LISTS = ['ints', 'bools', 'strings', 'versions'] as const;

const NUMBER = String.raw`(0|[1-9]\d*)`;
const PRE_RELEASE = String.raw`(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)`;
const BUILD = '[0-9a-zA-Z-]+';
const VERSION = new RegExp(
  String.raw`^${NUMBER}\.${NUMBER}\.${NUMBER}(-${PRE_RELEASE}(\.${PRE_RELEASE})*)?(\+${BUILD}(\.${BUILD})*)?$`,
);

/** How many values the attributes of a device have, of which lists have several. */
export const countValues = ({ attributes = {} }: Device): number =>
  Object.values(attributes).reduce((sum, attribute) => sum + countOf(attribute), 0);

const countOf = (attribute: DeviceAttribute): number =>
  LISTS.reduce((sum, list) => sum + (attribute[list]?.length ?? 0), 0) || 1;

/** Takes the lists from a device's attributes. */
export function dropLists({ attributes = {} }: Draft<Device>): void {
  for (const attribute of Object.values(attributes)) {
    for (const list of LISTS) delete attribute[list];
  }
}

/** Whether an attribute has lists of values, not one. */
export const hasLists = (attribute: DeviceAttribute): boolean =>
  LISTS.some((list) => attribute[list] !== undefined);

/** A property of a device: one value of one type, or a list of such. */
export function validateAttribute(attribute: DeviceAttribute, path: FieldPath): FieldError[] {
  const { string, version, strings, versions } = attribute;
  const errors: FieldError[] = [];
  if (string !== undefined) errors.push(...validateText(string, path.at('string')));
  if (version !== undefined) errors.push(...validateVersion(version, path.at('version')));
  for (const list of LISTS) {
    if (attribute[list]?.length !== 0) continue;
    errors.push(invalid(path.at(list), [], 'must not be empty if specified'));
  }
  errors.push(...validateEach(strings, path.at('strings'), validateText));
  errors.push(...validateEach(versions, path.at('versions'), validateVersion));
  const given = [...SINGLE, ...LISTS].filter((field) => attribute[field] !== undefined);
  if (given.length === 1) return errors;
  const shown = given.length === 0 ? '' : asGo(attribute);
  return [...errors, invalid(path, shown, 'exactly one value must be specified')];
}

const validateText = (text: string, path: FieldPath): FieldError[] =>
  isLongerThan(text, TEXT_MAX_BYTES) ? [tooLong(path, TEXT_MAX_BYTES)] : [];

const validateVersion = (version: string, path: FieldPath): FieldError[] => [
  ...(VERSION.test(version)
    ? []
    : [invalid(path, version, 'must be a string compatible with semver.org spec 2.0.0')]),
  ...validateText(version, path),
];

// Go's fields are named after what they hold: `ints` is IntValues.
const asGo = (attribute: DeviceAttribute): object =>
  Object.fromEntries([
    ...SINGLE.map((field) => [`${goName(field)}Value`, attribute[field] ?? null]),
    ...LISTS.map((list) => [`${goName(list.slice(0, -1))}Values`, attribute[list] ?? null]),
  ]);

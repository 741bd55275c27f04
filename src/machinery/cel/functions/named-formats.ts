import { checkLabelValue, checkQualifiedName } from '../../validation/labels.ts';
import {
  checkNameIsDns1035Label,
  checkNameIsLabel,
  checkNameIsSubdomain,
} from '../../validation/names.ts';
import type { Problems } from '../../validation/text-format.ts';
import { listValue } from '../collections.ts';
import { type Overload, overload } from '../overload.ts';
import { CelError, Opaque, Optional, type Value } from '../values.ts';
import { parseDate, parseTimestamp } from './time.ts';
import { parseUrl } from './urls.ts';

class FormatValue extends Opaque {
  readonly typeName = 'kubernetes.NamedFormat';
  readonly name: string;
  /** What is wrong with a text, if anything. */
  readonly check: (text: string) => Problems;
  /** How long a regular expression would be that says the same: costs go by it. */
  readonly patternSize: number;

  constructor(name: string, patternSize: number, check: (text: string) => Problems) {
    super();
    this.name = name;
    this.patternSize = patternSize;
    this.check = check;
  }

  equals(other: FormatValue): boolean {
    return this.name === other.name;
  }
}

const unless =
  (problem: string, isGood: (text: string) => boolean) =>
  (text: string): Problems =>
    isGood(text) ? [] : [problem];

function checkUri(text: string): Problems {
  const url = parseUrl(text);
  return url instanceof CelError ? [url.message] : [];
}

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const BASE64 = /^(?=.)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const isDateTime = (text: string): boolean =>
  parseTimestamp(text.replace(/[tz]/g, (each) => each.toUpperCase())) !== undefined;

const FORMATS: ReadonlyMap<string, FormatValue> = new Map(
  [
    new FormatValue('dns1123Label', 30, checkNameIsLabel),
    new FormatValue('dns1123Subdomain', 60, checkNameIsSubdomain),
    new FormatValue('dns1035Label', 30, checkNameIsDns1035Label),
    new FormatValue('qualifiedName', 60, checkQualifiedName),
    new FormatValue('dns1123LabelPrefix', 30, (text) => checkNameIsLabel(text, true)),
    new FormatValue('dns1123SubdomainPrefix', 60, (text) => checkNameIsSubdomain(text, true)),
    new FormatValue('dns1035LabelPrefix', 30, (text) => checkNameIsDns1035Label(text, true)),
    new FormatValue('labelValue', 40, checkLabelValue),
    new FormatValue('uri', 1103, checkUri),
    new FormatValue(
      'uuid',
      72,
      unless('does not match the UUID format', (text) => UUID.test(text)),
    ),
    new FormatValue(
      'byte',
      84,
      unless('invalid base64', (text) => BASE64.test(text)),
    ),
    new FormatValue(
      'date',
      71,
      unless('invalid date', (text) => parseDate(text) !== undefined),
    ),
    new FormatValue('datetime', 71, unless('invalid datetime', isDateTime)),
  ].map((format) => [format.name, format]),
);

function named(name: string): Value {
  const format = FORMATS.get(name);
  return format ? new Optional(format) : Optional.none;
}

function validate({ check }: FormatValue, text: string): Value {
  const problems = check(text);
  return problems.length === 0 ? Optional.none : new Optional(listValue(problems));
}

/** Formats that Kubernetes has names for: `format.dns1123Label().validate(text)`. */
export const namedFormats: readonly Overload[] = [
  ...Array.from(FORMATS.values(), (format) =>
    overload(`format.${format.name}`, `format.${format.name}`, '() Format', () => format),
  ),
  overload('format.named', 'format-named', '(string) optional(Format)', named),
  overload('validate', 'format-validate', 'Format.(string) optional(list(string))', validate),
];

import { quote } from '../../quote.ts';
import { compareText } from '../equality.ts';
import { type Overload, overload } from '../overload.ts';
import { CelError, isError, Opaque } from '../values.ts';

interface Version {
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
  readonly prerelease: readonly string[];
  readonly build: readonly string[];
}

class SemverValue extends Opaque {
  readonly typeName = 'kubernetes.Semver';
  readonly version: Version;

  constructor(version: Version) {
    super();
    this.version = version;
  }

  equals(other: SemverValue): boolean {
    return order(this, other) === 0;
  }

  override toString(): string {
    const { major, minor, patch, prerelease, build } = this.version;
    const tail = prerelease.length === 0 ? '' : `-${prerelease.join('.')}`;
    return `${major}.${minor}.${patch}${tail}${build.length === 0 ? '' : `+${build.join('.')}`}`;
  }
}

const sign = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
const isNumber = (part: string): boolean => /^\d+$/.test(part);

function comparePart(a: string, b: string): number {
  if (isNumber(a) && isNumber(b)) return sign(BigInt(a), BigInt(b));
  if (isNumber(a) !== isNumber(b)) return isNumber(a) ? -1 : 1;
  return compareText(a, b);
}

function comparePrereleases(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return Number(a.length === 0) - Number(b.length === 0);
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const found = comparePart(a[i]!, b[i]!);
    if (found !== 0) return found;
  }
  return Math.sign(a.length - b.length);
}

/** Precedence: builds don't count. */
function order({ version: a }: SemverValue, { version: b }: SemverValue): number {
  return (
    sign(a.major, b.major) ||
    sign(a.minor, b.minor) ||
    sign(a.patch, b.patch) ||
    comparePrereleases(a.prerelease, b.prerelease)
  );
}

class VersionError extends Error {}

function number(text: string, name: string): bigint {
  if (!isNumber(text)) {
    throw new VersionError(
      `Invalid character(s) found in ${name.toLowerCase()} number ${quote(text)}`,
    );
  }
  if (text.length > 1 && text.startsWith('0')) {
    throw new VersionError(`${name} number must not contain leading zeroes ${quote(text)}`);
  }
  const value = BigInt(text);
  if (value === BigInt.asUintN(64, value)) return value;
  throw new VersionError(`strconv.ParseUint: parsing ${quote(text)}: value out of range`);
}

function checkPrerelease(part: string): void {
  if (part === '') throw new VersionError('Prerelease is empty');
  if (isNumber(part) && part.length > 1 && part.startsWith('0')) {
    throw new VersionError(
      `Numeric PreRelease version must not contain leading zeroes ${quote(part)}`,
    );
  }
  if (!/^[0-9A-Za-z-]+$/.test(part)) {
    throw new VersionError(`Invalid character(s) found in prerelease ${quote(part)}`);
  }
}

function checkBuild(part: string): void {
  if (part === '') throw new VersionError('Build meta data is empty');
  if (!/^[0-9A-Za-z-]+$/.test(part)) {
    throw new VersionError(`Invalid character(s) found in build meta data ${quote(part)}`);
  }
}

/** Cuts at the first place where the separator stands; the rest is undefined if there is none. */
function cut(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function parseVersion(text: string): Version {
  if (text === '') throw new VersionError('Version string empty');
  const [major, afterMajor] = cut(text, '.');
  const [minor, rest] = cut(afterMajor ?? '', '.');
  if (rest === undefined) throw new VersionError('No Major.Minor.Patch elements found');
  const numbers = { major: number(major, 'Major'), minor: number(minor, 'Minor') };
  const [beforeBuild, build] = cut(rest, '+');
  const [patch, prerelease] = cut(beforeBuild, '-');
  const version: Version = {
    ...numbers,
    patch: number(patch, 'Patch'),
    prerelease: prerelease?.split('.') ?? [],
    build: build?.split('.') ?? [],
  };
  version.prerelease.forEach(checkPrerelease);
  version.build.forEach(checkBuild);
  return version;
}

/** Leaves out a `v` and leading zeros, and adds what short versions lack. */
function normalized(text: string): string {
  const [major, afterMajor] = cut(text.replace(/^v/, ''), '.');
  const [minor, rest] = afterMajor === undefined ? [undefined, undefined] : cut(afterMajor, '.');
  const parts = [major, minor, rest].filter((part) => part !== undefined);
  if (parts.length < 3 && /[+-]/.test(parts.at(-1)!)) {
    throw new VersionError('short version cannot contain PreRelease/Build meta data');
  }
  const trimmed = parts.map((part) => part.replace(/^0+(?=\d)/, ''));
  return [...trimmed, '0', '0'].slice(0, 3).join('.');
}

function read(text: string, isNormalized = false): SemverValue | CelError {
  try {
    return new SemverValue(parseVersion(isNormalized ? normalized(text) : text));
  } catch (error) {
    if (error instanceof VersionError) return new CelError(error.message);
    throw error;
  }
}

const isVersion = (text: string, isNormalized = false): boolean =>
  !isError(read(text, isNormalized));
const ofTwo = 'Semver.(Semver)';

/** Semantic versions: `semver('1.2.3')`. */
export const semverFunctions: readonly Overload[] = [
  overload('semver', 'string_to_semver', '(string) Semver', read),
  overload('semver', 'string_bool_to_semver', '(string, bool) Semver', read),
  overload('isSemver', 'is_semver_string', '(string) bool', isVersion),
  overload('isSemver', 'is_semver_string_bool', '(string, bool) bool', isVersion),
  overload('isGreaterThan', 'semver_is_greater_than', `${ofTwo} bool`, (a, b) => order(a, b) > 0),
  overload('isLessThan', 'semver_is_less_than', `${ofTwo} bool`, (a, b) => order(a, b) < 0),
  overload('compareTo', 'semver_compare_to', `${ofTwo} int`, (a, b) => BigInt(order(a, b))),
  overload('major', 'semver_major', 'Semver.() int', ({ version }: SemverValue) =>
    BigInt.asIntN(64, version.major),
  ),
  overload('minor', 'semver_minor', 'Semver.() int', ({ version }: SemverValue) =>
    BigInt.asIntN(64, version.minor),
  ),
  overload('patch', 'semver_patch', 'Semver.() int', ({ version }: SemverValue) =>
    BigInt.asIntN(64, version.patch),
  ),
];

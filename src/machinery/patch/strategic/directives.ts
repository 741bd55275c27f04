import { isMap } from '../../member.ts';
import { unknownDirective } from './errors.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** The member of a patch that says what to do with the map it stands in. */
export const DIRECTIVE = '$patch';

export const hasDirective = (value: unknown): boolean =>
  isMap(value) && Object.hasOwn(value, DIRECTIVE);

/** What a map becomes by the directive in its patch: the patch itself, or nothing. */
export function applyDirective(patch: Fields): Fields {
  const { [DIRECTIVE]: directive, ...fields } = patch;
  if (directive === 'replace') return fields;
  if (directive === 'delete') return {};
  throw unknownDirective(directive, patch);
}

/** A value without null members, at any depth: there is nothing for them to remove. */
export function discardNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(discardNulls);
  if (!isMap(value)) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== null);
  return Object.fromEntries(entries.map(([key, each]) => [key, discardNulls(each)]));
}

/** A value without maps that carry a directive, at any depth. Undefined when it is one itself. */
export function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.filter((each) => !hasDirective(each)).map(withoutDirectives);
  }
  if (!isMap(value)) return value;
  if (hasDirective(value)) return undefined;
  const entries = Object.entries(value).filter(([, each]) => !hasDirective(each));
  return Object.fromEntries(entries.map(([key, each]) => [key, withoutDirectives(each)]));
}

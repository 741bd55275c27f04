import { posix } from 'node:path';
import { compileGlob } from './glob.ts';

/** Which files of a build context stay out of it. */
export interface IgnoreRules {
  /** Whether a path, relative to the context, is left out. */
  ignores(path: string): boolean;
  /** Whether an ignored folder may hold files that are taken in again, by a `!` rule. */
  readonly hasExceptions: boolean;
}

export const IGNORE_NOTHING: IgnoreRules = { ignores: () => false, hasExceptions: false };

/**
 * Reads a `.dockerignore`. Each line is a pattern; one that matches a folder covers all in it; `!`
 * takes in again; the last line that matches decides. Lines that aren't patterns are left out.
 */
export function parseIgnoreFile(source: string): IgnoreRules {
  const rules = source
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('#') && line.trim() !== '')
    .flatMap((line) => {
      const text = line.trim();
      const isException = text.startsWith('!');
      const pattern = posix.join('/', isException ? text.slice(1).trim() : text).slice(1);
      const matcher = compileGlob(pattern.replace(/\/$/, ''), { doubleStar: true });
      return matcher && pattern !== '' ? [{ matcher, isException }] : [];
    });
  return {
    hasExceptions: rules.some(({ isException }) => isException),
    ignores(path) {
      const chain = prefixesOf(path);
      let ignored = false;
      for (const { matcher, isException } of rules) {
        if (ignored === isException && chain.some((prefix) => matcher.test(prefix))) {
          ignored = !isException;
        }
      }
      return ignored;
    },
  };
}

/** `a/b/c` is in `a` and in `a/b`. */
function prefixesOf(path: string): string[] {
  const parts = path.split('/');
  return parts.map((_, i) => parts.slice(0, i + 1).join('/'));
}

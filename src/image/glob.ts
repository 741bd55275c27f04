export interface GlobOptions {
  /** `**` stands for any number of folders, also none. Otherwise it is just two stars. */
  readonly doubleStar?: boolean;
}

/** Whether a pattern has characters that aren't taken as they are. */
export const isGlob = (pattern: string): boolean => /[*?[\\]/.test(pattern);

/**
 * A pattern of paths as an expression that matches the whole path: `*` and `?` don't reach over a
 * slash, `[a-z]` and `[^a-z]` are classes, `\` takes the next character as it is. Undefined when a
 * class isn't closed.
 */
export function compileGlob(pattern: string, { doubleStar = false }: GlobOptions = {}) {
  let source = '';
  for (let i = 0; i < pattern.length; i++) {
    const rest = pattern.slice(i);
    const anyFolders = doubleStar && /^\*\*(\/|$)/.exec(rest);
    const charClass = /^\[(\^?)((?:\\.|[^\]\\])+)\]/.exec(rest);
    if (anyFolders) {
      source += anyFolders[1] ? '(?:[^/]+/)*' : '.*';
      i += anyFolders[0].length - 1;
    } else if (pattern[i] === '*') source += '[^/]*';
    else if (pattern[i] === '?') source += '[^/]';
    else if (charClass) {
      source += `[${charClass[1]}${charClass[2]!.replace(/[[\]^]/g, '\\$&')}]`;
      i += charClass[0].length - 1;
    } else if (pattern[i] === '[') return undefined;
    else source += literal(pattern[i] === '\\' ? (pattern[++i] ?? '') : pattern[i]!);
  }
  try {
    return new RegExp(`^${source}$`, 's');
  } catch {
    return undefined; // A class such as [z-a].
  }
}

const literal = (char: string): string => char.replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&');

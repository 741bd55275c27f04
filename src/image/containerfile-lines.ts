/** A Containerfile says something we can't do. The message begins with the file and the line. */
export class ContainerfileError extends Error {
  override readonly name = 'ContainerfileError';
  /** From 1. */
  readonly line: number;

  constructor(file: string, line: number, message: string) {
    super(`${file}:${line}: ${message}`);
    this.line = line;
  }
}

/** One instruction as it stands, its continued lines joined. */
export interface LogicalLine {
  /** The number of its first line, from 1. */
  readonly line: number;
  readonly text: string;
}

/** Continues a line, and takes away what a character means: a backtick when a directive says so. */
export type EscapeChar = '\\' | '`';

export interface SourceLines {
  readonly escapeChar: EscapeChar;
  readonly lines: readonly LogicalLine[];
}

const DIRECTIVE = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/;

/**
 * Splits a Containerfile into instructions: drops comments and blank lines (between continued lines
 * too), joins continued lines, and reads the parser directives, which count only at the very top.
 */
export function splitLines(file: string, source: string): SourceLines {
  const physical = source.replace(/^\uFEFF/, '').split(/\r?\n/);
  const escapeChar = readDirectives(file, physical);
  const continued = new RegExp(`${escapeChar === '\\' ? '\\\\' : '`'}[ \\t]*$`);
  const lines: LogicalLine[] = [];
  let open: { line: number; text: string } | undefined;
  for (const [i, raw] of physical.entries()) {
    if (/^\s*(#|$)/.test(raw)) continue;
    const text = open ? open.text + raw : raw.trimStart();
    const line = open?.line ?? i + 1;
    open = continued.test(text) ? { line, text: text.replace(continued, '') } : undefined;
    if (!open) lines.push({ line, text: text.trim() });
  }
  if (open?.text.trim()) lines.push({ line: open.line, text: open.text.trim() });
  return { escapeChar, lines };
}

function readDirectives(file: string, physical: readonly string[]): EscapeChar {
  let escapeChar: EscapeChar = '\\';
  for (const [i, raw] of physical.entries()) {
    const [, name, value] = raw.match(DIRECTIVE) ?? [];
    if (name === undefined) return escapeChar;
    if (name.toLowerCase() !== 'escape') continue; // `syntax` and `check` are for other builders.
    if (value !== '\\' && value !== '`') {
      throw new ContainerfileError(file, i + 1, `escape must be \\ or \`, not ${value}`);
    }
    escapeChar = value;
  }
  return escapeChar;
}

import { createRequire } from 'node:module';
import type { RE2JS } from 're2js';

/** A pattern that was understood. */
export interface Pattern {
  /** Whether the pattern matches anywhere in the text. */
  matches(text: string): boolean;
}

// Loaded when the first pattern is needed: most clusters start without one.
let engine: typeof RE2JS | undefined;

function re2(): typeof RE2JS {
  engine ??= (createRequire(import.meta.url)('re2js') as { RE2JS: typeof RE2JS }).RE2JS;
  return engine;
}

const CACHE_MAX = 2048;
const cache = new Map<string, Pattern | Error>();

/**
 * A regular expression of RE2's syntax, as Go and so Kubernetes understand it, which takes linear
 * time whatever the text. Throws an Error whose message is Go's.
 */
export function compilePattern(text: string): Pattern {
  let found = cache.get(text);
  if (found === undefined) {
    found = compile(text);
    if (cache.size >= CACHE_MAX) cache.clear();
    cache.set(text, found);
  }
  if (found instanceof Error) throw found;
  return found;
}

function compile(text: string): Pattern | Error {
  try {
    const pattern = re2().compile(text);
    return { matches: (value) => pattern.matcher(value).find() };
  } catch (error) {
    return error as Error;
  }
}

const VALUE_MAX = 40;
/** So much of what is the same on both sides is shown in front of what differs. */
const LEAD = 12;

/** Both sides of a change as they are shown; undefined where there is none. */
export interface ShownChange {
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Two values in as few words as will do: cut, but not where they differ first. */
export function shownChange({ before, after }: { before?: unknown; after?: unknown }): ShownChange {
  const [old, now] = [textOf(before), textOf(after)];
  if (old === undefined || now === undefined) return { before: cut(old, 0), after: cut(now, 0) };
  const isLong = Math.max(old.length, now.length) > VALUE_MAX;
  const from = isLong ? Math.max(0, firstDifference(old, now) - LEAD) : 0;
  return { before: cut(old, from), after: cut(now, from) };
}

function firstDifference(a: string, b: string): number {
  let i = 0;
  while (i < a.length && i < b.length && a[i] === b[i]) i++;
  return i;
}

function textOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const text = typeof value === 'string' ? value || '""' : JSON.stringify(value);
  return text.replaceAll(/\b(sha256:[0-9a-f]{12})[0-9a-f]{52}\b/g, '$1');
}

function cut(text: string | undefined, from: number): string | undefined {
  if (text === undefined) return undefined;
  const rest = from > 0 ? `…${text.slice(from)}` : text;
  return rest.length > VALUE_MAX ? `${rest.slice(0, VALUE_MAX - 1)}…` : rest;
}

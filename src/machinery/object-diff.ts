import { sortKeys } from './equal.ts';

const CONTEXT_LINES = 3;

const linesOf = (value: unknown): string[] =>
  (JSON.stringify(sortKeys(value), undefined, 1) ?? '').split('\n');

/**
 * What differs between two JSON values, for the end of messages: one hunk of a unified diff of their
 * indented texts, from the first line that differs to the last.
 */
export function objectDiff(before: unknown, after: unknown): string {
  const [old, now] = [linesOf(before), linesOf(after)];
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start++;
  let [oldEnd, nowEnd] = [old.length, now.length];
  while (oldEnd > start && nowEnd > start && old[oldEnd - 1] === now[nowEnd - 1]) {
    oldEnd--;
    nowEnd--;
  }
  const from = Math.max(0, start - CONTEXT_LINES);
  const after3 = old.slice(oldEnd, oldEnd + CONTEXT_LINES);
  const counts = [oldEnd, nowEnd].map((end) => `${from + 1},${end - from + after3.length}`);
  return [
    `@@ -${counts[0]} +${counts[1]} @@`,
    ...old.slice(from, start).map((line) => ` ${line}`),
    ...old.slice(start, oldEnd).map((line) => `-${line}`),
    ...now.slice(start, nowEnd).map((line) => `+${line}`),
    ...after3.map((line) => ` ${line}`),
  ].join('\n');
}

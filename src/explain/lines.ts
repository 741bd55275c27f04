import type { Advice, Explanation } from './explanation.ts';
import { nameOf } from './reference.ts';

const MARKS = { well: 'ok', waiting: '..', wrong: 'xx' } as const;

/**
 * Explanations as lines for people, what lies behind each indented below. What is the same of several
 * objects stands at the first of them, which names the others.
 */
export function linesOfAll(explanations: readonly Explanation[]): string[] {
  const alike = new Map<string, Explanation[]>();
  for (const [index, each] of explanations.entries()) {
    const key = isBare(each) ? String(index) : contentOf(each, each.about.kind);
    alike.set(key, [...(alike.get(key) ?? []), each]);
  }
  const shown = new Set<string>();
  return [...alike.values()].flatMap(([first, ...others]) => {
    if (!first) return [];
    const names = others.map(({ about }) => nameOf(about)).join(', ');
    const [head = '', ...rest] = indentedLines(first, { indent: '', shown });
    return [head, ...(names ? [`    the same is true of ${names}`] : []), ...rest];
  });
}

/** One explanation as lines for people. */
export const linesOf = (explanation: Explanation): string[] => linesOfAll([explanation]);

const isBare = ({ evidence, causes }: Explanation): boolean =>
  evidence.length === 0 && causes.length === 0;

/** All that an explanation says but for the advice, which may have the object's name in it. */
const contentOf = ({ state, summary, evidence, causes }: Explanation, about: unknown): string =>
  JSON.stringify([about, state, summary, evidence, causes]);

/** `shown` gathers what was said already: of that, a second time, the first line is enough. */
function indentedLines(
  explanation: Explanation,
  { indent, shown }: { readonly indent: string; readonly shown: Set<string> },
): string[] {
  const { about, state, summary, evidence, advice, causes } = explanation;
  const inner = `${indent}    `;
  const width = Math.max(0, ...evidence.map(({ subject }) => subject.length));
  const head = `${indent}${MARKS[state]}  ${nameOf(about)}: ${summary}`;
  const content = contentOf(explanation, about);
  if (shown.has(content)) return [head];
  shown.add(content);
  return [
    head,
    ...evidence.map(({ subject, text }) => `${inner}${subject.padEnd(width)}  ${text}`),
    ...adviceLines(advice, inner),
    ...causes.flatMap((cause) => indentedLines(cause, { indent: inner, shown })),
  ];
}

function adviceLines(advice: readonly Advice[], indent: string): string[] {
  return advice.flatMap(({ text, commands, isTried }, index) => [
    `${indent}${index === 0 ? 'try' : 'or '} ${text}${isTried ? ' (tried: it then fits)' : ''}`,
    ...commands.map((command) => `${indent}    ${command}`),
  ]);
}

import type { Advice, Explanation } from './explanation.ts';
import { nameOf } from './reference.ts';

const MARKS = { well: 'ok', waiting: '..', wrong: 'xx' } as const;

/** An explanation as lines for people, what lies behind it indented below. */
export function linesOf(explanation: Explanation, indent = ''): string[] {
  const { about, state, summary, evidence, advice, causes } = explanation;
  const inner = `${indent}    `;
  const width = Math.max(0, ...evidence.map(({ subject }) => subject.length));
  return [
    `${indent}${MARKS[state]}  ${nameOf(about)}: ${summary}`,
    ...evidence.map(({ subject, text }) => `${inner}${subject.padEnd(width)}  ${text}`),
    ...adviceLines(advice, inner),
    ...causes.flatMap((cause) => linesOf(cause, inner)),
  ];
}

function adviceLines(advice: readonly Advice[], indent: string): string[] {
  return advice.flatMap(({ text, commands, isTried }, index) => [
    `${indent}${index === 0 ? 'try' : 'or '} ${text}${isTried ? ' (tried: it then fits)' : ''}`,
    ...commands.map((command) => `${indent}    ${command}`),
  ]);
}

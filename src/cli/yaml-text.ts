import { parseDocument } from 'yaml';
import { DecodeError } from '../machinery/decode-error.ts';
import { parseYaml } from '../machinery/yaml.ts';
import { CommandError } from './command.ts';

/** One document of a YAML text. */
export interface YamlDocument {
  /** The line of the file where it begins to say something, from 1. */
  readonly line: number;
  readonly value: unknown;
}

/**
 * The documents of a YAML or JSON text, read as Kubernetes reads them, without the empty ones.
 * Throws CommandError that begins with file and line.
 */
export function readYaml(text: string, file: string): YamlDocument[] {
  const documents: YamlDocument[] = [];
  for (const { text: part, line } of splitDocuments(text)) {
    const value = parse(part, file, line);
    if (value !== null) documents.push({ line: line + firstSaying(part), value });
  }
  return documents;
}

interface Part {
  readonly text: string;
  /** The line of the file where it begins, from 1. */
  readonly line: number;
}

/** Text up to each `---` or `...` at the beginning of a line, where only they can stand. */
export function splitDocuments(text: string): Part[] {
  const parts: { lines: string[]; line: number }[] = [{ lines: [], line: 1 }];
  for (const [index, line] of text.split('\n').entries()) {
    const isEnd = /^\.\.\.\s*$/.test(line);
    const isStart = /^---(\s|$)/.test(line);
    const current = parts.at(-1)!;
    if (isStart) parts.push({ lines: [line], line: index + 1 });
    else if (isEnd) parts.push({ lines: [], line: index + 2 });
    else current.lines.push(line);
  }
  return parts.map(({ lines, line }) => ({ text: `${lines.join('\n')}\n`, line }));
}

const firstSaying = (text: string): number =>
  Math.max(
    0,
    text.split('\n').findIndex((line) => !/^(---\s*(#.*)?|%.*|\s*#.*|\s*)$/.test(line)),
  );

function parse(text: string, file: string, line: number): unknown {
  try {
    const { value, strictError } = parseYaml(text);
    if (!strictError) return value;
    // `yaml: unmarshal errors:\n  line 3: key "a" already set in map`
    const [, at = 1, what] = /line (\d+): (.*)/.exec(strictError) ?? [];
    throw new CommandError(`${file}:${line + Number(at) - 1}: ${what ?? strictError}`, {
      advice: 'Remove one of the two.',
    });
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause;
    const { at, what } = locateJson(text, file) ?? locate(text, cause.message);
    throw new CommandError(`${file}:${line + at - 1}: ${what}`, {
      cause,
      advice: 'It must be YAML or JSON; mend that line.',
    });
  }
}

/** Where a text stops being YAML, as exactly as the parser knows: Kubernetes counts otherwise. */
function locate(text: string, message: string): { at: number; what: string } {
  const { errors } = parseDocument(text, { schema: 'failsafe', uniqueKeys: false });
  const [fault] = errors;
  const counted = /^(?:yaml: )?(?:line (\d+): )?(.*)$/.exec(message);
  if (!fault?.linePos) return { at: Number(counted?.[1] ?? 1), what: counted?.[2] ?? message };
  const [summary = ''] = fault.message.split('\n');
  const what = summary.replace(/ at line \d+, column \d+:?$/, '').replace(/:$/, '');
  const last = text.trimEnd().split('\n').length; // What lacks its end lacks it there.
  return {
    at: Math.min(fault.linePos[0].line, last),
    what: `${what.charAt(0).toLowerCase()}${what.slice(1)}`,
  };
}

/** The same for a text that is meant to be JSON, of which the parser of YAML has its own idea. */
function locateJson(text: string, file: string): { at: number; what: string } | undefined {
  if (!file.endsWith('.json')) return undefined;
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    const offset = Number(/position (\d+)/.exec(message)?.[1] ?? text.trimEnd().length);
    const what = message.replace(/ in JSON.*$/, '').replace(/, ".*$/, '');
    return { at: text.slice(0, offset).split('\n').length, what };
  }
}

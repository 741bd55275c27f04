import {
  ContainerfileError,
  type EscapeChar,
  type LogicalLine,
  splitLines,
} from './containerfile-lines.ts';
import { ExpandError, splitWords } from './expand.ts';

/** A command to run: through a shell, or as it is. */
export type Command =
  | { readonly form: 'shell'; readonly text: string }
  | { readonly form: 'exec'; readonly args: readonly string[] };

/** Name and value; for ARG the value may be missing. */
export type Pair = readonly [name: string, value: string | undefined];

/** What the instructions say. Variables are not expanded yet: that depends on what came before. */
export type Statement = FromStatement | CopyStatement | ConfigStatement;

export interface FromStatement {
  readonly type: 'FROM';
  readonly image: string;
  readonly platform?: string;
  readonly as?: string;
}

/** A statement that only changes what the image's configuration says. */
export type ConfigStatement =
  | { readonly type: 'ARG' | 'ENV' | 'LABEL'; readonly pairs: readonly Pair[] }
  | { readonly type: 'WORKDIR' | 'USER' | 'STOPSIGNAL' | 'MAINTAINER'; readonly value: string }
  | { readonly type: 'EXPOSE' | 'VOLUME'; readonly values: readonly string[] }
  | { readonly type: 'ENTRYPOINT' | 'CMD'; readonly command: Command }
  | { readonly type: 'SHELL'; readonly args: readonly string[] }
  | { readonly type: 'HEALTHCHECK' };

export interface CopyStatement {
  readonly type: 'COPY' | 'ADD';
  readonly sources: readonly string[];
  readonly destination: string;
  readonly from?: string;
  readonly chown?: string;
  readonly chmod?: string;
}

/** A statement and where it stands. */
export interface Instruction {
  readonly line: number;
  readonly text: string;
  readonly statement: Statement;
}

export interface Containerfile {
  readonly file: string;
  readonly escapeChar: EscapeChar;
  readonly instructions: readonly Instruction[];
}

/** Whether a statement takes in files. */
export const isCopy = (statement: Statement): statement is CopyStatement =>
  statement.type === 'COPY' || statement.type === 'ADD';

/** Named in errors, so that nobody has to look it up. */
const SUPPORTED =
  'FROM, ARG, COPY, ADD (of local files), ENV, WORKDIR, USER, EXPOSE, LABEL, VOLUME, STOPSIGNAL, SHELL, ENTRYPOINT and CMD';

/** Reads a Containerfile. Throws ContainerfileError at the first thing that can't be done. Pure. */
export function parseContainerfile(source: string, file = 'Containerfile'): Containerfile {
  const { escapeChar, lines } = splitLines(file, source);
  const instructions = lines.map((line) => {
    const fail: Fail = (message) => {
      throw new ContainerfileError(file, line.line, message);
    };
    return parseInstruction(line, escapeChar, fail);
  });
  checkOrder(file, instructions);
  return { file, escapeChar, instructions };
}

type Fail = (message: string) => never;

function parseInstruction(line: LogicalLine, escapeChar: EscapeChar, fail: Fail): Instruction {
  const [, word = '', rest = ''] = line.text.match(/^(\S+)\s*([\s\S]*)$/) ?? [];
  const name = word.toUpperCase();
  try {
    const statement = parseStatement({ name, word, rest, escapeChar, fail });
    return { line: line.line, text: line.text, statement };
  } catch (error) {
    if (error instanceof ExpandError) fail(`${name}: ${error.message}`);
    throw error;
  }
}

interface Parts {
  /** The instruction in capitals, and as it was written. */
  readonly name: string;
  readonly word: string;
  readonly rest: string;
  readonly escapeChar: EscapeChar;
  readonly fail: Fail;
}

function parseStatement(parts: Parts): Statement {
  const { name, word, rest, escapeChar, fail } = parts;
  if (name !== 'HEALTHCHECK' && rest === '' && KNOWN.has(name)) fail(`${name} needs an argument`);
  switch (name) {
    case 'FROM':
      return parseFrom(parts);
    case 'ARG':
      return {
        type: name,
        pairs: splitWords(rest, escapeChar).map((pair) => splitPair(pair, parts)),
      };
    case 'ENV':
    case 'LABEL':
      return { type: name, pairs: parsePairs(parts) };
    case 'COPY':
    case 'ADD':
      return parseCopy(name, parts);
    case 'WORKDIR':
    case 'USER':
    case 'STOPSIGNAL':
    case 'MAINTAINER':
      return { type: name, value: rest };
    case 'EXPOSE':
      return { type: name, values: splitWords(rest, escapeChar) };
    case 'VOLUME':
      return { type: name, values: jsonStrings(rest) ?? splitWords(rest, escapeChar) };
    case 'ENTRYPOINT':
    case 'CMD':
      return { type: name, command: parseCommand(parts) };
    case 'SHELL':
      return { type: name, args: jsonStrings(rest) ?? fail('SHELL takes a JSON array of strings') };
    case 'HEALTHCHECK':
      return { type: name };
    case 'RUN':
      return fail(
        `RUN is not supported: Tutti makes images without running anything in them. Build what the image needs first and COPY it; supported are ${SUPPORTED}`,
      );
    case 'ONBUILD':
      return fail(`ONBUILD is not supported; supported are ${SUPPORTED}`);
    default:
      return fail(`unknown instruction ${word}; supported are ${SUPPORTED}`);
  }
}

const KNOWN = new Set([
  ...['FROM', 'ARG', 'ENV', 'LABEL', 'COPY', 'ADD', 'WORKDIR', 'USER', 'STOPSIGNAL', 'MAINTAINER'],
  ...['EXPOSE', 'VOLUME', 'ENTRYPOINT', 'CMD', 'SHELL'],
]);

function parseFrom(parts: Parts): Statement {
  const { flags, rest } = takeFlags(parts, ['platform']);
  const [image, as, stage, ...more] = rest.split(/\s+/);
  const hasName = as !== undefined;
  if (!image || more.length > 0 || (hasName && (as.toUpperCase() !== 'AS' || !stage))) {
    return parts.fail('FROM takes an image, or an image AS a name');
  }
  if (hasName && !/^[a-z][a-z0-9-_.]*$/.test(stage!.toLowerCase())) {
    return parts.fail(`"${stage}" is not a stage name: it begins with a letter`);
  }
  return {
    type: 'FROM',
    image,
    ...(flags.platform !== undefined && { platform: flags.platform }),
    ...(hasName && { as: stage!.toLowerCase() }),
  };
}

function splitPair(pair: string, { name, fail }: Parts): Pair {
  const equals = pair.indexOf('=');
  const key = equals < 0 ? pair : pair.slice(0, equals);
  if (key === '') fail(`${name}: a name is missing before =`);
  return [key, equals < 0 ? undefined : pair.slice(equals + 1)];
}

/** `a=1 b="2 3"`, or the old form `a rest of the line`. */
function parsePairs(parts: Parts): Pair[] {
  const { name, rest, escapeChar, fail } = parts;
  const words = splitWords(rest, escapeChar);
  if (!words[0]!.includes('=')) {
    const [, key = '', value = ''] = rest.match(/^(\S+)\s*([\s\S]*)$/) ?? [];
    if (value === '') fail(`${name} takes NAME=VALUE`);
    return [[key, value]];
  }
  const pairs = words.map((word) => splitPair(word, parts));
  const lone = pairs.find(([, value]) => value === undefined);
  if (lone) fail(`${name} takes NAME=VALUE, and "${lone[0]}" has no =`);
  return pairs;
}

function parseCopy(type: 'COPY' | 'ADD', parts: Parts): CopyStatement {
  const { fail } = parts;
  const { flags, rest } = takeFlags(parts, ['from', 'chown', 'chmod', 'link']);
  if (type === 'ADD' && flags.from !== undefined) fail('ADD takes no --from: use COPY');
  const words = jsonStrings(rest) ?? rest.split(/\s+/);
  if (words.some((word) => word.startsWith('<<'))) {
    fail(`${type} of inline text (<<) is not supported: put the text into a file`);
  }
  const destination = words.at(-1);
  const sources = words.slice(0, -1);
  if (destination === undefined || sources.length === 0) {
    return fail(`${type} takes at least one source, and a destination`);
  }
  const remote = sources.find((path) => /^(https?|ftp|git):\/\/|^git@/.test(path));
  if (remote !== undefined) {
    fail(
      `${type} of ${remote} is not supported: download it first and COPY it; supported are ${SUPPORTED}`,
    );
  }
  const packed = sources.find((path) => /\.(tar|tgz|tbz2|txz|tar\.\w+)$/.test(path));
  if (type === 'ADD' && packed !== undefined) {
    fail(`ADD does not unpack ${packed}: unpack it first and COPY the files`);
  }
  const { from, chown, chmod } = flags;
  return {
    type,
    sources,
    destination,
    ...(from !== undefined && { from }),
    ...(chown !== undefined && { chown }),
    ...(chmod !== undefined && { chmod }),
  };
}

/** Takes the `--name=value` words off the front. */
function takeFlags(
  { name, rest, fail }: Parts,
  known: readonly string[],
): { flags: Partial<Record<string, string>>; rest: string } {
  const flags: Record<string, string> = {};
  let left = rest;
  for (;;) {
    const [whole, flag, value] = left.match(/^--([a-z-]+)(?:=(\S*))?(?:\s+|$)/) ?? [];
    if (whole === undefined || flag === undefined) return { flags, rest: left };
    if (!known.includes(flag)) {
      fail(`${name} --${flag} is not supported; it takes ${known.map((k) => `--${k}`).join(', ')}`);
    }
    if (!value && flag !== 'link') fail(`${name} --${flag} needs a value: --${flag}=…`);
    flags[flag] = value ?? '';
    left = left.slice(whole.length);
  }
}

function parseCommand({ rest }: Parts): Command {
  const args = jsonStrings(rest);
  return args ? { form: 'exec', args } : { form: 'shell', text: rest };
}

/** A JSON array of strings; undefined when it isn't one, for then it is plain words. */
function jsonStrings(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    const isStrings = Array.isArray(value) && value.every((item) => typeof item === 'string');
    return isStrings ? value : undefined;
  } catch {
    return undefined;
  }
}

function checkOrder(file: string, instructions: readonly Instruction[]): void {
  const first = instructions.find(({ statement }) => statement.type !== 'ARG');
  if (!first) throw new ContainerfileError(file, 1, 'there is no FROM');
  if (first.statement.type !== 'FROM') {
    throw new ContainerfileError(file, first.line, `${first.statement.type} stands before FROM`);
  }
}

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Command } from '../../src/cli/command.ts';
import { placeOptions } from '../../src/cli/place.ts';
import { program } from '../../src/cmd/commands.ts';
import { cliReference, REFERENCE } from '../../tools/cli-reference.ts';

// Goal: every command line that a document or a help page shows is one that is understood.

const root = join(import.meta.dirname, '../..');
const lazy = program.groups.flatMap(({ commands }) => commands);
const commands = await Promise.all(lazy.map(({ load }) => load()));

test('the reference is what the commands say of themselves', async () => {
  const written = readFileSync(REFERENCE, 'utf8');
  assert.equal(written, await cliReference(), 'run "npm run cli-reference"');
});

/** What is wrong with a command line; undefined when it is understood. */
function faultOf(line: string): string | undefined {
  const words = line.trim().split(/\s+/).slice(1);
  const plain = words.filter((word, i) => !word.startsWith('-') && !takesValue(words[i - 1]));
  const name = [plain.slice(0, 2).join(' '), plain[0] ?? ''].find((each) => find(each));
  if (words.length === 0 || words[0] === 'COMMAND') return undefined;
  if (name === undefined) return words[0] === '--help' ? undefined : `no command "${plain[0]}"`;
  const command = find(name)!;
  const unknown = words.find((word) => word.startsWith('-') && !isOption(command, word));
  return unknown && `"tutti ${name}" has no option ${unknown}`;
}

const find = (name: string): Command | undefined => commands.find((each) => each.name === name);

/** Whether the word is one of the options that stand before a command's name, with a value to come. */
const takesValue = (word = ''): boolean => Object.hasOwn(placeOptions, word.replace(/^--/, ''));

function isOption({ options = {} }: Command, word: string): boolean {
  if (['-', '--', '-h', '--help', '-V', '--version'].includes(word)) return true;
  const [flag = ''] = word.split('=');
  if (!flag.startsWith('--')) {
    return Object.values(options).some(({ short }) => short !== undefined && flag === `-${short}`);
  }
  return Object.hasOwn({ ...placeOptions, ...options }, flag.slice(2));
}

/** Lines of shells, and what stands in quotes or backticks within sentences. */
function commandLines(text: string): string[] {
  const inline = [...text.matchAll(/["`]((?:\.\/)?tutti [^"`\n]+)["`]/g)].map(([, line]) => line!);
  const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) =>
    block!.split('\n'),
  );
  const examples = text.split('\n').filter((line) => /^ {2}(\S+ .*\| )?tutti /.test(line));
  return [...inline, ...blocks, ...examples]
    .map((line) =>
      line
        .replace(/ +#.*$/, '')
        .replace(/^.*\| (?=tutti)/, '')
        .trim(),
    )
    .map((line) => line.replace(/ {2,}.*$/, '').replace(/ [>|].*$/, ''))
    .filter((line) => /^(\.\/)?tutti( |$)/.test(line));
}

const documents = ['README.md', 'ARCHITECTURE.md', ...globSync('docs/**/*.md', { cwd: root })];

for (const document of documents) {
  test(document, () => {
    const text = readFileSync(join(root, document), 'utf8');
    const faults = commandLines(text).flatMap((line) => {
      const fault = faultOf(line);
      return fault ? [`${line}: ${fault}`] : [];
    });
    assert.deepEqual(faults, []);
  });
}

describe('examples of help pages', () => {
  for (const { name, details = '' } of commands) {
    test(name, () => {
      const faults = commandLines(details).map((line) => [line, faultOf(line)]);
      assert.deepEqual(
        faults.filter(([, fault]) => fault),
        [],
      );
    });
  }
});

test('the README shows the commands that it says everybody needs', () => {
  const shown = commandLines(readFileSync(join(root, 'README.md'), 'utf8'));
  for (const wanted of ['./tutti up -f examples/hello', 'tutti status', 'tutti down --purge']) {
    assert.ok(shown.includes(wanted), `${wanted}\n${shown.join('\n')}`);
  }
});

for (const [line, fault] of [
  ['tutti get pods -A', undefined],
  ['tutti --name x up --port 0', undefined],
  ['tutti gett pods', 'no command "gett"'],
  ['tutti get --foo', '"tutti get" has no option --foo'],
  ['tutti image build . -q', '"tutti image build" has no option -q'],
] as const) {
  test(`the check itself: ${line}`, () => assert.equal(faultOf(line), fault));
}

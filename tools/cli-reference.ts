import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command, OptionSpec, OptionSpecs } from '../src/cli/command.ts';
import { placeOptions } from '../src/cli/place.ts';
import { program } from '../src/cmd/commands.ts';

// `npm run cli-reference`: writes docs/cli.md from what the commands say of themselves.

/** Where the reference is kept. */
export const REFERENCE = join(import.meta.dirname, '../docs/cli.md');

/** The reference of all commands, as Markdown. */
export async function cliReference(): Promise<string> {
  const sections = program.groups.map(async ({ title, commands }) => {
    const loaded = await Promise.all(commands.map(({ load }) => load()));
    return [`## ${title}`, ...loaded.map(commandSection)].join('\n\n');
  });
  return `${[INTRODUCTION, options(placeOptions), ...(await Promise.all(sections))].join('\n\n')}\n`;
}

const INTRODUCTION = `# The command line

This page is made from what the commands say of themselves: \`npm run cli-reference\` writes it anew,
and a test sees to it that it agrees.

A command exits with 0 when all went well, 1 when something failed, 2 when it wasn't understood, and
130 when it was interrupted. What is wrong is told on standard error in one line, and what to do about
it in the next. Warnings of the server are shown there as \`Warning: …\`.

Without \`--name\`, \`--data\`, \`--kubeconfig\` or \`--context\`, a command means the cluster \`tutti\` of
this machine; where there is none, what talks to an API goes where kubectl would.

Ctrl-C during \`tutti up\` ends the waiting only: what was begun goes on. \`tutti status\` tells how far
it is, \`tutti up\` waits for it again, and \`tutti down\` ends it. Packages that are being installed are
installed to the end. Ctrl-C is also how one stops following with \`-f\` and \`-w\`.

## Options of all commands

They may stand before or after the command's name.`;

function commandSection({ name, summary, details, arguments: words = [], ...command }: Command) {
  const usage = words.map(({ name: word, optional, variadic }) => {
    const shown = `${word}${variadic ? '...' : ''}`;
    return optional ? `[${shown}]` : `<${shown}>`;
  });
  const [text, examples] = split(details ?? '');
  const described = words.map(({ name: word, description }) => `- \`${word}\`: ${description}`);
  return [
    `### tutti ${name}`,
    `${summary}.`,
    `\`\`\`\n${['tutti', name, '[options]', ...usage].join(' ')}\n\`\`\``,
    ...(text ? [text] : []),
    ...(described.length > 0 ? [described.join('\n')] : []),
    ...(command.options ? [options(command.options)] : []),
    ...(examples ? [`\`\`\`sh\n${examples}\n\`\`\``] : []),
  ].join('\n\n');
}

/** What a command tells of itself, and its examples without their margin. */
function split(details: string): [text: string, examples: string | undefined] {
  const [text = '', examples] = details.split(/^Examples?:\n/m);
  return [text.trim(), examples?.trimEnd().replace(/^ {2}/gm, '')];
}

function options(specs: OptionSpecs): string {
  const rows = Object.entries(specs).map(
    ([long, spec]) => `| ${flags(long, spec)} | ${tell(spec)} |`,
  );
  return ['| option | |', '|---|---|', ...rows].join('\n');
}

const flags = (long: string, { short, value }: OptionSpec): string =>
  `\`${short ? `-${short}, ` : ''}--${long}${value ? ` ${value}` : ''}\``;

function tell({ description, default: usual, choices }: OptionSpec): string {
  const notes = [
    ...(choices ? [choices.map((choice) => `\`${choice}\``).join(' or ')] : []),
    ...(usual === undefined ? [] : [`\`${usual}\` unless said`]),
  ];
  return `${description}${notes.length > 0 ? ` (${notes.join('; ')})` : ''}`.replaceAll('|', '\\|');
}

if (import.meta.main) writeFileSync(REFERENCE, await cliReference());

import { Command as Commander, type CommanderError, Help, Option } from 'commander';
import type { Command, OptionSpec } from './command.ts';
import { UsageError } from './failure.ts';
import type { Io } from './io.ts';
import { placeOptions } from './place.ts';

/** The root of the commands, with the options that all of them take. */
export function createRoot(version: string, { io, details }: { io: Io; details: string }) {
  const root: Commander = new Commander('tutti')
    .description('A container orchestrator that speaks the Kubernetes API')
    .version(version, '-V, --version', 'Tell the version of this program')
    .helpOption('-h, --help', 'Tell what a command takes')
    .addHelpCommand(helpCommand())
    .configureHelp({
      showGlobalOptions: true,
      visibleGlobalOptions: (parser) =>
        parser === root ? [] : root.options.filter(({ long }) => long !== '--version'),
      formatHelp: (parser, helper) =>
        optionsLast(Help.prototype.formatHelp.call(helper, parser, helper)),
    })
    .configureOutput({
      writeOut: (text) => io.line(text.trimEnd()),
      writeErr: (text) => io.note(text.trimEnd()),
      outputError: () => {}, // Told by whoever catches it.
      getOutHelpWidth: () => Math.min(io.width, 100),
      getErrHelpWidth: () => Math.min(io.width, 100),
    })
    .addHelpText('after', `\n${details}`);
  for (const [long, spec] of Object.entries(placeOptions)) root.addOption(optionOf(long, spec));
  return refusing(root);
}

const helpCommand = (): Commander =>
  new Commander('help')
    .argument('[command]')
    .description('Tell what a command takes')
    .helpGroup('Tutti:');

/** What one can do is of more interest than what all of it takes. */
function optionsLast(page: string): string {
  const sections = page.trimEnd().split('\n\n');
  const isOptions = (section: string) => /^(Global )?Options:/.test(section);
  const others = sections.filter((section) => !isOptions(section));
  return `${[...others, ...sections.filter(isOptions)].join('\n\n')}\n`;
}

/** A parser of the command below `parent`. What it refuses is thrown as UsageError. */
export function addParser(parent: Commander, name: string, command: Command): Commander {
  const parser = addNamed(parent, name, command.summary);
  if (command.details) parser.addHelpText('after', `\n${command.details}`);
  for (const { name: argument, description, optional, variadic } of command.arguments ?? []) {
    const dots = variadic ? '...' : '';
    parser.argument(optional ? `[${argument}${dots}]` : `<${argument}${dots}>`, description);
  }
  for (const [long, spec] of Object.entries(command.options ?? {})) {
    parser.addOption(optionOf(long, spec));
  }
  return parser;
}

/** A command of which no more is known than what stands on the help page. */
export function addNamed(parent: Commander, name: string, summary: string): Commander {
  return refusing(parent.command(name).summary(summary).description(summary).helpCommand(false));
}

function optionOf(long: string, spec: OptionSpec): Option {
  const flags = `${spec.short ? `-${spec.short}, ` : ''}--${long}`;
  const option = new Option(spec.value ? `${flags} <${spec.value}>` : flags, spec.description);
  if (spec.default !== undefined) option.default(spec.default);
  if (spec.choices) option.choices([...spec.choices]);
  if (spec.repeated) option.argParser((one: string, all: string[] = []) => [...all, one]);
  return option;
}

/** Options by the names they are declared with; commander turns `field-selector` to camel case. */
export function valuesOf(
  { options = {} }: Command,
  parsed: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const camel = (long: string) =>
    long.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const entries = Object.entries(options).map(([long, spec]) => {
    const value = parsed[camel(long)];
    if (long.startsWith('no-')) return [long, parsed[camel(long.slice(3))] === false];
    if (spec.repeated) return [long, value ?? []];
    return [long, spec.value ? value : value === true];
  });
  return Object.fromEntries(entries);
}

/** Help that was asked for, or had to be shown: everything has been told. */
export class HelpShown extends Error {
  override readonly name = 'HelpShown';
  readonly wasAskedFor: boolean;

  constructor(wasAskedFor: boolean) {
    super('help was shown');
    this.wasAskedFor = wasAskedFor;
  }
}

function refusing(parser: Commander): Commander {
  return parser.exitOverride((error) => {
    throw refusalOf(error, pathOf(parser));
  });
}

const pathOf = (parser: Commander): string =>
  parser.parent ? `${pathOf(parser.parent)} ${parser.name()}` : parser.name();

function refusalOf({ exitCode, code, message }: CommanderError, program: string): Error {
  if (exitCode === 0 || code === 'commander.help') return new HelpShown(exitCode === 0);
  const [what = '', hint = ''] = message.split('\n');
  const suggestion = /Did you mean (?:one of )?(.+)\?/.exec(hint)?.[1];
  return new UsageError(what.replace(/^error: /, '').replace(/\.$/, ''), program, suggestion);
}

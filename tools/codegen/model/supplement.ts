import { readText } from '../files.ts';
import type { ApiEmbedded, ApiField, ApiKind, ApiMessage, ApiPackage, ApiType } from './types.ts';

/**
 * Group-versions whose sources are in no Debian package, written down by hand in the lines that
 * shapes are packed in (see `docs/design/api.md`).
 */
const FILES = ['apiextensions-v1', 'apiregistration-v1'];

interface Supplement extends Pick<ApiPackage, 'folder' | 'group' | 'version' | 'prefix'> {
  readonly kinds: Readonly<Record<string, ApiKind['resource'] | null>>;
  readonly messages: Readonly<Record<string, readonly string[]>>;
  readonly enums?: Readonly<Record<string, readonly string[]>>;
}

/** Reads the supplements that lie beside this tool. */
export function readSupplements(): ApiPackage[] {
  return FILES.map((file) => {
    const path = new URL(`../supplement/${file}.json`, import.meta.url).pathname;
    return packageOf(JSON.parse(readText(path)) as Supplement);
  });
}

function packageOf({ kinds, messages, enums = {}, ...rest }: Supplement): ApiPackage {
  return {
    ...rest,
    kinds: new Map(
      Object.entries(kinds).map(([name, resource]) => [
        name,
        { name, lifecycle: {}, ...(resource && { resource }) },
      ]),
    ),
    messages: new Map(
      Object.entries(messages).map(([name, lines]) => [name, messageOf(name, lines, rest.folder)]),
    ),
    enums: new Map(Object.entries(enums)),
  };
}

function messageOf(name: string, lines: readonly string[], folder: string): ApiMessage {
  const members = lines
    .filter((line) => !/^@(atomic|union)$/.test(line))
    .map((line) => memberOf(line.split(' '), folder));
  return { name, members, atomic: lines.includes('@atomic'), union: lines.includes('@union') };
}

function memberOf(words: readonly string[], folder: string): ApiField | ApiEmbedded {
  if (words[0] === '@embed') return { embedded: Number(words[1]), type: typeOf(words[2]!, folder) };
  const [name = '', number, typeText = '', flags = ''] = words;
  const facts = new Map(words.slice(4).map((word) => word.split('=') as [string, string]));
  const [listType, listKeys] = facts.get('list')?.split(':') ?? [];
  const [strategies, patchMergeKey] = facts.get('patch')?.split(':') ?? [];
  const container = typeText.startsWith('[]') ? 'list' : typeText.startsWith('{}') ? 'map' : 'none';
  const required = flags.includes('!');
  return {
    name,
    number: Number(number),
    container,
    type: typeOf(container === 'none' ? typeText : typeText.slice(2), folder),
    named: facts.get('as'),
    namedContainer: facts.get('in'),
    pointer: flags.includes('*'),
    omitTag: !required,
    omitEmpty: flags.includes('-'),
    required,
    listType: listType as ApiField['listType'],
    listMapKeys: listKeys?.split(',') ?? [],
    atomic: flags.includes('='),
    granular: flags.includes('~'),
    patchStrategies: strategies?.split(',') ?? [],
    patchMergeKey,
  };
}

function typeOf(text: string, folder: string): ApiType {
  if (/^[a-z]\w*$/.test(text)) return { scalar: text };
  const [first = '', second] = text.split('.');
  return second === undefined ? { folder, message: first } : { folder: first, message: second };
}

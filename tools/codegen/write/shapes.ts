import {
  type ApiEmbedded,
  type ApiField,
  type ApiMessage,
  type ApiPackage,
  type ApiType,
  isEmbedded,
} from '../model/types.ts';

/** The shapes of a group-version as JSON text: one line per field, read by `ShapeSet`. */
export function writeShapes(source: ApiPackage): string {
  const messages = [...source.messages.values()].sort(byName);
  const data = {
    folder: source.folder,
    group: source.group,
    version: source.version,
    prefix: source.prefix,
    kinds: [...source.kinds.keys()].sort(),
    enums: Object.fromEntries([...source.enums].sort()),
    messages: Object.fromEntries(messages.map((each) => [each.name, linesOf(each, source)])),
  };
  return `${JSON.stringify(data, null, 1)}\n`;
}

const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);

function linesOf(message: ApiMessage, source: ApiPackage): string[] {
  return [
    ...(message.atomic ? ['@atomic'] : []),
    ...(message.union ? ['@union'] : []),
    ...message.members.map((member) =>
      isEmbedded(member) ? embeddedLine(member, source) : fieldLine(member, source),
    ),
  ];
}

const embeddedLine = ({ embedded, type }: ApiEmbedded, source: ApiPackage): string =>
  `@embed ${embedded} ${typeText(type, source)}`;

const CONTAINERS = { none: '', list: '[]', map: '{}' };

function fieldLine(field: ApiField, source: ApiPackage): string {
  const flags = `${field.pointer ? '*' : ''}${field.omitEmpty ? '-' : ''}${field.required ? '!' : ''}${
    field.atomic ? '=' : ''
  }${field.granular ? '~' : ''}`;
  const words = [
    field.name,
    field.number,
    CONTAINERS[field.container] + typeText(field.type, source),
    flags || '.',
    fact('list', field.listType, field.listMapKeys.join(',')),
    fact('patch', field.patchStrategies.join(',') || undefined, field.patchMergeKey),
    fact('as', field.named),
    fact('in', field.namedContainer),
    fact('by', field.namedKey),
    fact('default', field.default),
  ];
  return words.filter((word) => word !== '').join(' ');
}

function fact(name: string, value: string | undefined, more = ''): string {
  return value === undefined ? '' : `${name}=${value}${more && `:${more}`}`;
}

function typeText(type: ApiType, source: ApiPackage): string {
  if ('scalar' in type) return type.scalar;
  return type.folder === source.folder ? type.message : `${type.folder}.${type.message}`;
}

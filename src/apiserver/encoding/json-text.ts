import type { ManagedFieldsEntry } from '../../machinery/object.ts';
import { sharedJson } from '../../machinery/shared-parts.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * What `JSON.stringify` makes of an object. The JSON of its shared parts is known, and of an object
 * from a template that is most of it.
 */
export const jsonText = (object: object): string =>
  textOf(object as Fields, (value, name) =>
    name === 'metadata' ? metadataText(value) : partText(value),
  );

const partText = (part: object): string => sharedJson(part) ?? JSON.stringify(part);

const metadataText = (metadata: object): string =>
  textOf(metadata as Fields, (value, name) =>
    name === 'managedFields' && Array.isArray(value) ? entriesText(value) : JSON.stringify(value),
  );

const entriesText = (entries: readonly ManagedFieldsEntry[]): string =>
  `[${entries.map((entry) => textOf(entry as Fields, partText)).join(',')}]`;

const KEYS_MAX = 1000;
const keys = new Map<string, string>();

/** A member's name as JSON has it, with its colon. Those written here are few. */
function keyText(name: string): string {
  let text = keys.get(name);
  if (text === undefined) {
    text = `${JSON.stringify(name)}:`;
    if (keys.size < KEYS_MAX) keys.set(name, text);
  }
  return text;
}

/** An object as JSON, whose members that are objects or lists are written by the caller. */
function textOf(object: Fields, write: (value: object, name: string) => string): string {
  let text = '';
  for (const name of Object.keys(object)) {
    const value = object[name];
    if (value === undefined) continue;
    if (text !== '') text += ',';
    const isPart = typeof value === 'object' && value !== null;
    text += keyText(name) + (isPart ? write(value, name) : JSON.stringify(value));
  }
  return `{${text}}`;
}

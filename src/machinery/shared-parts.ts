import { deepFreeze } from './object.ts';

/**
 * What many objects have alike is kept once: the spec of pods made from one template, the fields
 * that its creator owns. Such a part is frozen, and its JSON is known, so whoever meets it again
 * need not freeze, encode, or check it again. Parts are found by their JSON, in a table with a bound.
 */

/** Longer parts are hardly alike, and V8 hashes longer texts by their length alone. */
const LENGTH_MAX = 16_000;
/** The table holds at most twice as many characters: those of this generation and the last. */
const GENERATION_LENGTH = 1 << 20;

let recent = new Map<string, object>();
let previous = new Map<string, object>();
let recentLength = 0;

const texts = new WeakMap<object, string>();

/**
 * The part that stands for all parts with the same JSON, frozen. The one given is either taken over
 * or to be forgotten.
 */
export function shared<T extends object>(part: T): T {
  if (texts.has(part)) return part;
  const text = JSON.stringify(part);
  if (text.length > LENGTH_MAX) return deepFreeze(part);
  return find<T>(text) ?? remember(text, deepFreeze(part));
}

/** The same of a part of which only the JSON is there, written as `JSON.stringify` would. */
export function sharedOfJson<T extends object>(text: string): T {
  const known = find<T>(text);
  if (known !== undefined) return known;
  const part = deepFreeze(JSON.parse(text) as T);
  return text.length > LENGTH_MAX ? part : remember(text, part);
}

/** The JSON of a part that is shared; undefined for others, and for those long out of use. */
export const sharedJson = (part: object): string | undefined => texts.get(part);

function find<T extends object>(text: string): T | undefined {
  const known = recent.get(text) as T | undefined;
  if (known !== undefined) return known;
  const former = previous.get(text) as T | undefined;
  return former && remember(text, former);
}

function remember<T extends object>(text: string, part: T): T {
  if (recentLength + text.length > GENERATION_LENGTH) forgetPrevious();
  recentLength += text.length;
  recent.set(text, part);
  texts.set(part, text);
  return part;
}

// What was asked for since has moved on into the recent generation, and stays known.
function forgetPrevious(): void {
  for (const [text, part] of previous) if (recent.get(text) !== part) texts.delete(part);
  previous = recent;
  recent = new Map();
  recentLength = 0;
}

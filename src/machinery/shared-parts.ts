import { deepFreeze } from './object.ts';

/**
 * What many objects have alike is kept once: the spec of pods made from one template, the fields
 * that its creator owns. Such a part is frozen, and its JSON is known, so whoever meets it again
 * need not freeze, encode, or check it again. Parts are found by their JSON, in a table with a bound.
 */

/** Longer parts are hardly alike, and V8 hashes longer texts by their length alone. */
const LENGTH_MAX = 16_000;
/** The table holds at most twice as many characters: those of this generation and the last. */
const GENERATION_LENGTH = 2 << 20;

let recent = new Map<string, object>();
let former = new Map<string, object>();
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
  const known = recent.get(text);
  if (known !== undefined) return known as T;
  const kept = (former.get(text) as T | undefined) ?? deepFreeze(part);
  remember(text, kept);
  return kept;
}

/** The JSON of a part that is shared; undefined for others, and for those long out of use. */
export const sharedJson = (part: object): string | undefined => texts.get(part);

function remember(text: string, part: object): void {
  if (recentLength + text.length > GENERATION_LENGTH) forgetFormer();
  recentLength += text.length;
  recent.set(text, part);
  texts.set(part, text);
}

// What was asked for since has moved on into the recent generation, and stays known.
function forgetFormer(): void {
  for (const [text, part] of former) if (recent.get(text) !== part) texts.delete(part);
  former = recent;
  recent = new Map();
  recentLength = 0;
}

import type { PodTemplateSpec } from '../api/generated/core/v1/types.ts';

// The alphabet of generated names: no vowels, nothing that spells a word.
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/**
 * A short text that stands for a pod template: equal templates give equal texts. `collisionCount`
 * gives another one, for when two different templates met in the same.
 */
export function templateHash(template: PodTemplateSpec, collisionCount = 0): string {
  const hash = fnv1a(`${sortedJson(template)}#${collisionCount}`);
  return [...String(hash)].map((digit) => ALPHABET[digit.charCodeAt(0) % 27]).join('');
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}

/** JSON that doesn't depend on the order of keys. */
function sortedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${sortedJson(each)}`).join(',')}}`;
}

/** The plural under which a kind is served: `NetworkPolicy` → `networkpolicies`. */
export function pluralOf(kind: string): string {
  const singular = kind.toLowerCase();
  if (singular.endsWith('endpoints')) return singular;
  if (/(?:s|x|z|ch|sh)$/.test(singular)) return `${singular}es`;
  if (/[^aeiou]y$/.test(singular)) return `${singular.slice(0, -1)}ies`;
  return `${singular}s`;
}

/** A kind as a variable holding its resource: `CSIDriver` → `csiDrivers`. */
export function handleOf(kind: string, plural: string): string {
  const words = kind.replace(
    /[A-Z]+(?=[A-Z][a-z]|$)/g,
    (acronym) => acronym[0]! + acronym.slice(1).toLowerCase(),
  );
  const singular = words[0]!.toLowerCase() + words.slice(1);
  const kept = commonPrefix(singular.toLowerCase(), plural);
  return singular.slice(0, kept) + plural.slice(kept);
}

function commonPrefix(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

/** A package as a namespace import: `core/v1` → `coreV1`. */
export const namespaceOf = (folder: string): string =>
  folder.replace(/\/v/, 'V').replace(/[^\w]/g, '');

import { isMap } from '../machinery/member.ts';

/** A ConfigMap or Secret of which a key is asked for. */
export interface KeyReference {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
}

const FIELDS: Readonly<Record<string, KeyReference['kind']>> = {
  configMapKeyRef: 'ConfigMap',
  secretKeyRef: 'Secret',
};

/** All references to keys of ConfigMaps and Secrets that stand anywhere in a manifest. */
export function keyReferencesIn(value: unknown): KeyReference[] {
  const found: KeyReference[] = [];
  const visit = (part: unknown): void => {
    if (Array.isArray(part)) for (const each of part) visit(each);
    if (!isMap(part)) return;
    for (const [field, inner] of Object.entries(part)) {
      const kind = FIELDS[field];
      const name = kind && isMap(inner) ? inner.name : undefined;
      if (kind && typeof name === 'string') found.push({ kind, name });
      else visit(inner);
    }
  };
  visit(value);
  return found;
}

import { elementsOf, fieldsOf, kindOf } from './kind-of.ts';
import type { ApplyType } from './type.ts';

/** Where a configuration sets what has one owner as a whole: `.spec.selector`, `.items[0].args`. */
export function atomicParts(type: ApplyType, value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const kind = kindOf(type, value);
  const found: string[] = [];
  if (kind === 'map' && type.map) {
    if (type.map.atomic) found.push(path);
    for (const [name, each] of Object.entries(fieldsOf(value))) {
      const field = type.map.fields.get(name);
      if (field) found.push(...atomicParts(field.type, each, `${path}.${name}`));
    }
  } else if (kind === 'list' && type.list) {
    if (type.list.kind === 'atomic') found.push(path);
    for (const [i, each] of elementsOf(value).entries()) {
      found.push(...atomicParts(type.list.element, each, `${path}[${i}]`));
    }
  }
  return found;
}

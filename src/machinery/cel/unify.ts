import {
  DYN,
  isDyn,
  isDynOrError,
  isSameType,
  listOf,
  mapOf,
  opaque,
  type Type,
  typeOf,
} from './types.ts';

type Bindings = ReadonlyMap<string, Type>;

const NULLABLE: ReadonlySet<string> = new Set([
  'opaque',
  'object',
  'duration',
  'timestamp',
  'null',
]);

function isLessSpecific(a: Type, b: Type): boolean {
  if (isDyn(a) || a.kind === 'parameter') return true;
  if (isDyn(b) || b.kind === 'parameter' || a.kind !== b.kind) return false;
  if (a.kind === 'type') return true;
  if (a.params.length === 0) return isSameType(a, b);
  if (a.name !== b.name || a.params.length !== b.params.length) return false;
  return a.params.every((each, i) => isLessSpecific(each, b.params[i]!));
}

/** The more general of two types that agree. */
export const mostGeneral = (a: Type, b: Type): Type => (isLessSpecific(a, b) ? a : b);

function occursIn(bindings: Bindings, name: string, type: Type): boolean {
  if (type.kind !== 'parameter') return type.params.some((each) => occursIn(bindings, name, each));
  if (type.name === name) return true;
  const bound = bindings.get(type.name);
  return bound !== undefined && occursIn(bindings, name, bound);
}

/** Replaces type parameters by what they are bound to; `free` is put for those bound to nothing. */
export function substitute(bindings: Bindings, type: Type, free?: Type): Type {
  if (type.kind === 'parameter') {
    const bound = bindings.get(type.name);
    return bound === undefined ? (free ?? type) : substitute(bindings, bound, free);
  }
  if (type.params.length === 0) return type;
  const params = type.params.map((each) => substitute(bindings, each, free));
  if (params.every((each, i) => each === type.params[i])) return type;
  if (type.kind === 'list') return listOf(params[0]!);
  if (type.kind === 'map') return mapOf(params[0]!, params[1]!);
  return type.kind === 'type' ? typeOf(params[0]!) : opaque(type.name, ...params);
}

/** Finds what type parameters have to be for types to agree, as the checker of CEL does. */
export class Unifier {
  readonly #bindings = new Map<string, Type>();
  /** What was bound last, and to what it was before: to be undone if the rest doesn't agree. */
  readonly #undo: { readonly name: string; readonly before: Type | undefined }[] = [];
  #created = 0;

  /** A type parameter that nothing else uses. */
  create(): Type {
    return { kind: 'parameter', name: `_var${this.#created++}`, params: [] };
  }

  /** The type with all that is known of its parameters; what isn't known becomes `free`. */
  resolve(type: Type, free?: Type): Type {
    return substitute(this.#bindings, type, free);
  }

  /** The type as messages and later steps take it: what isn't known is `dyn`. */
  settle(type: Type): Type {
    return this.resolve(type, DYN);
  }

  /** Makes the types agree one by one, or changes nothing and returns false. */
  assign(from: readonly Type[], to: readonly Type[]): boolean {
    this.#undo.length = 0;
    if (this.#assignAll(from, to)) return true;
    for (const { name, before } of this.#undo.reverse()) {
      if (before === undefined) this.#bindings.delete(name);
      else this.#bindings.set(name, before);
    }
    return false;
  }

  #set(name: string, type: Type): void {
    this.#undo.push({ name, before: this.#bindings.get(name) });
    this.#bindings.set(name, type);
  }

  #assignAll(from: readonly Type[], to: readonly Type[]): boolean {
    return from.length === to.length && from.every((each, i) => this.#assign(each, to[i]!));
  }

  #assign(from: Type, to: Type): boolean {
    if (to.kind === 'parameter') {
      const bound = this.#bind(from, to);
      if (bound !== undefined) return bound;
    }
    if (from.kind === 'parameter') return this.#bind(to, from) ?? false;
    if (isDynOrError(from) || isDynOrError(to)) return true;
    if (from.kind === 'null') return NULLABLE.has(to.kind);
    if (to.kind === 'null') return NULLABLE.has(from.kind);
    if (from.kind !== to.kind) return false;
    if (from.kind === 'type') return true;
    return from.name === to.name && this.#assignAll(from.params, to.params);
  }

  /** Whether the parameter can stand for the type; undefined if it could be the other way round. */
  #bind(type: Type, param: Type): boolean | undefined {
    if (isSameType(type, param)) return true;
    const known = this.#bindings.get(param.name);
    if (known === undefined) {
      if (occursIn(this.#bindings, param.name, type)) return undefined;
      this.#set(param.name, type);
      return true;
    }
    if (isSameType(type, known)) return true;
    if (!this.#assign(type, known)) return false;
    const general = mostGeneral(type, known);
    if (!occursIn(this.#bindings, param.name, general)) this.#set(param.name, general);
    return true;
  }
}

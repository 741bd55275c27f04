import {
  AUTHORIZER,
  BOOL,
  BYTES,
  CIDR,
  DECISION,
  DOUBLE,
  DURATION,
  DYN,
  GROUP_CHECK,
  INT,
  IP,
  listOf,
  mapOf,
  NAMED_FORMAT,
  optionalOf,
  PATH_CHECK,
  parameter,
  QUANTITY,
  RESOURCE_CHECK,
  SEMVER,
  STRING,
  TIMESTAMP,
  type Type,
  typeOf,
  UINT,
  URL_TYPE,
} from './types.ts';
import type { Value } from './values.ts';

/** What an overload computes. An answer may be an error; an argument never is. */
export type Implementation = (...args: never[]) => Value;

/** One meaning of a function. The signature is read when it is first asked for. */
export class Overload {
  readonly name: string;
  /** As upstream calls it: costs are known by it. */
  readonly id: string;
  readonly isMethod: boolean;
  readonly #implementation: Implementation;
  readonly #signature: string;
  #read: { params: readonly Type[]; result: Type } | undefined;

  /** `signature` is `(int, list(A)) bool`, or `string.(int) string` for a method. */
  constructor(name: string, id: string, signature: string, implementation: Implementation) {
    this.name = name;
    this.id = id;
    this.isMethod = !signature.startsWith('(');
    this.#implementation = implementation;
    this.#signature = signature;
  }

  /** Computes the result. The checker or `matchesParams` must vouch for the arguments. */
  apply(args: readonly Value[]): Value {
    return (this.#implementation as (...args: readonly Value[]) => Value)(...args);
  }

  /** What it takes, a method's target first. */
  get params(): readonly Type[] {
    return this.#types.params;
  }

  get result(): Type {
    return this.#types.result;
  }

  get #types(): { params: readonly Type[]; result: Type } {
    this.#read ??= readSignature(this.#signature);
    return this.#read;
  }
}

const NAMES: Readonly<Record<string, Type>> = {
  bool: BOOL,
  bytes: BYTES,
  double: DOUBLE,
  duration: DURATION,
  dyn: DYN,
  int: INT,
  string: STRING,
  timestamp: TIMESTAMP,
  uint: UINT,
  Quantity: QUANTITY,
  URL: URL_TYPE,
  Semver: SEMVER,
  Format: NAMED_FORMAT,
  Authorizer: AUTHORIZER,
  PathCheck: PATH_CHECK,
  GroupCheck: GROUP_CHECK,
  ResourceCheck: RESOURCE_CHECK,
  Decision: DECISION,
  IP,
  CIDR,
};
const COMPOSED: Readonly<Record<string, (...params: Type[]) => Type>> = {
  list: (item) => listOf(item!),
  map: (key, value) => mapOf(key!, value!),
  optional: (value) => optionalOf(value!),
  type: (type) => typeOf(type!),
};

/** Reads types out of a signature; upper-case letters on their own are type parameters. */
class SignatureReader {
  readonly #words: readonly string[];
  #next = 0;

  constructor(text: string) {
    this.#words = text.match(/\w+|[().,]/g) ?? [];
  }

  read(): Type {
    const name = this.#words[this.#next++]!;
    const compose = this.#words[this.#next] === '(' ? COMPOSED[name] : undefined;
    return compose ? compose(...this.list()) : (NAMES[name] ?? parameter(name));
  }

  /** Types in parentheses. */
  list(): Type[] {
    const types: Type[] = [];
    this.#next++;
    while (this.#words[this.#next] !== ')') {
      if (this.#words[this.#next] === ',') this.#next++;
      else types.push(this.read());
    }
    this.#next++;
    return types;
  }

  skipDot(): void {
    if (this.#words[this.#next] === '.') this.#next++;
  }

  get isAtList(): boolean {
    return this.#words[this.#next] === '(';
  }
}

function readSignature(text: string): { params: readonly Type[]; result: Type } {
  const reader = new SignatureReader(text);
  const target = reader.isAtList ? [] : [reader.read()];
  reader.skipDot();
  const params = [...target, ...reader.list()];
  return { params, result: reader.read() };
}

/** Overloads of one function, or of one meaning under several names. */
export const overload = (
  name: string,
  id: string,
  signature: string,
  implementation: Implementation,
): Overload => new Overload(name, id, signature, implementation);

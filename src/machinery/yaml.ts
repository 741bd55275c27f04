import {
  type Alias,
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type Node,
  Parser,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { DecodeError } from './decode-error.ts';
import { parseJson } from './json-text.ts';
import { setMember } from './member.ts';
import { quote } from './quote.ts';
import { failure, goSyntax, lineOf, syntaxError } from './yaml-errors.ts';
import { numberText, type ResolvedScalar, resolvePlain } from './yaml-scalars.ts';

export interface ParsedYaml {
  /** Plain JSON. */
  readonly value: unknown;
  /** What strict decoding finds fault with: keys that are set twice. The last value counts. */
  readonly strictError: string | undefined;
}

/**
 * Reads the first document of a YAML text, as Kubernetes does: YAML 1.1, keys of any scalar type
 * made text, merge keys merged, aliases expanded within bounds. Throws DecodeError.
 */
export function parseYaml(text: string): ParsedYaml {
  const json = jsonIn(text);
  if (json) return json;
  if (CONTROL.test(text)) throw failure('control characters are not allowed');
  return new YamlReader(text).read();
}

// What libyaml's reader stops at: all but tabs, line breaks, and NEL.
const CONTROL = /[^\P{Cc}\t\n\r\u0085]/u;

/** Most clients send JSON as YAML. It is, and many times faster to read. */
function jsonIn(text: string): ParsedYaml | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    const { value, duplicates } = parseJson(text);
    return duplicates ? undefined : { value, strictError: undefined };
  } catch {
    return undefined;
  }
}

function compose(text: string): Document.Parsed | undefined {
  const options = {
    version: '1.1',
    schema: 'failsafe', // What scalars mean, we say ourselves.
    merge: false,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  } as const;
  for (const document of new Composer(options).compose(tokensOf(text))) {
    return document as Document.Parsed;
  }
  return undefined;
}

/** How deep lists and maps may nest in YAML: what is read recursively must fit on the stack. */
export const YAML_DEPTH_MAX = 500;

const tooDeep = (): DecodeError => failure(`exceeded max depth of ${YAML_DEPTH_MAX}`);

/** The tokens of a text, as long as they don't nest too deep. */
function* tokensOf(text: string): Generator<CST.Token> {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    if (parser.stack.length > YAML_DEPTH_MAX + 1) throw tooDeep();
  }
  yield* parser.end();
}

// Small documents may be nearly all aliases, large ones hardly any: the bounds of yaml.v2.
const [ALIASED_FREELY, ALIASED_HARDLY] = [400_000, 4_000_000];

function aliasRatioMax(nodes: number): number {
  if (nodes <= ALIASED_FREELY) return 0.99;
  if (nodes >= ALIASED_HARDLY) return 0.1;
  return 0.99 - 0.89 * ((nodes - ALIASED_FREELY) / (ALIASED_HARDLY - ALIASED_FREELY));
}

type Entries = Record<string, unknown>;

/** Turns the nodes of a document into plain JSON. */
class YamlReader {
  readonly #text: string;
  readonly #anchors = new Map<string, Node>();
  readonly #open = new Set<Node>();
  readonly #problems: string[] = [];
  #nodes = 0;
  #aliasedNodes = 0;
  #aliasDepth = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): ParsedYaml {
    const document = compose(this.#text);
    const error = document?.errors[0] ?? document?.warnings.find(isDirectiveWarning);
    if (error) throw syntaxError(error, this.#text);
    const value = document?.contents ? this.#value(document.contents as Node) : null;
    const strictError =
      this.#problems.length > 0
        ? `yaml: unmarshal errors:\n  ${this.#problems.join('\n  ')}`
        : undefined;
    return { value, strictError };
  }

  #value(node: Node | null): unknown {
    this.#count();
    if (node === null) return null;
    if (isAlias(node)) return this.#alias(node, (target) => this.#value(target));
    if (node.anchor) this.#anchors.set(node.anchor, node);
    if (isScalar(node)) return this.#scalar(node as Scalar<string>);
    if (++this.#depth > YAML_DEPTH_MAX) throw tooDeep();
    this.#open.add(node);
    const value = isSeq(node)
      ? node.items.map((item) => this.#value(item as Node | null))
      : this.#map(node as YAMLMap<Node, Node | null>, {});
    this.#open.delete(node);
    this.#depth--;
    return value;
  }

  /** A block that ends with the text, and not with a line, has no line break to keep. */
  #scalar(node: Scalar<string>): unknown {
    const value = scalarValue(node);
    const isBlock = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED';
    const isCut = isBlock && node.range?.[2] === this.#text.length && !this.#text.endsWith('\n');
    return isCut && typeof value === 'string' ? value.replace(/\n$/, '') : value;
  }

  #count(): void {
    this.#nodes++;
    if (this.#aliasDepth > 0) this.#aliasedNodes++;
    const isMuch = this.#aliasedNodes > 100 && this.#nodes > 1000;
    if (isMuch && this.#aliasedNodes / this.#nodes > aliasRatioMax(this.#nodes)) {
      throw failure('document contains excessive aliasing');
    }
  }

  #alias<T>(alias: Alias, read: (target: Node) => T): T {
    const target = this.#anchors.get(alias.source);
    if (!target) throw failure(`unknown anchor '${alias.source}' referenced`);
    if (this.#open.has(target)) throw failure(`anchor '${alias.source}' value contains itself`);
    this.#aliasDepth++;
    const value = read(target);
    this.#aliasDepth--;
    return value;
  }

  #map(node: YAMLMap<Node, Node | null>, entries: Entries): Entries {
    for (const { key, value } of node.items) {
      if (isMergeKey(key)) {
        this.#merge(value, entries);
        continue;
      }
      const read = this.#value(key);
      const content = this.#value(value);
      const { text, shown } = keyText(read, content);
      if (Object.hasOwn(entries, text)) this.#duplicate(value ?? key, shown);
      setMember(entries, text, content);
    }
    return entries;
  }

  #merge(node: Node | null, entries: Entries): void {
    if (node !== null && isAlias(node)) {
      return this.#alias(node, (target) => this.#merge(target, entries));
    }
    if (node !== null && isMap(node)) {
      if (node.anchor) this.#anchors.set(node.anchor, node);
      this.#map(node as YAMLMap<Node, Node | null>, entries);
      return;
    }
    if (node === null || !isSeq(node)) {
      throw failure('map merge requires map or sequence of maps as the value');
    }
    // The first of several maps wins.
    for (const item of node.items.toReversed()) this.#merge(item as Node | null, entries);
  }

  #duplicate(node: Node | null, key: string): void {
    const line = lineOf(this.#text, node?.range?.[0] ?? 0) + 1;
    this.#problems.push(`line ${line}: key ${key} already set in map`);
  }
}

const TAG_PREFIX = 'tag:yaml.org,2002:';

function scalarValue(node: Scalar<string>): unknown {
  const { type, tag, value } = node;
  const text = value ?? '';
  if (tag === undefined) return type === 'PLAIN' ? jsonValue(resolvePlain(text)) : text;
  if (!tag.startsWith(TAG_PREFIX)) return text;
  const wanted = `!!${tag.slice(TAG_PREFIX.length)}`;
  if (wanted === '!!binary') return Buffer.from(text, 'base64').toString();
  if (!RESOLVABLE.has(wanted)) return text;
  const resolved = resolvePlain(text);
  const fits = resolved.tag === wanted || (wanted === '!!float' && resolved.tag === '!!int');
  if (!fits) throw failure(`cannot decode ${resolved.tag} \`${text}\` as a ${wanted}`);
  return jsonValue(resolved);
}

const RESOLVABLE = new Set(['!!bool', '!!int', '!!float', '!!null', '!!timestamp']);

function jsonValue({ value }: ResolvedScalar): unknown {
  if (typeof value !== 'number' || Number.isFinite(value)) return value;
  const shown = Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  throw new DecodeError(`json: unsupported value: ${shown}`);
}

const isDirectiveWarning = ({ code }: { code: string }): boolean => code === 'BAD_DIRECTIVE';

const isMergeKey = (key: Node | null): boolean =>
  isScalar(key) && key.value === '<<' && key.type === 'PLAIN';

/** The text that a key becomes, and how messages show the key. */
function keyText(key: unknown, value: unknown): { text: string; shown: string } {
  if (typeof key === 'string') return { text: key, shown: quote(key) };
  if (typeof key === 'boolean') return { text: String(key), shown: String(key) };
  if (typeof key === 'number') return { text: numberText(key), shown: numberText(key) };
  if (key !== null) throw failure(`invalid map key: ${goSyntax(key)}`);
  const shown = value === null ? '<nil>' : goSyntax(value);
  throw new DecodeError(`unsupported map key of type: %!s(<nil>), key: <nil>, value: ${shown}`);
}

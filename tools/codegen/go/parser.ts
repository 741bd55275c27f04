import { readDirectory, readText } from '../files.ts';
import { type GoComments, readMarkers } from './markers.ts';

/** One struct field: its Go type as written, its tags, and the markers above it. */
export interface GoField {
  /** Empty for an embedded field. */
  readonly name: string;
  readonly type: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly markers: GoComments;
}

export interface GoStruct {
  readonly name: string;
  readonly fields: readonly GoField[];
  readonly markers: GoComments;
  readonly imports: GoImports;
}

/** `type Name Type` or `type Name = Type`. */
export interface GoNamed {
  readonly name: string;
  readonly type: string;
  readonly alias: boolean;
  readonly markers: GoComments;
  readonly imports: GoImports;
}

export interface GoConstant {
  readonly name: string;
  /** Empty for an untyped constant. */
  readonly type: string;
  /** A literal, or the name of another constant. */
  readonly value: string;
  readonly imports: GoImports;
}

/** Local package name to import path. */
export type GoImports = ReadonlyMap<string, string>;

/** What the hand-written files of a Go package declare. Function bodies are skipped. */
export interface GoPackage {
  readonly path: string;
  readonly name: string;
  readonly structs: Map<string, GoStruct>;
  readonly named: Map<string, GoNamed>;
  readonly constants: Map<string, GoConstant>;
}

const STRUCT = /^type (\w+) struct \{$/;
const EMPTY_STRUCT = /^type (\w+) struct ?\{\s*\}$/;
const NAMED = /^type (\w+) (= )?([\w.[\]*]+)$/;
const CONSTANT = /^\s*(?:const )?(\w+)(?: +([\w.]+))? += +("[^"]*"|[\w.]+)(?:\(([^)]*)\))?/;
const NAMED_FIELD = /^\t(\w+)\s+(\S+)\s+`([^`]*)`/;
const EMBEDDED_FIELD = /^\t(\*?[\w.]+)\s+`([^`]*)`/;
const IMPORT = /^\s*(?:import )?(?:(\w+) )?"([^"]+)"$/;

const isHandWritten = (file: string): boolean =>
  file.endsWith('.go') && !/_test\.go$|^(zz_)?generated|_generated\.go$/.test(file);

/** Reads the declarations of the package in `folder`, whose sources gofmt has laid out. */
export function parsePackage(folder: string, path: string): GoPackage {
  const result: GoPackage = {
    path,
    name: path.slice(path.lastIndexOf('/') + 1),
    structs: new Map(),
    named: new Map(),
    constants: new Map(),
  };
  for (const file of readDirectory(folder).filter(isHandWritten).sort()) {
    new FileParser(readText(`${folder}/${file}`).split('\n'), result).parse();
  }
  return result;
}

class FileParser {
  readonly #lines: readonly string[];
  readonly #package: GoPackage;
  readonly #imports = new Map<string, string>();
  #at = 0;
  // Markers of a type stand in the comment right above it or in the one before that.
  #comments: string[] = [];
  #previous: string[] = [];

  constructor(lines: readonly string[], target: GoPackage) {
    this.#lines = lines;
    this.#package = target;
  }

  parse(): void {
    for (; this.#at < this.#lines.length; this.#at++) {
      const line = this.#lines[this.#at]!;
      if (line.startsWith('//')) this.#comments.push(line);
      else if (line === '') this.#closeComment();
      else {
        this.#declaration(line);
        this.#comments = [];
        this.#previous = [];
      }
    }
  }

  #closeComment(): void {
    if (this.#comments.length > 0) this.#previous = this.#comments;
    this.#comments = [];
  }

  #declaration(line: string): void {
    const markers = readMarkers([...this.#previous, ...this.#comments]);
    const imports = this.#imports;
    const struct = STRUCT.exec(line) ?? EMPTY_STRUCT.exec(line);
    if (struct) {
      const name = struct[1]!;
      const fields = EMPTY_STRUCT.test(line) ? [] : this.#fields();
      this.#package.structs.set(name, { name, fields, markers, imports });
      return;
    }
    const named = NAMED.exec(line);
    if (named) {
      const [, name, alias, type] = named;
      const declaration = {
        name: name!,
        type: type!,
        alias: alias !== undefined,
        markers,
        imports,
      };
      this.#package.named.set(name!, declaration);
    } else if (line === 'import (') this.#block((each) => this.#import(each));
    else if (line.startsWith('import ')) this.#import(line);
    else if (line === 'const (') this.#block((each) => this.#constant(each));
    else if (line.startsWith('const ')) this.#constant(line);
  }

  #block(read: (line: string) => void): void {
    while (this.#lines[++this.#at] !== ')') read(this.#lines[this.#at]!);
  }

  #import(line: string): void {
    const found = IMPORT.exec(line.replace(/\s*\/\/.*/, ''));
    if (!found) return;
    const path = found[2]!;
    this.#imports.set(found[1] ?? path.slice(path.lastIndexOf('/') + 1), path);
  }

  #constant(line: string): void {
    const found = CONSTANT.exec(line);
    if (!found) return;
    // `Name Type = value`, or `Name = Type(value)`.
    const [, name, type = '', value, converted] = found;
    const typed =
      converted === undefined ? { type, value: value! } : { type: value!, value: converted };
    this.#package.constants.set(name!, { name: name!, ...typed, imports: this.#imports });
  }

  #fields(): GoField[] {
    const fields: GoField[] = [];
    let comments: string[] = [];
    for (let line = this.#lines[++this.#at]!; line !== '}'; line = this.#lines[++this.#at]!) {
      if (line.startsWith('\t//')) comments.push(line);
      else {
        const field = parseField(line, comments);
        if (field) fields.push(field);
        if (line.trim() !== '') comments = [];
      }
    }
    return fields;
  }
}

function parseField(line: string, comments: readonly string[]): GoField | undefined {
  const markers = readMarkers(comments);
  const embedded = EMBEDDED_FIELD.exec(line);
  if (embedded) return { name: '', type: embedded[1]!, tags: parseTags(embedded[2]!), markers };
  const named = NAMED_FIELD.exec(line);
  if (!named) return undefined;
  return { name: named[1]!, type: named[2]!, tags: parseTags(named[3]!), markers };
}

function parseTags(text: string): Record<string, string> {
  const pairs = text.matchAll(/(\w+):"((?:[^"\\]|\\.)*)"/g);
  return Object.fromEntries([...pairs].map(([, name, value]) => [name!, value!]));
}

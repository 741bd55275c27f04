import { additionalOf, type JsonSchema, propertyOf } from './schema.ts';

/** Where a path leads that names fields only: `.spec.colour`, `.spec['odd.name']`. */
export interface SchemaPath {
  /** The names, and whether each is a declared field or the key of a map. */
  readonly steps: readonly { readonly name: string; readonly isField: boolean }[];
  readonly schema: JsonSchema;
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  "'": "'",
  '\\': '\\',
};

/**
 * Follows a path through a schema. Throws an Error that says what is wrong with the path.
 *
 * @param allowsBrackets whether `['name']` may stand for `.name`
 */
export function followPath(
  text: string,
  root: JsonSchema,
  { allowsBrackets = true }: { readonly allowsBrackets?: boolean } = {},
): SchemaPath {
  const tokens = tokensOf(text);
  const steps: { name: string; isField: boolean }[] = [];
  let schema = root;
  let at = 0;
  const next = (): string => {
    const token = tokens[at++];
    if (token === undefined) throw new Error('unexpected end of JSON path');
    return token;
  };
  while (at < tokens.length) {
    const token = next();
    if (token !== '.' && token !== '[') throw new Error(`expected [ or . but got: ${token}`);
    if (token === '[' && !allowsBrackets) throw new Error('array notation is not allowed');
    const name = token === '.' ? next() : unquoted(next());
    const isField = Object.keys(schema.properties ?? {}).length > 0;
    schema = step(schema, name, isField);
    steps.push({ name, isField });
    if (token === '.') continue;
    const end = next();
    if (end !== ']') throw new Error(`expected ] but got ${end}`);
  }
  return { steps, schema };
}

function step(schema: JsonSchema, name: string, isField: boolean): JsonSchema {
  const found = isField ? propertyOf(schema, name) : additionalOf(schema);
  if (found === undefined) throw new Error('does not refer to a valid field');
  return found;
}

/** Delimiters stand alone, quoted names with their quotes. */
function tokensOf(text: string): string[] {
  return text.match(/'(?:\\.|[^'\\])*'|[.[\]]|[^.[\]']+|'/g) ?? [];
}

function unquoted(token: string): string {
  if (token.length < 2 || !token.startsWith("'") || !token.endsWith("'")) {
    throw new Error(`expected single quoted string but got ${token}`);
  }
  return token.slice(1, -1).replace(/\\./g, (sequence) => {
    const character = ESCAPES[sequence[1]!];
    if (character === undefined) {
      throw new Error(`invalid string literal: invalid escape char ${sequence}`);
    }
    return character;
  });
}

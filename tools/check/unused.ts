import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

// A function, class or value that is exported and imported nowhere is either dead or could be private
// to its file. Types may be named by whoever uses what takes or gives them.

const FILES = '{src,tools,bench,test}/**/*.ts';
/** Made by a program, or for programs that aren't here. */
const FOR_OTHERS = /\/generated\/|^src\/testing\/testing\.ts$/;

const DECLARED = /^export (?:async )?(?:abstract )?(?:function\*?|const|class) (\w+)/gm;
const LISTED = /^export \{([^}]*)\}(?: from '([^']+)')?/gm;
const IMPORTED = /^import (?:type )?(?:\w+, )?\{([^}]*)\} from '([^']+)'/gm;
/** Of what is imported whole, everything counts as used. */
const IMPORTED_WHOLE = /(?:^import \* as \w+ from |^export \* from |\btypeof import\()'([^']+)'/gm;
/** `const { a, b } = await import(…)`, and `(await import(…)).a`. */
const DESTRUCTURED = /\{([^{}]*)\} = await import\(\s*'([^']+)'/g;
const LAZY = /\bimport\(\s*'([^']+)',?\s*\)\)?(?:\.(\w+))?/g;

/** Exports that no other file imports, a line each. */
export function unusedFaults(root: string): string[] {
  const files = globSync(FILES, { cwd: root }).sort();
  const used = new Set<string>();
  const texts = new Map(files.map((file) => [file, withoutComments(join(root, file))]));
  for (const [file, text] of texts) for (const each of usesOf(file, text)) used.add(each);
  return [...texts]
    .filter(([file]) => !FOR_OTHERS.test(file))
    .flatMap(([file, text]) =>
      exportsOf(text)
        .filter((name) => !used.has(`${file} ${name}`) && !used.has(`${file} *`))
        .map((name) => `${file}: nobody imports ${name}`),
    );
}

const withoutComments = (file: string): string =>
  readFileSync(file, 'utf8').replace(/^\s*(?:\/\*[\s\S]*?\*\/|\/\/.*)$/gm, '');

const exportsOf = (text: string): string[] => [
  ...[...text.matchAll(DECLARED)].map(([, name = '']) => name),
  ...[...text.matchAll(LISTED)].flatMap(([, list = '']) => namesIn(list, 'outside')),
];

/** What a file takes from others: `path name`. */
function* usesOf(file: string, text: string): Iterable<string> {
  const at = (path: string) => normalize(join(dirname(file), path));
  for (const pattern of [IMPORTED, DESTRUCTURED, LISTED]) {
    for (const [, list = '', path] of text.matchAll(pattern)) {
      if (path) for (const name of namesIn(list, 'inside')) yield `${at(path)} ${name}`;
    }
  }
  for (const [, path = ''] of text.matchAll(IMPORTED_WHOLE)) yield `${at(path)} *`;
  const rest = text.replaceAll(DESTRUCTURED, '');
  for (const [, path = '', name = '*'] of rest.matchAll(LAZY)) yield `${at(path)} ${name}`;
}

/** The names of `a, type b, c as d`: in the file that has them, or as others see them. */
const namesIn = (list: string, seen: 'inside' | 'outside'): string[] =>
  list
    .split(',')
    .map((each) => each.trim().replace(/^type /, ''))
    .filter((each) => each !== '')
    .map((each) => each.split(/ as |: /).at(seen === 'inside' ? 0 : -1)!);

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

// Goal: what few servers need isn't loaded by all: nothing that a start imports leads to CEL.

const SRC = join(import.meta.dirname, '../../src');
const STATIC = /^(?:import|export)\s(?!type\b)(?:[^;]*?\sfrom\s)?'(\.[^']+)'/gm;

/** How a start comes to load a file: the files that import each other on the way. */
function wayTo(entry: string, isWanted: (file: string) => boolean): string[] {
  const from = new Map<string, string | undefined>([[entry, undefined]]);
  for (const file of from.keys()) {
    if (isWanted(file)) {
      const way: string[] = [];
      for (let at: string | undefined = file; at !== undefined; at = from.get(at)) way.push(at);
      return way.map((each) => each.slice(SRC.length + 1)).reverse();
    }
    for (const [, path] of readFileSync(file, 'utf8').matchAll(STATIC)) {
      const next = join(dirname(file), path!);
      if (!from.has(next)) from.set(next, file);
    }
  }
  return [];
}

for (const entry of ['cmd/main.ts', 'cmd/api-server.ts', 'controllers/all.ts']) {
  test(`${entry} loads no expressions`, () => {
    const way = wayTo(join(SRC, entry), (file) => file.includes('/machinery/cel/'));
    assert.deepEqual(way, []);
  });
}

test('the way is found where there is one', () => {
  const entry = join(SRC, 'machinery/policy/expressions.ts');
  const way = wayTo(entry, (file) => file.endsWith('/cel/compile.ts'));
  assert.deepEqual(way, ['machinery/policy/expressions.ts', 'machinery/cel/compile.ts']);
});

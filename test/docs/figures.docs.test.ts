import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { withFigures } from '../../tools/figures.ts';

test("the README's figures are the newest results (node tools/figures.ts writes them)", () => {
  const document = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
  assert.equal(document, withFigures(document));
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { withKinds } from '../../tools/compatibility.ts';

test('the table of kinds is that of the definitions (node tools/compatibility.ts writes it)', () => {
  const document = readFileSync(join(import.meta.dirname, '../../docs/compatibility.md'), 'utf8');
  assert.equal(document, withKinds(document));
});

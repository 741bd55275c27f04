import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shownChange } from './shown-change.ts';

// Goal: however long two values are, it is seen in what they differ.

const registry = 'registry.example.com/team/product/services/front';
const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

for (const { name, before, after, want } of [
  { name: 'short', before: 3, after: '', want: ['3', '""'] },
  { name: 'added', after: { a: 1 }, want: [undefined, '{"a":1}'] },
  {
    name: 'long, and other at the end',
    before: `${registry}:1.2.3`,
    after: `${registry}:1.2.4`,
    want: ['…s/front:1.2.3', '…s/front:1.2.4'],
  },
  {
    name: 'long from the beginning',
    before: `a${registry}`,
    after: 'b',
    want: ['aregistry.example.com/team/product/serv…', 'b'],
  },
  { name: 'a digest', before: digest, want: ['sha256:0123456789ab', undefined] },
]) {
  test(name, () => {
    const shown = shownChange({ before, after });
    assert.deepEqual([shown.before, shown.after], want);
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Explanation } from './explanation.ts';
import { linesOfAll } from './lines.ts';

const explanation = (kind: string, name: string, more: Partial<Explanation> = {}): Explanation => ({
  about: { apiVersion: 'v1', kind, name },
  state: 'wrong',
  summary: "it isn't ready",
  evidence: [],
  advice: [],
  causes: [],
  ...more,
});
const node = explanation('Node', 'n', {
  evidence: [{ subject: 'Ready', text: 'silent' }],
  advice: [{ text: 'see that n has power', commands: [], isTried: false }],
});

test('what is the same of several objects stands at the first of them', () => {
  const causes = [node];
  const pods = ['a', 'b', 'c'].map((name) => explanation('Pod', name, { causes }));
  assert.deepEqual(linesOfAll(pods), [
    "xx  pod/a: it isn't ready",
    '    the same is true of pod/b, pod/c',
    "    xx  node/n: it isn't ready",
    '        Ready  silent',
    '        try see that n has power',
  ]);
});

test('what was said already is not said again as a cause', () => {
  const waiting = explanation('Pod', 'b', { summary: 'it waits', causes: [node] });
  assert.deepEqual(linesOfAll([node, waiting]), [
    "xx  node/n: it isn't ready",
    '    Ready  silent',
    '    try see that n has power',
    'xx  pod/b: it waits',
    "    xx  node/n: it isn't ready",
  ]);
});

test('objects of which nothing is shown have a line each', () => {
  const pods = ['a', 'b'].map((name) => explanation('Pod', name));
  assert.deepEqual(linesOfAll(pods), ["xx  pod/a: it isn't ready", "xx  pod/b: it isn't ready"]);
});

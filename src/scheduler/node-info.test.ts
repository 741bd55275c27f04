import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeFacts } from './node-info.ts';
import { testNode } from './test-objects.ts';

test('an image without any name, as the API reads it back, is none to count', () => {
  const node = testNode('a', { images: { 'app:latest': 500 } });
  const images = [...(node.status?.images ?? []), { names: null, sizeBytes: 7 }];
  const { images: known } = nodeFacts({ ...node, status: { ...node.status, images } });
  assert.deepEqual([...known], [['app:latest', 500]]);
});

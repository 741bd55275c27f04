import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterOptions, nodeOptions } from './commands/options.ts';
import { backgroundWords } from './launch.ts';

test('the process in the background is given all that was said, and nothing else', () => {
  const words = backgroundWords(
    { name: 'n', data: '/d' },
    { ...clusterOptions, ...nodeOptions },
    { port: '0', verbose: true, host: '--odd', 'node-ip': undefined, filename: ['x'] },
  );
  const options = ['--host=--odd', '--port=0', '--verbose'];
  assert.deepEqual(words, ['run', '--name', 'n', '--data', '/d', ...options]);
});

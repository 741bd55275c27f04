import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RuntimeFailure } from './cri.ts';
import { runPipedCommand } from './piped-command.ts';

const sh = (script: string, input: string | AsyncIterable<Uint8Array> = '') =>
  runPipedCommand({ command: 'sh', args: ['-c', script], input });

test('what goes in comes out', async () => {
  assert.equal(await sh('cat', 'text'), 'text');
  async function* large(): AsyncIterable<Uint8Array> {
    for (let i = 0; i < 100; i++) yield Buffer.alloc(65_536, 120);
  }
  assert.equal((await sh('wc -c', large())).trim(), '6553600');
});

test('a failure carries what the command said, also when it did not read its input', async () => {
  async function* endless(): AsyncIterable<Uint8Array> {
    for (;;) yield Buffer.alloc(65_536);
  }
  await assert.rejects(sh('echo wrong >&2; exit 3', endless()), (error) => {
    assert.ok(error instanceof RuntimeFailure);
    assert.equal(error.kind, 'transient');
    assert.match(error.message, /: wrong$/);
    return true;
  });
  await assert.rejects(sh('exit 3'), /it ended with 3$/);
});

test('a failure of the input is told as it is', async () => {
  async function* broken(): AsyncIterable<Uint8Array> {
    yield Buffer.from('x');
    throw new Error('no more');
  }
  await assert.rejects(sh('cat', broken()), /no more/);
});

test('a command that is not there is a permanent failure', async () => {
  await assert.rejects(runPipedCommand({ command: '/nope', args: [], input: '' }), (error) => {
    assert.ok(error instanceof RuntimeFailure);
    assert.equal(error.kind, 'permanent');
    assert.match(error.message, /\/nope can't be started/);
    return true;
  });
});

test('a command that ended is not waited for by input that nobody reads', async () => {
  async function* input() {
    yield new Uint8Array(1 << 20);
    await new Promise(() => {}); // As a part of a file that waits for those before it.
  }
  const command = { command: 'sh', args: ['-c', 'echo full >&2; exit 3'], input: input() };
  await assert.rejects(runPipedCommand(command), /full$/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../base/virtual-clock.ts';
import { type LiveRow, LiveView } from './live-view.ts';
import { memoryIo } from './testing.ts';

// Goal: on a terminal the rows stand in place, whatever comes between; elsewhere each change is a
// line. A screen is played back to see what a person would.

/** What a terminal shows after all that was written to it. */
function screen(written: string): string[] {
  const lines = [''];
  let at = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what terminals are led by.
  for (const [token] of written.matchAll(/\x1b\[(\d*)([A-Z])|\n|[^\x1b\n]+/g)) {
    const [, count = '', action] = /\[(\d*)([A-Z])/.exec(token) ?? [];
    if (token === '\n') at++;
    else if (action === 'A') at -= Number(count);
    else if (action === 'J') lines.length = at;
    else lines[at] = (lines[at] ?? '') + token;
    assert.ok(at >= 0, 'the cursor left the screen');
  }
  return lines.filter(Boolean);
}

const row = (label: string, state: LiveRow['state'], text: string): LiveRow => ({
  label,
  state,
  text,
});

test('off a terminal, a line for each change', () => {
  const io = memoryIo();
  const view = new LiveView(io, new VirtualClock());
  view.show([row('a', 'progressing', 'starting'), row('b', 'progressing', 'waiting')]);
  view.show([row('a', 'progressing', 'starting'), row('b', 'healthy', 'there')]);
  view.note('Warning: old');
  view.show([row('a', 'failed', 'crashed'), row('b', 'healthy', 'there')]);
  view.close();
  assert.equal(io.out, '..  a  starting\n..  b  waiting\nok  b  there\nFAILED  a  crashed\n');
  assert.equal(io.err, 'Warning: old\n');
});

test('on a terminal, rows stay in place and notes above them', () => {
  const io = memoryIo({ isTerminal: true });
  const view = new LiveView({ ...io, note: (text) => io.line(text) }, new VirtualClock());
  view.show([row('a', 'progressing', 'starting')]);
  view.show([row('a', 'healthy', 'there'), row('long', 'progressing', 'waiting')]);
  assert.deepEqual(screen(io.out), ['✓ a     there', '⠋ long  waiting']);
  view.note('Warning: old');
  assert.deepEqual(screen(io.out), ['Warning: old', '✓ a     there', '⠋ long  waiting']);
  view.show([row('a', 'failed', 'gone')]);
  view.close();
  io.line('after');
  assert.deepEqual(screen(io.out), ['Warning: old', '✗ a  gone', 'after']);
});

test('the spinner turns while nothing else happens, and not after the end', async () => {
  const io = memoryIo({ isTerminal: true });
  const clock = new VirtualClock();
  const view = new LiveView(io, clock);
  view.show([row('a', 'progressing', 'starting')]);
  await clock.advance(160);
  assert.deepEqual(screen(io.out), ['⠹ a  starting']);
  view.close();
  const { length } = io.out;
  await clock.advance(1000);
  assert.equal(io.out.length, length);
});

test('no line wraps', () => {
  const io = memoryIo({ isTerminal: true, width: 20 });
  new LiveView(io, new VirtualClock()).show([row('a', 'progressing', 'x'.repeat(50))]);
  assert.deepEqual(screen(io.out), [`⠋ a  ${'x'.repeat(14)}`]);
});

test('more rows than lines: what is done gives way, and all are there in the end', () => {
  const io = memoryIo({ isTerminal: true, height: 6 });
  const view = new LiveView(io, new VirtualClock());
  const rows = Array.from({ length: 8 }, (_, i) =>
    row(`r${i}`, i < 6 ? 'healthy' : 'progressing', 'x'),
  );
  view.show(rows);
  assert.deepEqual(screen(io.out), ['✓ r0  x', '⠋ r6  x', '⠋ r7  x', '  … and 5 more']);
  view.close();
  assert.equal(screen(io.out).length, 8);
});

test('colours where there are some', () => {
  const io = memoryIo({ isTerminal: true });
  const view = new LiveView({ ...io, hasColours: true }, new VirtualClock());
  view.show([row('a', 'failed', 'x')]);
  assert.ok(io.out.includes('\x1b[31m✗\x1b[0m a  x'));
});

for (const isTerminal of [true, false]) {
  test(`a text from the cluster commands no terminal, ${isTerminal ? 'on' : 'off'} one`, () => {
    const io = memoryIo({ isTerminal });
    const view = new LiveView(io, new VirtualClock());
    view.show([row('a', 'failed', 'crashed\x1b]0;yours')]);
    view.close();
    assert.ok(io.out.includes('crashed^[]0;yours'), io.out);
  });
}

// Goal: logs come out as written, from the place asked for, and following misses nothing when the
// file is set aside.
import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { logTail, parseLogLine, type ReadLogOptions, readLog, rotateLog } from './log-files.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'logs-'));
  path = join(folder, '0.log');
});
afterEach(() => rmSync(folder, { recursive: true }));

const line = (text: string, { second = 0, tag = 'F', stream = 'stdout' } = {}) =>
  `2026-01-01T00:00:${String(second).padStart(2, '0')}.5Z ${stream} ${tag} ${text}\n`;
const never = new AbortController().signal;

async function read(options: ReadLogOptions): Promise<string> {
  let text = '';
  for await (const piece of readLog(systemClock, path, options, never)) text += piece;
  return text;
}

for (const { name, options, want } of [
  { name: 'all of it', options: {}, want: 'one\ntwo\nthree\n' },
  { name: 'the last two lines', options: { tailLines: 2 }, want: 'two\nthree\n' },
  { name: 'no line', options: { tailLines: 0 }, want: '' },
  { name: 'more lines than there are', options: { tailLines: 9 }, want: 'one\ntwo\nthree\n' },
  { name: 'from a time on', options: { sinceMs: Date.UTC(2026, 0, 1, 0, 0, 2) }, want: 'three\n' },
  { name: 'so many bytes', options: { limitBytes: 6 }, want: 'one\ntw' },
  {
    name: 'with times',
    options: { timestamps: true, tailLines: 1 },
    want: '2026-01-01T00:00:02.5Z three\n',
  },
]) {
  test(name, async () => {
    writeFileSync(
      path,
      line('one') + line('two', { second: 1, stream: 'stderr' }) + line('three', { second: 2 }),
    );
    assert.equal(await read(options), want);
  });
}

test('the parts of a long line come out as one', async () => {
  writeFileSync(path, line('be', { tag: 'P' }) + line('gin', { tag: 'P' }) + line('ning'));
  assert.equal(await read({}), 'beginning\n');
});

test('a line that is still being written waits for its end', async () => {
  writeFileSync(path, line('one') + line('two').slice(0, 30));
  assert.equal(await read({}), 'one\n');
});

test('text that is long in many lines is found from its end', async () => {
  writeFileSync(
    path,
    Array.from({ length: 5000 }, (_, i) => line(`${i} ${'x'.repeat(40)}`)).join(''),
  );
  const text = await read({ tailLines: 3000 });
  assert.equal(text.split('\n').length, 3001);
  assert.ok(text.startsWith('2000 '));
});

test('a log that is not there is empty', async () => assert.equal(await read({}), ''));

test('following ends when nothing more will come', async () => {
  writeFileSync(path, line('one'));
  let open = true;
  const follow = () => open;
  let text = '';
  for await (const piece of readLog(systemClock, path, { follow }, never)) {
    text += piece;
    if (text === 'one\n') appendFileSync(path, line('two'));
    if (text.endsWith('two\n')) {
      renameSync(path, `${path}.old`);
      writeFileSync(path, line('three'));
      open = false;
    }
  }
  assert.equal(text, 'one\ntwo\nthree\n');
});

test('following begins with a file that comes later', async () => {
  const texts: string[] = [];
  const reading = (async () => {
    for await (const piece of readLog(
      systemClock,
      path,
      { follow: () => texts.length === 0 },
      never,
    )) {
      texts.push(piece.toString());
    }
  })();
  setImmediate(() => writeFileSync(path, line('late')));
  await reading;
  assert.deepEqual(texts, ['late\n']);
});

test('last words are the end of the log', async () => {
  writeFileSync(path, line('one') + line('two') + line('three'));
  assert.equal(await logTail(path, { maxLines: 2, maxBytes: 100 }), 'two\nthree\n');
  assert.equal(await logTail(path, { maxLines: 2, maxBytes: 6 }), 'three\n');
});

test('a log that is too large is set aside, and the oldest go', async () => {
  const rotate = (minute: number) => {
    writeFileSync(path, 'x'.repeat(100));
    const now = Date.UTC(2026, 0, 1, 0, minute);
    return rotateLog(path, { maxBytes: 99, maxFiles: 3, now }, async () => {});
  };
  for (const minute of [1, 2, 3]) assert.equal(await rotate(minute), true);
  assert.deepEqual(readdirSync(folder).sort(), ['0.log.20260101-000200', '0.log.20260101-000300']);
  assert.ok(!existsSync(path));
  writeFileSync(path, 'x'.repeat(99));
  const limits = { maxBytes: 99, maxFiles: 3, now: 0 };
  assert.equal(await rotateLog(path, limits, assert.fail), false);
});

test('a log that the runtime can not begin anew keeps its name, and what it says', async () => {
  writeFileSync(path, 'x'.repeat(100));
  const limits = { maxBytes: 99, maxFiles: 3, now: 0 };
  const fails = () => Promise.reject(new Error('down'));
  await assert.rejects(rotateLog(path, limits, fails), { message: 'down' });
  assert.deepEqual(readdirSync(folder), ['0.log']);
});

test('a log that went missing half way is begun anew', async () => {
  let begun = 0;
  const limits = { maxBytes: 99, maxFiles: 3, now: 0 };
  assert.equal(
    await rotateLog(path, limits, async () => {
      begun++;
    }),
    true,
  );
  assert.equal(begun, 1);
});

for (const text of ['', 'nonsense', '2026 stdout', '2026 both F x', '2026 stdout X x']) {
  test(`"${text}" is no line of a log`, () =>
    assert.equal(parseLogLine(Buffer.from(text)), undefined));
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineLogger } from './log.ts';

function written(log: (logger: ReturnType<typeof lineLogger>) => void): string {
  let text = '';
  const write = (line: string) => {
    text += line;
  };
  log(lineLogger(write, { least: 'info', now: () => 0 }));
  return text.replaceAll('1970-01-01T00:00:00.000Z ', '');
}

for (const { name, log, want } of [
  {
    name: 'facts',
    log: (l) => l.info('started', { pid: 1, name: 'a b', path: '/x/y' }),
    want: 'info started pid=1 name="a b" path=/x/y\n',
  },
  { name: 'less than asked for', log: (l) => l.debug('x'), want: '' },
  {
    name: 'common facts',
    log: (l) => l.with({ component: 'c' }).warn('x', { y: 1 }),
    want: 'warn x component=c y=1\n',
  },
  {
    name: 'no second line',
    log: (l) => l.error('x', { text: 'a\nb' }),
    want: 'error x text="a\\nb"\n',
  },
  {
    name: 'errors with their causes',
    log: (l) => l.error('x', { error: new Error('a b', { cause: new Error('c') }) }),
    want: 'error x error="a b (c)"\n',
  },
  { name: 'nothing', log: (l) => l.info('x', { y: undefined }), want: 'info x y=\n' },
] as { name: string; log: Parameters<typeof written>[0]; want: string }[]) {
  test(name, () => assert.equal(written(log), want));
}

test('a bug tells where it is', () => {
  assert.match(
    written((l) => l.error('x', { error: new TypeError('t') })),
    /error="TypeError: t\\n +at /,
  );
});

import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { describe, test } from 'node:test';
import { StatusError } from '../machinery/status.ts';
import { type Command, type CommandContext, CommandError, command } from './command.ts';
import { type Program, runProgram } from './program.ts';
import { memoryIo, testTools } from './testing.ts';

// Goal: what is typed reaches the right command as it was meant, wherever options stand, and what
// can't be understood is told in two lines and exits with 2.

const PROBE_OPTIONS = {
  namespace: { short: 'n', value: 'NAMESPACE', description: 'Where' },
  'field-selector': { value: 'SELECTOR', description: 'Which' },
  filename: { short: 'f', value: 'FILE', repeated: true, description: 'What' },
  watch: { short: 'w', description: 'Whether' },
  'no-headers': { description: 'Whether not' },
  timeout: { value: 'DURATION', default: '5m', description: 'How long' },
  types: { value: 'TYPE', choices: ['Normal', 'Warning'], description: 'Of which type' },
} as const;

/** A program of which one command tells what it was called with, and others fail in their ways. */
function probe(run?: (context: CommandContext) => Promise<number>) {
  const calls: { arguments: readonly string[]; options: object; context: CommandContext }[] = [];
  const loaded: string[] = [];
  const lazily = (name: string, spec: Partial<Command>) => ({
    name,
    summary: `Do ${name}`,
    load: async () => {
      loaded.push(name);
      return command({ name, summary: `Do ${name}`, run: async () => 0, ...spec });
    },
  });
  const program: Program = {
    details: 'Begin with probe.',
    parents: { deep: 'Deep things' },
    groups: [
      {
        title: 'First',
        commands: [
          lazily('probe', {
            arguments: [
              { name: 'WORD', description: 'A word', optional: true },
              { name: 'MORE', description: 'More words', optional: true, variadic: true },
            ],
            options: PROBE_OPTIONS,
            details: 'Example:\n  tutti probe',
            async run(input, context) {
              calls.push({ ...input, context } as never);
              return run ? run(context) : 7;
            },
          }),
          lazily('picky', { arguments: [{ name: 'WORD', description: 'A word' }] }),
        ],
      },
      { title: 'Second', commands: [lazily('deep one', {}), lazily('deep two', {})] },
    ],
  };
  const io = memoryIo();
  return {
    calls,
    loaded,
    io,
    run: (words: string, tools: Parameters<typeof testTools>[1] = {}) =>
      runProgram(program, words.split(' ').filter(Boolean), testTools(io, tools)),
  };
}

const NOTHING = {
  namespace: undefined,
  'field-selector': undefined,
  filename: [],
  watch: false,
  'no-headers': false,
  timeout: '5m',
  types: undefined,
};

describe('options and arguments', () => {
  for (const { words, args = [], options = {} } of [
    { words: 'probe' },
    { words: 'probe a b c', args: ['a', 'b', 'c'] },
    { words: 'probe -n x -w', options: { namespace: 'x', watch: true } },
    { words: 'probe --namespace=x', options: { namespace: 'x' } },
    { words: 'probe --field-selector a=b', options: { 'field-selector': 'a=b' } },
    { words: 'probe -f a -f b c', args: ['c'], options: { filename: ['a', 'b'] } },
    { words: 'probe --no-headers', options: { 'no-headers': true } },
    { words: 'probe --timeout 1s', options: { timeout: '1s' } },
    { words: 'probe a --types Warning', args: ['a'], options: { types: 'Warning' } },
    { words: 'probe -- --watch', args: ['--watch'] },
    { words: 'probe -f -', options: { filename: ['-'] } },
  ]) {
    test(words, async () => {
      const { run, calls } = probe();
      assert.equal(await run(words), 7);
      const [call] = calls;
      assert.deepEqual(call?.arguments, args);
      assert.deepEqual({ ...call?.options }, { ...NOTHING, ...options });
    });
  }
});

describe('the cluster that is meant', () => {
  const usual = {
    name: 'tutti',
    data: '/var/lib/tutti/tutti',
    kubeconfig: undefined,
    context: undefined,
    given: { name: false, data: false },
  };
  for (const { words, place } of [
    { words: 'probe', place: {} },
    {
      words: '--name a probe',
      place: { name: 'a', data: '/var/lib/tutti/a', given: { name: true, data: false } },
    },
    {
      words: 'probe x --name a -w',
      place: { name: 'a', data: '/var/lib/tutti/a', given: { name: true, data: false } },
    },
    {
      words: 'probe --data d',
      place: { data: resolve('d'), given: { name: false, data: true } },
    },
    {
      words: '--data=/d --kubeconfig k probe --context c',
      place: { data: '/d', kubeconfig: 'k', context: 'c', given: { name: false, data: true } },
    },
  ]) {
    test(words, async () => {
      const { run, calls } = probe();
      assert.equal(await run(words), 7);
      assert.deepEqual(calls[0]?.context.place, { ...usual, ...place });
    });
  }
});

describe('what is not understood', () => {
  for (const { words, lines } of [
    { words: 'prob', lines: ["unknown command 'prob'", 'Did you mean probe? See "tutti --help".'] },
    {
      words: 'nothing-like-it',
      lines: ["unknown command 'nothing-like-it'", 'See "tutti --help".'],
    },
    {
      words: 'deep three',
      lines: ["unknown command 'three'", 'See "tutti deep --help".'],
    },
    {
      words: 'probe --watc',
      lines: ["unknown option '--watc'", 'Did you mean --watch? See "tutti probe --help".'],
    },
    {
      words: '--nme x probe',
      lines: ["unknown option '--nme'", 'Did you mean --name? See "tutti --help".'],
    },
    {
      words: 'probe -n',
      lines: ["option '-n, --namespace <NAMESPACE>' argument missing", 'See "tutti probe --help".'],
    },
    { words: 'picky', lines: ["missing required argument 'WORD'", 'See "tutti picky --help".'] },
    {
      words: 'picky a b',
      lines: [
        "too many arguments for 'picky'. Expected 1 argument but got 2",
        'See "tutti picky --help".',
      ],
    },
    {
      words: 'deep one x',
      lines: [
        "too many arguments for 'one'. Expected 0 arguments but got 1",
        'See "tutti deep one --help".',
      ],
    },
    {
      words: 'probe --types Bad',
      lines: [
        "option '--types <TYPE>' argument 'Bad' is invalid. Allowed choices are Normal, Warning",
        'See "tutti probe --help".',
      ],
    },
  ]) {
    test(words, async () => {
      const { run, io, calls } = probe();
      assert.equal(await run(words), 2);
      assert.deepEqual(io.err.split('\n'), [`error: ${lines[0]}`, lines[1], '']);
      assert.equal(io.out, '');
      assert.equal(calls.length, 0);
    });
  }

  test('a name that could lead out of its folder', async () => {
    const { run, io, calls } = probe();
    assert.equal(await run('probe --name ../x'), 1);
    assert.match(io.err, /^error: "..\/x" can't be the name of a cluster\nUse .*\n$/);
    assert.equal(calls.length, 0);
  });
});

describe('help', () => {
  test('nothing typed shows the commands in their groups, options last', async () => {
    const { run, io, loaded } = probe();
    assert.equal(await run(''), 0);
    assert.match(
      io.out,
      /\nFirst:\n +probe +Do probe\n +picky .*\n\nSecond:\n +deep +Deep things\n/,
    );
    assert.ok(io.out.indexOf('Options:') > io.out.indexOf('Second:'));
    assert.match(io.out, /\nBegin with probe\.\n$/);
    assert.deepEqual(loaded, []);
  });

  for (const words of ['probe --help', 'help probe', 'probe -h']) {
    test(words, async () => {
      const { run, io, calls } = probe();
      assert.equal(await run(words), 0);
      assert.match(io.out, /^Usage: tutti probe \[options\] \[WORD\] \[MORE\.\.\.\]\n\nDo probe\n/);
      assert.match(io.out, /--timeout <DURATION> +How long \(default: "5m"\)/);
      assert.match(io.out, /Global Options:\n +--name <NAME>/);
      assert.match(io.out, /Example:\n {2}tutti probe\n$/);
      assert.equal(calls.length, 0);
    });
  }

  test('a command that only has others below it shows them, and exits with 2', async () => {
    const { run, io } = probe();
    assert.equal(await run('deep'), 2);
    assert.match(io.err, /Commands:\n +one +Do deep one\n +two +Do deep two\n/);
  });

  for (const words of ['--version', '-V']) {
    test(words, async () => {
      const { run, io } = probe();
      assert.equal(await run(words), 0);
      assert.equal(io.out, '1.2.3\n');
    });
  }
});

test('only the code of the command that is called is loaded', async () => {
  const { run, loaded } = probe();
  assert.equal(await run('deep two'), 0);
  assert.deepEqual(loaded, ['deep two']);
});

describe('what a command ends with', () => {
  const failing = (error: unknown) => probe(() => Promise.reject(error));
  for (const { name, error, err } of [
    {
      name: 'a mistake of the user',
      error: new CommandError('it is wrong', { advice: 'Do it right.' }),
      err: 'error: it is wrong\nDo it right.\n',
    },
    {
      name: 'a refusal of the server',
      error: new StatusError('NotFound', 'pods "a" not found'),
      err: 'Error from server (NotFound): pods "a" not found\n',
    },
  ]) {
    test(name, async () => {
      const { run, io } = failing(error);
      assert.equal(await run('probe'), 1);
      assert.equal(io.err, err);
    });
  }

  test('Ctrl-C is told by the exit code alone', async () => {
    const { run, io } = failing(new Error('SIGINT'));
    assert.equal(await run('probe', { signal: AbortSignal.abort(new Error('SIGINT')) }), 130);
    assert.equal(io.err, '');
  });

  test('no cluster on this machine', async () => {
    const { run, io } = probe(async (context) => {
      await context.openCluster();
      return 0;
    });
    const environment = { HOME: '/nowhere' };
    assert.equal(await run('probe --data /nowhere', { environment }), 1);
    assert.match(
      io.err,
      /^error: there is no cluster "tutti" .*\/nowhere\)\nStart it with "tutti --data \/nowhere up"/,
    );
  });
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { StatusError } from '../machinery/status.ts';
import { RuntimeFailure } from '../runtime/cri.ts';
import { CommandError } from './command.ts';
import { explainFailure, failureOf, UsageError } from './failure.ts';

// Goal: every kind of error is told as what is wrong and, where we know, what to do.

const systemError = (code: string, message: string, more: object = {}) =>
  Object.assign(new Error(`${code}: ${message}`), { code, syscall: 'write', ...more });

function caught(action: () => void): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

for (const { name, error, lines, exitCode = 1 } of [
  {
    name: 'without advice there is one line',
    error: new CommandError('it is wrong'),
    lines: ['error: it is wrong'],
  },
  {
    name: 'a value that is not understood',
    error: new CommandError('--tail takes a number', { isMisuse: true }),
    lines: ['error: --tail takes a number'],
    exitCode: 2,
  },
  {
    name: 'a command line',
    error: new UsageError("unknown option '-x'", 'tutti get'),
    lines: ["error: unknown option '-x'", 'See "tutti get --help".'],
    exitCode: 2,
  },
  {
    name: 'a command line with a likely meaning',
    error: new UsageError("unknown option '--foo'", 'tutti get', '--for'),
    lines: ["error: unknown option '--foo'", 'Did you mean --for? See "tutti get --help".'],
    exitCode: 2,
  },
  {
    name: 'a status without a reason',
    error: new StatusError('', 'HTTP 502', undefined, 502),
    lines: ['Error from server: HTTP 502'],
  },
  {
    name: 'a status that can be helped',
    error: new StatusError('Unauthorized', 'Unauthorized'),
    lines: [
      'Error from server (Unauthorized): Unauthorized',
      'The server knows nobody with this certificate or token; is the kubeconfig its own?',
    ],
  },
  {
    name: 'what is not there',
    error: new StatusError('NotFound', 'pods "a" not found', { kind: 'pods', name: 'a' }),
    lines: [
      'Error from server (NotFound): pods "a" not found',
      '"tutti get pods -A" shows what there is.',
    ],
  },
  {
    name: 'a full disk',
    error: systemError('ENOSPC', 'no space left on device, write'),
    lines: ['error: no space left on device, write', 'Make room there, then try again.'],
  },
  {
    name: 'a system error that names its file only aside',
    error: systemError('EIO', 'i/o error, fsync', { path: '/d/x' }),
    lines: ["error: i/o error, fsync '/d/x'"],
  },
  {
    name: 'a system error as Node makes it',
    error: caught(() => readFileSync('/nowhere/at-all')),
    lines: ["error: no such file or directory, open '/nowhere/at-all'"],
  },
  {
    name: 'a failure of the container runtime',
    error: new RuntimeFailure('transient', "containerd doesn't answer"),
    lines: [
      "error: containerd doesn't answer",
      'Do the system parts work by themselves: containerd, nft, ip?',
    ],
  },
]) {
  test(name, () => assert.deepEqual(failureOf(error), { lines, exitCode }));
}

test('a bug shows where, and that it is ours', () => {
  const { lines, exitCode } = failureOf(new TypeError('x is not a function'));
  assert.match(lines[0]!, /^internal error: TypeError: x is not a function\n +at /);
  assert.equal(lines[1], 'This is a mistake in Tutti, not yours.');
  assert.equal(exitCode, 1);
});

test('for another process to tell, what is wrong and what to do are kept apart', () => {
  const error = new CommandError('it is wrong', { advice: 'Do it right.' });
  assert.deepEqual(explainFailure(error), { message: 'it is wrong', advice: 'Do it right.' });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startFailure } from './start-failure.ts';

for (const { message, what } of [
  {
    message: 'runc create failed: exec: "/no/such": stat /no/such: no such file or directory',
    what: 'its command /no/such is not in its image',
  },
  {
    message: 'exec: \\"serve\\": executable file not found in $PATH: unknown',
    what: 'its command serve is not in its image',
  },
  { message: 'exec: "/run.sh": permission denied', what: "its command /run.sh can't be executed" },
  { message: 'exec /app: exec format error', what: "its command can't be executed" },
  { message: 'invalid mount', what: 'the runtime refuses it' },
]) {
  test(message, () => assert.equal(startFailure(message).what, what));
}

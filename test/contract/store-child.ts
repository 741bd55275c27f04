import { openSqliteStore } from '../../src/store/sqlite.ts';
import { valueCodec } from './store-model.ts';

// Run as a process of its own, to be killed: opens the database that is named, says `open`, then
// has 32 writers each write one key after the other, and prints each key when it is answered. A
// name for the round keeps the keys of one run from those of another.

const [file, round] = process.argv.slice(2);

const store = await openSqliteStore(valueCodec, { file: file!, historyLimit: 500 }).catch(
  ({ message }: Error) => {
    process.stdout.write(`${message}\n`);
    process.exit(1);
  },
);
process.stdout.write('open\n');

async function write(writer: number): Promise<never> {
  for (let n = 0; ; n++) {
    const key = `${round}/${writer}/${n}`;
    const draft = { text: 'x'.repeat((n * 37) % 3000), revision: 0 };
    // The counter is overwritten each time, so that there are rows to forget too.
    const counter = { text: String(n), revision: 0 };
    const { revision } = await store!.commit([
      { type: 'put', key, draft, expect: 0 },
      { type: 'put', key: `counter/${round}/${writer}`, draft: counter },
    ]);
    process.stdout.write(`${key} ${revision} answered\n`);
  }
}
for (let writer = 0; writer < 32; writer++) void write(writer);

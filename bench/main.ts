import { parseArgs } from 'node:util';
import { Lab } from './lib/lab.ts';
import { surroundings } from './lib/machine.ts';
import { keep, printed, recorded } from './lib/report.ts';
import { SkippedError } from './lib/scenario.ts';
import { scenarios } from './scenarios.ts';

// `npm run bench`: measures the whole system beside what bare parts reach on the same machine.

const HELP = `npm run bench -- [NAME…] [--quick] [--record] [--json] [--profile DIR]

  --quick        tiny, just to see that it works
  --record       add the results to bench/results
  --json         print results as lines of JSON
  --profile DIR  leave CPU profiles of the servers there

${scenarios.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join('\n')}
`;

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean' },
      record: { type: 'boolean' },
      json: { type: 'boolean' },
      profile: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const unknown = positionals.filter((word) => scenarios.every(({ name }) => name !== word));
  if (values.help || unknown.length > 0) {
    if (unknown.length > 0) console.error(`there is no bench "${unknown.join('", "')}"\n`);
    console.error(HELP);
    return values.help ? 0 : 1;
  }
  const chosen = scenarios.filter(
    ({ name }) => positionals.length === 0 || positionals.includes(name),
  );
  const where = surroundings();
  const lines: string[] = [];
  let failed = 0;
  const lab = new Lab({ profileFolder: values.profile });
  try {
    for (const { name, run } of chosen) {
      try {
        for (const found of await run(lab, values.quick ? 'quick' : 'full')) {
          const result = values.quick ? { ...found, goals: [] } : found; // Too little for a verdict.
          const line = recorded(result, where, new Date());
          lines.push(line);
          console.log(values.json ? line : printed(result));
        }
      } catch (error) {
        const isSkipped = error instanceof SkippedError;
        if (!isSkipped) failed++;
        console.error(isSkipped ? `SKIPPED ${name}: ${error.message}` : `FAILED ${name}:`);
        if (!isSkipped) console.error(error);
      }
    }
  } finally {
    await lab.close();
  }
  if (values.record) console.error(`recorded in ${keep(lines, where, new Date())}`);
  return failed === 0 ? 0 : 1;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
process.exitCode = await main(process.argv.slice(2));

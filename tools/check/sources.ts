import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Ban {
  readonly name: string;
  readonly pattern: RegExp;
  /** Rooms, or files, in which it is at home. */
  readonly allowed: RegExp;
  readonly instead: string;
}

const BANS: readonly Ban[] = [
  {
    name: 'time',
    pattern:
      /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|(?<!\.)\bset(Timeout|Interval|Immediate)\(/,
    allowed: /^src\/base\//,
    instead: 'take a Clock (src/base/clock.ts)',
  },
  {
    name: 'chance',
    pattern: /\bMath\.random\(|\brandom(Bytes|UUID)\(|getRandomValues\(/,
    allowed: /^src\/base\//,
    instead: 'take a Random (src/base/random.ts)',
  },
  {
    name: 'environment',
    pattern: /\bprocess\.(env|argv)\b/,
    allowed: /^src\/(cmd|cli)\//,
    instead: 'read it in cmd or cli and hand it down',
  },
  {
    name: 'locale',
    pattern: /\.localeCompare\(|\bIntl\.|\.toLocale/,
    allowed: /^src\/base\/time-zone\.ts$/,
    instead: 'compare code units; output must not depend on the machine',
  },
  {
    name: 'network',
    pattern: /['"]node:(net|http|https|http2|tls|dgram|dns)['"]|(?<![.#\w]|async )fetch\(/,
    allowed: /^src\/(runtime\/|cmd\/|apiserver\/(http|proxy)\/|client\/http\/)/,
    instead: 'go through a port in src/runtime or a transport',
  },
  {
    name: 'files and processes',
    pattern: /['"]node:(fs|fs\/promises|child_process|worker_threads|sqlite)['"]/,
    allowed: /^src\/(runtime|cmd|cli|image|store)\//,
    instead: 'go through a port in src/runtime',
  },
  {
    name: 'console',
    pattern: /\bconsole\.|\bprocess\.exit\(/,
    allowed: /^src\/cmd\/main\.ts$/,
    instead: 'take a Logger, or the streams of the command',
  },
];

/** Comments, and imports of types alone, touch nothing. */
const IGNORED = /^\s*(\/?\*|\/\/|import type )/;

const LINES_MAX = 600;

/** Uses of what only some rooms may touch, and files that have grown too long. */
export function sourceFaults(root: string): string[] {
  const faults: string[] = [];
  for (const file of globSync('src/**/*.ts', { cwd: root })) {
    if (file.includes('/generated/')) continue;
    const lines = readFileSync(join(root, file), 'utf8').split('\n');
    const isTest = file.endsWith('.test.ts');
    if (lines.length > LINES_MAX && !isTest) {
      faults.push(`${file}: ${lines.length} lines; ${LINES_MAX} is the most a file may have`);
    }
    for (const { name, pattern, allowed, instead } of isTest ? [] : BANS) {
      if (allowed.test(file)) continue;
      for (const [index, line] of lines.entries()) {
        if (IGNORED.test(line) || !pattern.test(line)) continue;
        faults.push(`${file}:${index + 1}: ${name} is not for this room; ${instead}`);
      }
    }
  }
  return faults;
}

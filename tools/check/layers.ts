import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** What each room may import. Downwards only, and there is no list of exceptions. */
const L0 = ['base'];
const L1 = [...L0, 'machinery', 'api'];
const ROOMS: Readonly<Record<string, readonly string[] | 'everything'>> = {
  base: [],
  machinery: L0,
  api: [...L0, 'machinery'],
  store: [...L0, 'machinery'],
  client: L1,
  runtime: [...L0, 'machinery'],
  image: [...L0, 'machinery'],
  apiserver: [...L1, 'store', 'client'],
  controllers: [...L1, 'client'],
  scheduler: [...L1, 'client'],
  agent: [...L1, 'client', 'runtime'],
  network: [...L1, 'client', 'runtime'],
  compose: [...L1, 'client'],
  cli: [...L1, 'client', 'runtime', 'image'],
  explain: [...L1, 'client', 'scheduler'],
  plan: 'everything',
  cmd: 'everything',
  sim: 'everything',
  testing: 'everything',
};

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s*['"](\.[^'"]+)['"]|import\(\s*['"](\.[^'"]+)['"]/g;

/** Every import in `src/` that goes up, sideways between rooms, or out of `src/`. */
export function layerFaults(root: string): string[] {
  const faults: string[] = [];
  for (const file of globSync('src/**/*.ts', { cwd: root })) {
    const room = file.split('/')[1]!;
    const allowed = ROOMS[room];
    if (allowed === undefined) {
      faults.push(`${file}: src/${room} is no room; rooms are listed in tools/check/layers.ts`);
      continue;
    }
    for (const match of readFileSync(join(root, file), 'utf8').matchAll(IMPORT)) {
      const target = normalize(join(dirname(file), match[1] ?? match[2]!));
      const [top, other = ''] = target.split('/');
      if (top === 'src' && (other === room || allowed === 'everything')) continue;
      if (top === 'src' && allowed.includes(other)) continue;
      if (top === 'package.json' && room === 'cmd') continue;
      faults.push(`${file}: ${room} may not import ${target}`);
    }
  }
  return faults;
}

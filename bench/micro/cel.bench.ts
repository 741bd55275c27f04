import { createHash } from 'node:crypto';
import { compile } from '../../src/machinery/cel/compile.ts';
import type { Program } from '../../src/machinery/cel/program.ts';
import { declareSchema } from '../../src/machinery/cel/schema.ts';

// What rules in CEL cost: to compile, once for each definition, and to evaluate, at each write. Run it
// by itself for the full size; the tests run it tiny, so that it doesn't rot.

/** How much to do. Medians are over `rounds`, in which all rules take turns. */
export interface CelBenchSize {
  readonly rounds: number;
  readonly runs: number;
}

const FULL: CelBenchSize = { rounds: 15, runs: 20_000 };
// Compiling is that much dearer than evaluating.
const RUNS_PER_COMPILATION = 50;

/** One figure, in microseconds of CPU. Equal work gives an equal hash. */
export interface Measurement {
  readonly bench: 'cel';
  readonly measure: string;
  readonly value: number;
  readonly unit: 'us/op';
  readonly hash: string;
}

const text = { type: 'string', maxLength: 63 };
const self = declareSchema(
  {
    type: 'object',
    properties: {
      ...{ replicas: { type: 'integer' }, maxReplicas: { type: 'integer' }, name: text },
      ports: {
        type: 'array',
        maxItems: 20,
        items: { type: 'object', properties: { name: text, port: { type: 'integer' } } },
      },
    },
  },
  false,
)!;
const VARIABLES = { self, oldSelf: self };
const ports = Array.from({ length: 10 }, (_, i) => ({ name: `port-${i}`, port: 8000 + i }));
const DATA = { replicas: 3, maxReplicas: 5, name: 'web-frontend', ports };
const BINDINGS = { self: DATA, oldSelf: DATA };

const RULES: Readonly<Record<string, string>> = {
  compare: 'self.replicas <= self.maxReplicas',
  immutable: 'self.name == oldSelf.name',
  pattern: "self.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
  'all of 10': 'self.ports.all(p, p.port > 0 && p.port < 65536)',
  'unique of 10': 'self.ports.all(p, self.ports.exists_one(q, q.name == p.name))',
};

/** Runs the work `runs` times; microseconds of CPU for one. */
function measure(runs: number, work: () => void): number {
  const before = process.cpuUsage();
  for (let i = 0; i < runs; i++) work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / runs;
}

const median = (values: number[]): number =>
  values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** Measures how long typical rules take to compile and to evaluate. */
export function benchCel({ rounds, runs }: CelBenchSize): Measurement[] {
  const figures = new Map<string, number[]>();
  const note = (name: string, value: number): void => {
    figures.set(name, [...(figures.get(name) ?? []), value]);
  };
  const hash = createHash('sha256');
  for (let round = 0; round < rounds; round++) {
    for (const [name, rule] of Object.entries(RULES)) {
      let program: Program | undefined;
      const compilations = Math.max(1, Math.floor(runs / RUNS_PER_COMPILATION));
      const compileUs = measure(compilations, () => {
        program = compile(rule, VARIABLES).program;
      });
      const evaluateUs = measure(runs, () => program!.evaluate(BINDINGS));
      const { value, cost } = program!.evaluate(BINDINGS);
      hash.update(`${name} ${String(value)} ${cost} ${program!.estimateCost().max}\n`);
      note(`compile: ${name}`, compileUs);
      note(`evaluate: ${name}`, evaluateUs);
    }
  }
  const digest = hash.digest('hex').slice(0, 16);
  return Array.from(figures, ([name, values]) => ({
    ...{ bench: 'cel' as const, measure: name, value: Number(median(values).toFixed(3)) },
    ...{ unit: 'us/op' as const, hash: digest },
  }));
}

if (import.meta.main) {
  for (const measurement of benchCel(FULL)) {
    process.stdout.write(`${JSON.stringify({ ...measurement, ...FULL })}\n`);
  }
}

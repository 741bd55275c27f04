import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Api } from '../lib/api.ts';
import type { Lab } from '../lib/lab.ts';
import { cpuMsOf, residentBytesOf } from '../lib/process-usage.ts';
import { atMost } from '../lib/result.ts';
import { inTurns, type Notes, type Scenario } from '../lib/scenario.ts';

const SIZES = {
  full: { rounds: 5, definitions: 200, settleMs: 2_000 },
  quick: { rounds: 1, definitions: 3, settleMs: 50 },
};
const GROUP = 'bench.example';
const PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** What definitions of custom resources add to a start, and to a server that does nothing. */
export const custom: Scenario = {
  name: 'custom',
  summary:
    'Start and memory of the API server with 200 definitions of custom resources, and without',
  async run(lab, size) {
    const parameters = SIZES[size];
    const { definitions, rounds, settleMs } = parameters;
    const empty = await folderWith(lab, 0);
    const full = await folderWith(lab, definitions);
    const { figures, limits } = await inTurns(rounds, [
      (notes) => launch(lab, notes.limits, 'no definitions', empty, settleMs),
      (notes) => launch(lab, notes.figures, 'definitions', full, settleMs),
    ]);
    const added = (unit: string) =>
      figures.median(`definitions: ${unit}`) - limits.median(`no definitions: ${unit}`);
    return [
      {
        scenario: 'custom',
        parameters,
        figures: figures.figures,
        limits: limits.figures,
        goals: [
          // By CPU: what else runs on the machine delays a start by more than this.
          atMost('added to a start: milliseconds of CPU', added('CPU'), 1_000),
          atMost('added to memory: megabytes', added('memory'), 60),
        ],
      },
    ];
  },
};

/** A data folder of a server that knows so many kinds. */
async function folderWith(lab: Lab, count: number): Promise<string> {
  const folder = join(lab.folder, `custom-${count}`);
  const server = await lab.startServer({ folder });
  const api = new Api(server.target);
  for (let i = 0; i < count; i++) await api.ensure(PATH, definition(i));
  api.close();
  await server.stop();
  return folder;
}

async function launch(
  lab: Lab,
  samples: Notes['figures'],
  name: string,
  source: string,
  settleMs: number,
): Promise<void> {
  const folder = `${source}-copy`;
  cpSync(source, folder, { recursive: true });
  const startedAt = performance.now();
  const server = await lab.startServer({ folder });
  samples.add(`${name}: start`, 'ms', performance.now() - startedAt);
  samples.add(`${name}: CPU`, 'ms', cpuMsOf(server.pid));
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  samples.add(`${name}: memory`, 'MB', residentBytesOf(server.pid) / 1e6);
  await server.stop();
  rmSync(folder, { recursive: true });
}

const leaf = (i: number): object => ({
  type: i % 2 === 0 ? 'integer' : 'string',
  description: 'What this field is for, in as many words as generated definitions have.',
  ...(i === 1 && { pattern: '^[a-z0-9-]+$', default: 'x' }),
});

const branch = (depth: number): object => ({
  type: 'object',
  description: 'A part of it.',
  properties: Object.fromEntries(
    Array.from({ length: 5 }, (_, i) => [
      `field${depth}${i}`,
      depth === 0 ? leaf(i) : branch(depth - 1),
    ]),
  ),
});

/** A definition of 20 kB, with a rule: as operators bring them. */
const definition = (i: number): object => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `things${i}.${GROUP}` },
  spec: {
    group: GROUP,
    scope: 'Namespaced',
    names: { plural: `things${i}`, kind: `Thing${i}` },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                ...branch(2),
                'x-kubernetes-validations': [{ rule: 'has(self.field20)' }],
              },
              status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
          },
        },
      },
    ],
  },
});

import { crc32 } from 'node:zlib';
import { replicaSets } from '../../src/api/apps-v1/replica-set.ts';
import { pods } from '../../src/api/core-v1/pod/pod.ts';
import type { ResourceDefinition } from '../../src/api/definition.ts';
import { FieldPath } from '../../src/machinery/field-path.ts';
import { decodeJson } from '../../src/machinery/json-codec.ts';
import type { Draft, KubeObject } from '../../src/machinery/object.ts';

// What a definition costs per write: filling an object in, and looking for what is wrong with it.
// Run it by itself for the full size; the tests run it tiny, so that it doesn't rot.

/** How much to do. Medians are over `rounds`, in which everything takes turns. */
export interface DefinitionsBenchSize {
  readonly rounds: number;
  readonly objects: number;
}

const FULL: DefinitionsBenchSize = { rounds: 9, objects: 4_000 };

/** One figure. The hash is of the objects as filled in: equal work gives an equal hash. */
export interface Measurement {
  readonly bench: 'definitions';
  readonly measure: string;
  readonly value: number;
  readonly unit: string;
  readonly hash: string;
}

const meta = (labels: Record<string, string>) => ({ name: 'web', namespace: 'default', labels });

const plainPod = {
  metadata: meta({ app: 'web' }),
  spec: { containers: [{ name: 'main', image: 'registry.example/web:1.4' }] },
};

// As charts write it: probes, resources, environment, mounts, security, affinity.
const richContainer = (name: string) => ({
  name,
  image: `registry.example/${name}:1.4`,
  ports: [{ name: 'http', containerPort: 8080 }],
  env: [
    { name: 'MODE', value: 'fast' },
    { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
    { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'web', key: 'token' } } },
  ],
  resources: { requests: { cpu: '250m', memory: '64Mi' }, limits: { cpu: '1', memory: '128Mi' } },
  readinessProbe: { httpGet: { path: '/ready', port: 'http' } },
  livenessProbe: { httpGet: { path: '/live', port: 8080 }, periodSeconds: 20 },
  volumeMounts: [
    { name: 'config', mountPath: '/etc/web' },
    { name: 'scratch', mountPath: '/tmp' },
  ],
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
});

const richPodSpec = {
  containers: [richContainer('main'), richContainer('side')].map((container, i) =>
    i === 0 ? container : { ...container, ports: [] },
  ),
  volumes: [
    { name: 'config', configMap: { name: 'web' } },
    { name: 'scratch', emptyDir: {} },
  ],
  tolerations: [{ key: 'web', operator: 'Exists', effect: 'NoSchedule' }],
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        {
          topologyKey: 'kubernetes.io/hostname',
          labelSelector: { matchLabels: { app: 'web' } },
        },
      ],
    },
  },
};

const richReplicaSet = {
  metadata: meta({ app: 'web' }),
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: richPodSpec },
  },
};

const CASES = [
  { name: 'plain pod', definition: pods, body: plainPod },
  { name: 'rich pod', definition: pods, body: { ...plainPod, spec: richPodSpec } },
  { name: 'rich replica set', definition: replicaSets, body: richReplicaSet },
] as const;

/** Measures everything at the given size. */
export function benchDefinitions({ rounds, objects }: DefinitionsBenchSize): Measurement[] {
  const figures = new Map<string, { values: number[]; hash: string }>();
  for (let round = 0; round < rounds; round++) {
    for (const { name, definition, body } of CASES) {
      const kind = definition as unknown as ResourceDefinition;
      for (const [part, value, hash] of measure(kind, body, objects)) {
        const key = `${part} ${name}`;
        const figure = figures.get(key) ?? { values: [], hash };
        figure.values.push(value);
        figures.set(key, figure);
      }
    }
  }
  return [...figures].map(([measure, { values, hash }]) => {
    const value = Number(values.sort((a, b) => a - b)[values.length >> 1]!.toPrecision(3));
    return { bench: 'definitions', measure, value, unit: 'us', hash };
  });
}

type Figure = [part: string, microseconds: number, hash: string];

function measure(definition: ResourceDefinition, body: unknown, objects: number): Figure[] {
  const drafts = Array.from({ length: objects }, () => decode(definition, body));
  const defaulting = timed(() => {
    for (const draft of drafts) definition.defaults?.(draft);
  });
  let found = 0;
  const validating = timed(() => {
    for (const draft of drafts) found += errorsOf(definition, draft as KubeObject);
  });
  if (found > 0) throw new Error(`${definition.kind}: found ${found} errors in valid objects`);
  const hash = crc32(JSON.stringify(drafts[0])).toString(16);
  return [
    ['default', (defaulting * 1e6) / objects, hash],
    ['validate', (validating * 1e6) / objects, hash],
  ];
}

const decode = ({ shape }: ResourceDefinition, body: unknown): Draft<KubeObject> =>
  decodeJson(shape, structuredClone(body)).object as unknown as Draft<KubeObject>;

function errorsOf({ validate, validateCreate }: ResourceDefinition, object: KubeObject): number {
  const context = { path: FieldPath.root };
  const found = validate?.(object, context).length ?? 0;
  return found + (validateCreate?.(object, context).length ?? 0);
}

function timed(work: () => void): number {
  const startedAt = performance.now();
  work();
  return (performance.now() - startedAt) / 1e3;
}

if (import.meta.main) {
  for (const measurement of benchDefinitions(FULL)) {
    console.log(JSON.stringify({ ...measurement, ...FULL, node: process.version }));
  }
}

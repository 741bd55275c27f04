import { createHash } from 'node:crypto';
import { shapeOf } from '../../src/api/shapes.ts';
import { applyConfiguration } from '../../src/machinery/apply/apply.ts';
import { managedResourceOf } from '../../src/machinery/apply/resource.ts';
import { managedFieldsAfterUpdate } from '../../src/machinery/apply/update.ts';
import { decodeJson } from '../../src/machinery/json-codec.ts';
import type { KubeObject } from '../../src/machinery/object.ts';
import { patchDocument } from '../../src/machinery/patch/patch.ts';

// What it costs to know who owns which field, and to apply and patch, beside decoding the same
// pod. Run it by itself for the full size; the tests run it tiny, so that it doesn't rot.

/** How much to do. Medians are over `rounds`, in which everything takes turns. */
export interface ApplyBenchSize {
  readonly rounds: number;
  readonly pods: number;
}

const FULL: ApplyBenchSize = { rounds: 15, pods: 2_000 };

/** One figure, in microseconds of CPU for one pod of 1.5 kB. Equal work gives an equal hash. */
export interface Measurement {
  readonly bench: 'apply';
  readonly measure: string;
  readonly value: number;
  readonly unit: 'us/op';
  readonly hash: string;
}

const shape = shapeOf({ group: '', version: 'v1', kind: 'Pod' });
const pods = managedResourceOf({ apiVersion: 'v1', kind: 'Pod', shape });
const time = '2026-01-01T00:00:00Z';

function podOf(i: number): Record<string, unknown> {
  const owner = `web-${i % 50}`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `web-${i}`,
      namespace: 'default',
      labels: { app: 'web', 'pod-template-hash': `7d4b9c${i % 50}` },
      annotations: { 'example.com/a': 'b' },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner, uid: owner, controller: true },
      ],
    },
    spec: {
      containers: [
        {
          name: 'main',
          image: 'registry.example/web:1',
          imagePullPolicy: 'IfNotPresent',
          command: ['serve', '--port=80'],
          env: [
            { name: 'MODE', value: 'fast' },
            {
              name: 'POD_NAME',
              valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } },
            },
          ],
          ports: [{ containerPort: 80, protocol: 'TCP', name: 'http' }],
          resources: { requests: { cpu: '100m', memory: '1Mi' }, limits: { cpu: '1' } },
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          readinessProbe: {
            httpGet: { path: '/', port: 80, scheme: 'HTTP' },
            timeoutSeconds: 1,
            periodSeconds: 10,
            successThreshold: 1,
            failureThreshold: 3,
          },
          volumeMounts: [{ name: 'settings', mountPath: '/etc/settings' }],
        },
      ],
      volumes: [{ name: 'settings', configMap: { name: 'settings', defaultMode: 420 } }],
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      securityContext: {},
      schedulerName: 'default-scheduler',
      serviceAccountName: 'default',
      serviceAccount: 'default',
      enableServiceLinks: true,
      tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists' }],
    },
  };
}

const decoded = (object: object): KubeObject =>
  decodeJson(shape, object).object as unknown as KubeObject;

function stored(object: KubeObject, managedFields: unknown): KubeObject {
  const metadata = { ...object.metadata, uid: 'u', managedFields };
  return { ...object, metadata } as KubeObject;
}

const create = (next: KubeObject) =>
  managedFieldsAfterUpdate(pods, { live: undefined, next, manager: 'kubectl', time });

const apply = (live: KubeObject | undefined, configuration: object) =>
  applyConfiguration(pods, { live, configuration, manager: 'kubectl', force: false, time });

const RUNNING = { status: { phase: 'Running' } };
const OTHER_IMAGE = { spec: { containers: [{ name: 'main', image: 'registry.example/web:2' }] } };

/** The work to measure, each for one pod, and what shows that it was done. */
function tasksOf(count: number): Record<string, (i: number) => unknown> {
  const bodies = Array.from({ length: count }, (_, i) => podOf(i));
  const drafts = bodies.map(decoded);
  const live = drafts.map((draft) => stored(draft, create(draft)));
  const running = live.map((pod) => decoded({ ...structuredClone(pod), ...RUNNING }));
  const applied = bodies.map((body) => {
    const { object, managedFields } = apply(undefined, body);
    return stored(decoded(object), managedFields);
  });
  const changed = bodies.map((body, i) => ({ ...body, spec: specWith(drafts[i]!, 'web:2') }));
  const document = (i: number) => live[i]!;
  const patched = (type: 'merge' | 'strategic', i: number, body: object) =>
    patchDocument({ type, shape, document: document(i), body }).document;
  return {
    decode: (i) => decoded(bodies[i]!),
    'owners, create': (i) => create(drafts[i]!),
    'owners, update of the status': (i) =>
      managedFieldsAfterUpdate(pods, {
        live: live[i]!,
        next: running[i]!,
        manager: 'kubelet',
        time,
      }),
    'apply, create': (i) => apply(undefined, bodies[i]!).managedFields,
    'apply, the same again': (i) => apply(applied[i], bodies[i]!).managedFields,
    'apply, another image': (i) => apply(applied[i], changed[i]!).managedFields,
    'merge patch': (i) => patched('merge', i, RUNNING),
    'strategic merge patch': (i) => patched('strategic', i, OTHER_IMAGE),
  };
}

function specWith(pod: KubeObject, image: string): unknown {
  const { spec } = structuredClone(pod) as unknown as { spec: { containers: { image: string }[] } };
  spec.containers[0]!.image = image;
  return spec;
}

/** Measures everything at the given size. */
export function benchApply({ rounds, pods: count }: ApplyBenchSize): Measurement[] {
  const tasks = Object.entries(tasksOf(count));
  const times = new Map<string, number[]>(tasks.map(([measure]) => [measure, []]));
  for (let round = 0; round < rounds + 2; round++) {
    for (const [measure, task] of tasks) {
      const before = process.cpuUsage();
      for (let i = 0; i < count; i++) task(i);
      const { user, system } = process.cpuUsage(before);
      if (round >= 2) times.get(measure)!.push((user + system) / count);
    }
  }
  return tasks.map(([measure, task]) => {
    const values = times.get(measure)!.sort((a, b) => a - b);
    const value = Number((values[values.length >> 1] ?? 0).toPrecision(3));
    const hash = createHash('sha1')
      .update(JSON.stringify(task(0)))
      .digest('hex')
      .slice(0, 8);
    return { bench: 'apply', measure, value, unit: 'us/op', hash };
  });
}

if (import.meta.main) {
  for (const measurement of benchApply(FULL)) {
    process.stdout.write(`${JSON.stringify({ ...measurement, ...FULL })}\n`);
  }
}

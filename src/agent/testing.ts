// Objects for the table tests of this room.
import type { Container, Pod, PodSpec } from '../api/generated/core/v1/types.ts';
import type { PodSandboxStatus } from '../runtime/cri-types.ts';
import { containerHash, type RuntimeContainer } from './pod-runtime.ts';

export const container = (name: string, more: Partial<Container> = {}): Container => ({
  name,
  image: 'app:1',
  imagePullPolicy: 'IfNotPresent',
  ...more,
});

export const podOf = (
  spec: Partial<PodSpec> = {},
  metadata: Partial<Pod['metadata']> = {},
  status: Pod['status'] = {},
): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'web',
    namespace: 'default',
    uid: 'u1',
    resourceVersion: '1',
    generation: 1,
    creationTimestamp: '2026-01-01T00:00:00Z',
    ...metadata,
  },
  spec: { restartPolicy: 'Always', containers: [container('main')], ...spec },
  status,
});

export const runOf = (name: string, more: Partial<RuntimeContainer> = {}): RuntimeContainer => ({
  id: `${name}-${more.restartCount ?? 0}`,
  sandboxId: 'sandbox-0',
  name,
  state: 'running',
  createdAt: 1000,
  startedAt: 1000,
  exitCode: 0,
  reason: '',
  message: '',
  restartCount: 0,
  hash: containerHash(container(name)),
  image: 'app:1',
  imageRef: 'sha256:1',
  logPath: '',
  ...more,
});

export const sandboxOf = ({
  state = 'ready',
  attempt = 0,
  ips = ['10.0.0.9'],
  network = 'pod',
}: {
  state?: PodSandboxStatus['state'];
  attempt?: number;
  ips?: readonly string[];
  network?: 'pod' | 'node';
} = {}): PodSandboxStatus => ({
  id: `sandbox-${attempt}`,
  metadata: { name: 'web', uid: 'u1', namespace: 'default', attempt },
  state,
  createdAt: 900,
  labels: {},
  annotations: {},
  ips,
  namespaces: { network, pid: 'container', ipc: 'pod' },
});

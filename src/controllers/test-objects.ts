import type { Node, Pod, Service, ServiceSpec } from '../api/generated/core/v1/types.ts';

/** What a test says of a pod that serves. */
export interface ServingPod {
  readonly name: string;
  readonly ips?: readonly string[];
  readonly ready?: boolean;
  readonly node?: string;
  readonly phase?: Pod['status']['phase'];
  readonly isGoing?: boolean;
  readonly spec?: Partial<Pod['spec']>;
}

/** When pods of tests became ready, or ceased to be. */
export const TURNED = '2026-01-01T00:00:05Z';

export function servingPod(facts: ServingPod): Pod {
  const { name, ips = ['10.1.0.1'], ready = true, node = 'n1', phase = 'Running' } = facts;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      uid: name,
      namespace: 'shop',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...(facts.isGoing && { deletionTimestamp: '2026-01-01T00:00:09Z' }),
    },
    spec: { containers: [{ name: 'main' }], ...(node && { nodeName: node }), ...facts.spec },
    status: {
      phase,
      podIP: ips[0],
      podIPs: ips.map((ip) => ({ ip })),
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: TURNED }],
    },
  } as Pod;
}

export const testService = (spec: Partial<ServiceSpec> = {}, metadata: object = {}): Service =>
  ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'web',
      uid: 'service',
      namespace: 'shop',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...metadata,
    },
    spec: {
      clusterIP: '10.96.0.9',
      ipFamilies: ['IPv4'],
      selector: { app: 'web' },
      ports: [{ port: 80, targetPort: 8080, protocol: 'TCP' }],
      ...spec,
    },
  }) as unknown as Service;

/** A node in a zone; `n1` and `n2` are in `a` and `b`. */
export function zonedNode(name: string): Node | undefined {
  const zone = { n1: 'a', n2: 'b' }[name];
  if (!zone) return undefined;
  const labels = { 'topology.kubernetes.io/zone': zone };
  return { metadata: { name, labels }, spec: {} } as unknown as Node;
}

import type { Node, NodeSpec, Pod, PodSpec, Taint } from '../api/generated/core/v1/types.ts';
import type { OwnerReference } from '../machinery/object.ts';
import type { ResourceList } from './resources.ts';

type Labels = Readonly<Record<string, string>>;

export interface NodeParts {
  readonly labels?: Labels;
  readonly taints?: readonly Taint[];
  readonly allocatable?: ResourceList;
  readonly spec?: Partial<NodeSpec>;
  readonly images?: Readonly<Record<string, number>>;
}

/** A node for tests: 4 cpu, 8Gi, 110 pods, and the hostname label, unless said. */
export function testNode(name: string, parts: NodeParts = {}): Node {
  const { labels, taints, allocatable, spec, images = {} } = parts;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { 'kubernetes.io/hostname': name, ...labels },
    },
    spec: { ...spec, ...(taints && { taints }) },
    status: {
      allocatable: { cpu: '4', memory: '8Gi', pods: '110', ...allocatable },
      images: Object.entries(images).map(([image, sizeBytes]) => ({ names: [image], sizeBytes })),
    },
  };
}

export interface PodParts {
  readonly namespace?: string;
  readonly labels?: Labels;
  readonly requests?: ResourceList;
  readonly spec?: Partial<PodSpec>;
  readonly image?: string;
  readonly replicaOf?: string;
  readonly status?: Pod['status'];
  readonly metadata?: Partial<Pod['metadata']>;
}

/** A pod for tests: one container that asks for nothing, in the namespace default, unless said. */
export function testPod(name: string, parts: PodParts = {}): Pod {
  const { namespace = 'default', labels, requests, spec, image = 'app', replicaOf } = parts;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      uid: `uid-${namespace}-${name}`,
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      generation: 1,
      ...(labels && { labels }),
      ...(replicaOf && { ownerReferences: [replicaSetReference(replicaOf)] }),
      ...parts.metadata,
    },
    spec: {
      schedulerName: 'default-scheduler',
      containers: [{ name: 'main', image, ...(requests && { resources: { requests } }) }],
      ...spec,
    },
    status: parts.status ?? { phase: 'Pending' },
  };
}

const replicaSetReference = (name: string): OwnerReference => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  name,
  uid: `uid-${name}`,
  controller: true,
});

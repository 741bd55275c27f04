import type { Node, NodeSpec, Pod, PodSpec, Taint } from '../api/generated/core/v1/types.ts';
import type { OwnerReference } from '../machinery/object.ts';
import type { Profile, SurroundingsPlugin } from './framework.ts';
import { Judge } from './judge.ts';
import { openPlace } from './outlook.ts';
import { PodInfo } from './pod-info.ts';
import type { ResourceList } from './resources.ts';
import { examine } from './schedule.ts';
import { Snapshot } from './snapshot.ts';
import type { Rejection } from './verdict.ts';

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

/** A cluster with these nodes, and these pods on them. */
export function testCluster(
  nodes: readonly Node[],
  running: Readonly<Record<string, readonly Pod[]>> = {},
): Snapshot {
  let snapshot = Snapshot.empty(1);
  for (const node of nodes) snapshot = snapshot.withNode(node);
  for (const [name, pods] of Object.entries(running)) {
    for (const pod of pods) snapshot = snapshot.withPod(new PodInfo(pod), name);
  }
  return snapshot;
}

/** A profile of nothing but these plugins. */
export const onlyPlugins = (plugins: Partial<Profile>): Profile => ({
  prefilters: [],
  filters: [],
  scores: [],
  surroundings: [],
  ...plugins,
});

/** By node: the first reason why the pod can't run there, `unresolvable` marked with a `!`. */
export function refusals(
  profile: Profile,
  snapshot: Snapshot,
  pod: Pod,
): Readonly<Record<string, string>> {
  const { verdicts, rest } = examine(profile, snapshot, new PodInfo(pod));
  const shown = ({ reasons, resolvable }: Rejection) =>
    `${resolvable ? '' : '!'}${reasons.map(({ message }) => message).join(', ')}`;
  const entries = verdicts.map(({ node, rejection }) => [node, shown(rejection)]);
  return Object.fromEntries(rest ? [...entries, ['*', shown(rest.rejection)]] : entries);
}

/** By node: what a plugin that compares nodes gives each, all of them feasible. */
export function ratings(
  plugin: SurroundingsPlugin,
  snapshot: Snapshot,
  pod: Pod,
): Readonly<Record<string, number>> {
  const { outlook } = new Judge(
    onlyPlugins({ surroundings: [plugin] }),
    snapshot,
    new PodInfo(pod),
  );
  const view = outlook.views[0];
  const rate = view?.surroundings.rate;
  if (!view || !rate) return {};
  outlook.count();
  const nodes = snapshot.nodes.values();
  const places = nodes.map((node) => {
    const place = openPlace();
    view.describe(node, place);
    return place;
  });
  const scores = rate(places, view.tallies, nodes.length);
  return Object.fromEntries(nodes.map(({ name }, i) => [name, scores[i]!]));
}

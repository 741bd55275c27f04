// `tutti/testing`: whole clusters inside a test. The only file that hands on what others define,
// as it is the door by which those come in who aren't of this house. The guide: docs/testing.md.

export type { ApplyOptions, NodeOptions, Selectors } from './cluster.ts';
export { TestCluster } from './cluster.ts';
export type { ClusterOptions } from './create-cluster.ts';
export { createCluster } from './create-cluster.ts';
export type { Duration } from './durations.ts';
export type { Seeds } from './explore.ts';
export { explore, SeedError } from './explore.ts';
export type { ManifestObject, Manifests } from './manifests.ts';
export type { ClusterMatchers } from './matchers.ts';
export { assertHealthy, assertReady, matchers } from './matchers.ts';
export type { Change, Where } from './snapshot.ts';
export { ClusterSnapshot } from './snapshot.ts';
export { BEHAVIOUR, pods, steadyPods } from './steady-pods.ts';
export { TestNode } from './test-node.ts';
export type { ServerOptions, TestServer } from './test-server.ts';

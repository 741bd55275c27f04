// What Kubernetes 1.36.2 reached (kube-apiserver, etcd 3.5.30, scheduler and controller manager) on
// 2 cores and 24 GiB with clients on the same machine: the middle of what was seen. It wasn't
// measured in the same run, so a factor to it says how far apart the two are, and no more.

export const KUBERNETES = {
  readyMs: 2_100,
  idleControlPlaneBytes: 527e6,
  idleWithNodeBytes: 681e6,
  loadedApiServerAndEtcdBytes: 1_700e6,
  idleCpuShare: 0.037,
  createPerSecondOneClient: 380,
  createPerSecond: 1_070,
  getPerSecond: 3_290,
  list1000Ms: 30,
  list5000Ms: 127,
  mergePatchPerSecond: 880,
  applyPerSecond: 680,
  watchP50Ms: 1.2,
  watchP99Ms: 5.3,
  boundPerSecond: { 100: 327, 1000: 286, 5000: 233 } as Readonly<Record<number, number>>,
  podReadyMs: 529,
  thirtyPodsReadyMs: 5_250,
} as const;

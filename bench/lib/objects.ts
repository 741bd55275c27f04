/** A pod that asks for little, as text; `{i}` in it stands for its number. */
export const podText = (schedulerName: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'item-{i}', labels: { app: 'bench' } },
    spec: {
      schedulerName,
      containers: [
        {
          name: 'main',
          image: 'registry.k8s.io/pause:3.10',
          resources: { requests: { cpu: '100m' } },
        },
      ],
    },
  });

/** No scheduler goes by this name: its pods stay as they are. */
export const NOBODY = 'nobody';

const CAPACITY = { cpu: '32', memory: '256Gi', pods: '110', 'ephemeral-storage': '100Gi' };

/** A node that is ready and runs nothing, as text; `{i}` in it stands for its number. */
export const nodeText = (at: Date): string => {
  const time = at.toISOString().replace(/\.\d+Z$/, 'Z');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'node-{i}', labels: { 'kubernetes.io/hostname': 'node-{i}' } },
    status: {
      capacity: CAPACITY,
      allocatable: CAPACITY,
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'Bench',
          message: 'stands for a node',
          lastHeartbeatTime: time,
          lastTransitionTime: time,
        },
      ],
    },
  });
};

/** Where the pods of a namespace are. */
export const podsIn = (namespace: string): string => `/api/v1/namespaces/${namespace}/pods`;

/** A Deployment whose pods ask for a hundredth of a core. */
export const deploymentOf = (name: string, replicas: number, image = 'main:1') => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'main', image, resources: { requests: { cpu: '10m' } } }] },
    },
  },
});

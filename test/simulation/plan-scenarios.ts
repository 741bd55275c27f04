import { BEHAVIOUR } from '../../src/testing/testing.ts';

/** An annotation by which a pod says after how many seconds its work is done. */
export const ENDS_AFTER = 'example.com/ends-after-seconds';

// Changes as people make them, each with the cluster that it meets.

/** One change, and what it is made to. */
export interface Scenario {
  readonly name: string;
  readonly nodes?: readonly NodeShape[];
  /** What is there, at rest, before. */
  readonly before?: readonly object[];
  /** What is applied or changed by hand right before, so that it is still under way. */
  readonly during?: readonly object[];
  /** What another manager than tutti sets before, with force. */
  readonly owned?: readonly object[];
  /** What is planned, and then done. */
  readonly change: readonly object[];
  readonly isDeletion?: boolean;
  /** What the plan must say in its first line, or of what is refused or not well. */
  readonly says?: RegExp;
  readonly outcome: 'unchanged' | 'changes' | 'fails';
  /** An image that no registry has: pods that were made of it before say so. */
  readonly lostImage?: string;
  /** Taints and cordons of nodes by name. */
  readonly taints?: Readonly<Record<string, object>>;
}

interface NodeShape {
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly capacity?: Readonly<Record<string, string>>;
}

interface Parts {
  readonly name?: string;
  readonly replicas?: number;
  readonly image?: string;
  readonly cpu?: string;
  readonly env?: readonly object[];
  readonly container?: object;
  readonly pod?: object;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec?: object;
  readonly kind?: string;
}

function template({ name = 'web', image = 'web:1', cpu = '100m', ...parts }: Parts) {
  const { env, container, pod, annotations, labels } = parts;
  return {
    metadata: { labels: { app: name, ...labels }, ...(annotations && { annotations }) },
    spec: {
      containers: [
        {
          name: 'main',
          image,
          resources: { requests: { cpu } },
          ...(env && { env }),
          ...container,
        },
      ],
      ...pod,
    },
  };
}

const web = (parts: Parts = {}) => ({
  apiVersion: 'apps/v1',
  kind: parts.kind ?? 'Deployment',
  metadata: { name: parts.name ?? 'web' },
  spec: {
    replicas: parts.replicas ?? 3,
    selector: { matchLabels: { app: parts.name ?? 'web' } },
    template: template(parts),
    ...parts.spec,
  },
});

const stateful = ({ spec, ...parts }: Parts = {}) =>
  web({ ...parts, kind: 'StatefulSet', spec: { serviceName: 'web', ...spec } });

function daemon({ spec, ...parts }: Parts = {}) {
  const { spec: all, ...rest } = web({ ...parts, kind: 'DaemonSet' });
  const { replicas: _, ...own } = all;
  return { ...rest, spec: { ...own, ...spec } };
}

const job = ({ spec, ...parts }: Parts & { readonly spec?: object } = {}) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: parts.name ?? 'work' },
  spec: {
    template: template({ ...parts, pod: { restartPolicy: 'Never', ...parts.pod } }),
    ...spec,
  },
});

const pod = (parts: Parts = {}) => {
  const { metadata, spec } = template(parts);
  return { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name: 'lone' }, spec };
};

const core = (kind: string, name: string, more: object = {}) => ({
  apiVersion: 'v1',
  kind,
  metadata: { name },
  ...more,
});

const service = (selector: object, more: object = {}) =>
  core('Service', 'web', { spec: { selector, ports: [{ port: 80 }], ...more } });
const configMap = (name: string, data: object) => core('ConfigMap', name, { data });
const budget = (spec: object) => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'web' },
  spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
});
const limits = (limit: object) =>
  core('LimitRange', 'limits', { spec: { limits: [{ type: 'Container', ...limit }] } });
const quota = (hard: object) => core('ResourceQuota', 'quota', { spec: { hard } });
const priority = (name: string, value: number) => ({
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name },
  value,
});
const fromConfig = (name: string, key = 'colour') => [
  { name: 'COLOUR', valueFrom: { configMapKeyRef: { name, key } } },
];
const strategy = (maxSurge: number | string, maxUnavailable: number | string) => ({
  strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } },
});
const recreate = { strategy: { type: 'Recreate' } };
const neverReady = { [BEHAVIOUR.ready]: 'never' };
const slow = { [BEHAVIOUR.start]: '5', [BEHAVIOUR.ready]: '40' };
const ends = { [ENDS_AFTER]: '3' };

const backups = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'backups.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'backups', singular: 'backup', kind: 'Backup', listKind: 'BackupList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                required: ['schedule'],
                properties: { schedule: { type: 'string' }, keep: { type: 'integer', minimum: 1 } },
              },
            },
          },
        },
      },
    ],
  },
};
const backup = (spec: object) => ({
  apiVersion: 'example.com/v1',
  kind: 'Backup',
  metadata: { name: 'nightly' },
  spec,
});

const apart = {
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { labelSelector: { matchLabels: { app: 'web' } }, topologyKey: 'kubernetes.io/hostname' },
      ],
    },
  },
};

const gpu = { key: 'gpu', value: 'yes', effect: 'NoSchedule' };
const small = { capacity: { cpu: '1' } };
const three = [{}, {}, {}] as const;

export const scenarios: readonly Scenario[] = [
  { name: 'the same again', before: [web()], change: [web()], outcome: 'unchanged' },
  {
    name: 'another image',
    before: [web()],
    change: [web({ image: 'web:2' })],
    outcome: 'changes',
    says: /web never below 3 of 3 ready/,
  },
  {
    name: 'another image, one after the other',
    before: [web({ spec: strategy(0, 1) })],
    change: [web({ image: 'web:2', spec: strategy(0, 1) })],
    outcome: 'changes',
    says: /web never below 2 of 3 ready/,
  },
  {
    name: 'another image, as fast as may be',
    before: [web({ replicas: 6, spec: strategy('50%', '50%') })],
    change: [web({ replicas: 6, image: 'web:2', spec: strategy('50%', '50%') })],
    outcome: 'changes',
    says: /web never below 3 of 6 ready/,
  },
  {
    name: 'another image, all stop first',
    before: [web({ spec: recreate })],
    change: [web({ image: 'web:2', spec: recreate })],
    outcome: 'changes',
    says: /web never below 0 of 3 ready/,
  },
  {
    name: 'scaled up within what there is',
    before: [web()],
    change: [web({ replicas: 7 })],
    outcome: 'changes',
  },
  {
    name: 'scaled up beyond capacity',
    nodes: [small],
    before: [web({ cpu: '300m' })],
    change: [web({ cpu: '300m', replicas: 6 })],
    outcome: 'fails',
    says: /3 of 6 pods are ready/,
  },
  { name: 'scaled down', before: [web()], change: [web({ replicas: 1 })], outcome: 'changes' },
  {
    name: 'scaled to nothing',
    before: [web()],
    change: [web({ replicas: 0 })],
    outcome: 'changes',
  },
  {
    name: 'more CPU than any node has',
    before: [web()],
    change: [web({ cpu: '64' })],
    outcome: 'fails',
    says: /the only node can't take it|none of the/,
  },
  {
    name: 'more CPU, which fits',
    nodes: three,
    before: [web()],
    change: [web({ cpu: '1' })],
    outcome: 'changes',
  },
  {
    name: 'a surge that fits nowhere while the old ones run',
    nodes: [small],
    before: [web({ replicas: 1, cpu: '600m' })],
    change: [web({ replicas: 1, cpu: '600m', image: 'web:2' })],
    outcome: 'fails',
  },
  {
    name: 'the same surge, with leave to go below',
    nodes: [small],
    before: [web({ replicas: 1, cpu: '600m', spec: strategy(0, 1) })],
    change: [web({ replicas: 1, cpu: '600m', image: 'web:2', spec: strategy(0, 1) })],
    outcome: 'changes',
    says: /web never below 0 of 1 ready/,
  },
  {
    name: 'a probe that never succeeds, until the deadline',
    before: [web({ spec: { progressDeadlineSeconds: 60 } })],
    change: [web({ annotations: neverReady, spec: { progressDeadlineSeconds: 60 } })],
    outcome: 'fails',
    says: /ProgressDeadlineExceeded/,
  },
  {
    name: 'a probe that never succeeds, with leave to go below',
    before: [web({ spec: { progressDeadlineSeconds: 60, ...strategy(0, 2) } })],
    change: [
      web({ annotations: neverReady, spec: { progressDeadlineSeconds: 60, ...strategy(0, 2) } }),
    ],
    outcome: 'fails',
    says: /web stays at 1 of 3 ready/,
  },
  {
    name: 'a ConfigMap of pods that run',
    before: [configMap('paint', { colour: 'red' }), web({ env: fromConfig('paint') })],
    change: [configMap('paint', { colour: 'blue' })],
    outcome: 'changes',
    says: /won't see the change until its pods are restarted/,
  },
  {
    name: 'a ConfigMap with its checksum in the template',
    before: [
      configMap('paint', { colour: 'red' }),
      web({ env: fromConfig('paint'), annotations: { checksum: '1' } }),
    ],
    change: [
      configMap('paint', { colour: 'blue' }),
      web({ env: fromConfig('paint'), annotations: { checksum: '2' } }),
    ],
    outcome: 'changes',
  },
  {
    name: 'a ConfigMap that is missing',
    before: [web()],
    change: [web({ env: fromConfig('paint'), spec: { progressDeadlineSeconds: 90 } })],
    outcome: 'fails',
    says: /there is no ConfigMap paint in default/,
  },
  {
    name: 'a key that is missing',
    before: [configMap('paint', { size: 'big' }), web()],
    change: [web({ env: fromConfig('paint'), spec: { progressDeadlineSeconds: 90 } })],
    outcome: 'fails',
    says: /ConfigMap paint has no key "colour"/,
  },
  {
    name: 'a ConfigMap that comes with it',
    before: [web()],
    change: [configMap('paint', { colour: 'red' }), web({ env: fromConfig('paint') })],
    outcome: 'changes',
  },
  {
    name: 'a Secret for a volume that is missing',
    change: [
      web({
        container: { volumeMounts: [{ name: 'keys', mountPath: '/keys' }] },
        pod: { volumes: [{ name: 'keys', secret: { secretName: 'keys' } }] },
        spec: { progressDeadlineSeconds: 90 },
      }),
    ],
    outcome: 'fails',
  },
  {
    name: 'a claim that is missing',
    change: [
      web({
        replicas: 1,
        pod: { volumes: [{ name: 'disk', persistentVolumeClaim: { claimName: 'disk' } }] },
      }),
    ],
    outcome: 'fails',
    says: /disk/,
  },
  {
    name: 'another selector',
    before: [web()],
    change: [
      web({
        labels: { tier: 'a' },
        spec: { selector: { matchLabels: { app: 'web', tier: 'a' } } },
      }),
    ],
    outcome: 'fails',
    says: /field is immutable/,
  },
  {
    name: 'a field that there is not',
    before: [web()],
    change: [web({ spec: { replica: 4 } })],
    outcome: 'fails',
    says: /replica/,
  },
  {
    name: 'a number that is none',
    before: [web()],
    change: [web({ replicas: -1 })],
    outcome: 'fails',
    says: /must be greater than or equal to 0/,
  },
  {
    name: 'a kind that there is not',
    before: [web()],
    change: [{ ...web(), kind: 'Deploymint' }],
    outcome: 'fails',
    says: /the server has no kind "Deploymint"/,
  },
  {
    name: 'one of two is refused',
    before: [web()],
    change: [web({ image: 'web:2' }), service({ app: 'web' }, { type: 'Nonsense' })],
    outcome: 'fails',
    says: /Nonsense/,
  },
  {
    name: 'into a namespace that is missing',
    change: [{ ...web(), metadata: { name: 'web', namespace: 'shop' } }],
    outcome: 'fails',
    says: /namespaces "shop" not found/,
  },
  {
    name: 'a namespace with a deployment in it',
    change: [core('Namespace', 'shop'), { ...web(), metadata: { name: 'web', namespace: 'shop' } }],
    outcome: 'changes',
  },
  {
    name: 'a namespace is deleted',
    before: [
      core('Namespace', 'shop'),
      { ...web(), metadata: { name: 'web', namespace: 'shop' } },
      { ...configMap('paint', { colour: 'red' }), metadata: { name: 'paint', namespace: 'shop' } },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'Role',
        metadata: { name: 'robot', namespace: 'shop' },
        rules: [],
      },
    ],
    change: [core('Namespace', 'shop')],
    isDeletion: true,
    outcome: 'changes',
    says: /"kind":"Role","namespace":"shop","name":"robot"},"action":"delete"/,
  },
  {
    name: 'a deployment is deleted',
    before: [web(), service({ app: 'web' })],
    change: [web()],
    isDeletion: true,
    outcome: 'changes',
  },
  {
    name: 'a service is deleted',
    before: [web(), service({ app: 'web' })],
    change: [service({ app: 'web' })],
    isDeletion: true,
    outcome: 'changes',
  },
  {
    name: 'a budget that a rollout does not ask',
    before: [web({ spec: strategy(0, 2) }), budget({ minAvailable: 2 })],
    change: [web({ image: 'web:2', spec: strategy(0, 2) })],
    outcome: 'changes',
    says: /"isBroken":true/,
  },
  {
    name: 'a new budget',
    before: [web()],
    change: [budget({ maxUnavailable: 1 })],
    outcome: 'changes',
  },
  {
    name: 'a node selector that nobody matches',
    nodes: three,
    before: [web()],
    change: [web({ pod: { nodeSelector: { disk: 'fast' } } })],
    outcome: 'fails',
  },
  {
    name: 'a node selector that one matches',
    nodes: [{}, { labels: { disk: 'fast' } }],
    before: [web()],
    change: [web({ pod: { nodeSelector: { disk: 'fast' } } })],
    outcome: 'changes',
  },
  {
    name: 'nodes with a taint, not tolerated',
    nodes: [{}],
    taints: { 'node-0': { taints: [gpu] } },
    change: [web()],
    outcome: 'fails',
    says: /taint gpu=yes:NoSchedule/,
  },
  {
    name: 'nodes with a taint, tolerated',
    nodes: [{}],
    taints: { 'node-0': { taints: [gpu] } },
    change: [web({ pod: { tolerations: [{ key: 'gpu', operator: 'Exists' }] } })],
    outcome: 'changes',
  },
  {
    name: 'nodes that are cordoned',
    nodes: [{}, {}],
    taints: { 'node-1': { unschedulable: true } },
    before: [web()],
    change: [web({ replicas: 5 })],
    outcome: 'changes',
  },
  {
    name: 'others have to give way',
    nodes: [small],
    before: [priority('high', 1000), web({ name: 'low', replicas: 3, cpu: '300m' })],
    change: [web({ replicas: 2, cpu: '300m', pod: { priorityClassName: 'high' } })],
    outcome: 'fails',
    says: /PreemptionByScheduler/,
  },
  {
    name: 'a priority class that is missing',
    change: [web({ pod: { priorityClassName: 'high' } })],
    outcome: 'fails',
    says: /no PriorityClass with name high was found/,
  },
  {
    name: 'limits that are set for whoever says none',
    before: [limits({ default: { cpu: '500m' }, defaultRequest: { cpu: '400m' } })],
    nodes: [small],
    change: [web({ container: { resources: {} } })],
    outcome: 'fails',
  },
  {
    name: 'more than the limit range allows',
    before: [limits({ max: { cpu: '50m' } })],
    change: [web({ container: { resources: { limits: { cpu: '100m' } } } })],
    outcome: 'fails',
    says: /maximum cpu usage per Container is 50m/,
  },
  {
    name: 'more pods than the quota has',
    before: [quota({ pods: '4' }), web()],
    change: [web({ replicas: 6 })],
    outcome: 'fails',
    says: /exceeded quota: quota/,
  },
  {
    name: 'a rollout for whose surge the quota has no room',
    before: [quota({ pods: '3' }), web()],
    change: [web({ image: 'web:2' })],
    outcome: 'fails',
    says: /exceeded quota: quota/,
  },
  {
    name: 'within the quota',
    before: [quota({ pods: '10', 'requests.cpu': '2' }), web()],
    change: [web({ replicas: 6 })],
    outcome: 'changes',
    says: /"usedAfter":"6"/,
  },
  { name: 'a new service', before: [web()], change: [service({ app: 'web' })], outcome: 'changes' },
  {
    name: 'a service that selects nobody',
    before: [web(), service({ app: 'web' })],
    change: [service({ app: 'wbe' })],
    outcome: 'fails',
    says: /no pod has the labels/,
  },
  {
    name: 'a custom kind and one of it',
    change: [backups, backup({ schedule: 'daily' })],
    outcome: 'changes',
  },
  {
    name: 'a custom resource is changed',
    before: [backups, backup({ schedule: 'daily' })],
    change: [backup({ schedule: 'hourly', keep: 3 })],
    outcome: 'changes',
  },
  {
    name: 'a custom resource that its schema refuses',
    before: [backups],
    change: [backup({ keep: 0 })],
    outcome: 'fails',
    says: /spec.schedule: Required value/,
  },
  {
    name: 'a service account that is missing',
    change: [web({ pod: { serviceAccountName: 'robot' } })],
    outcome: 'fails',
    says: /serviceaccount "robot" not found/,
  },
  {
    name: 'pods that must have been ready for a while',
    before: [web({ spec: { minReadySeconds: 45 } })],
    change: [web({ image: 'web:2', spec: { minReadySeconds: 45 } })],
    outcome: 'changes',
  },
  {
    name: 'pods that take long',
    before: [web({ annotations: slow })],
    change: [web({ annotations: slow, image: 'web:2' })],
    outcome: 'changes',
    says: /web never below 3 of 3 ready/,
  },
  {
    name: 'pods apart from each other, more than nodes',
    nodes: three,
    before: [web({ pod: apart })],
    change: [web({ pod: apart, replicas: 4 })],
    outcome: 'fails',
    says: /3 of 4 pods are ready/,
  },
  {
    name: 'pods apart from each other, no room for a surge',
    nodes: three,
    before: [web({ pod: apart, spec: strategy(1, 0) })],
    change: [
      web({ pod: apart, image: 'web:2', spec: { ...strategy(1, 0), progressDeadlineSeconds: 60 } }),
    ],
    outcome: 'fails',
  },
  {
    name: 'pods spread over zones',
    nodes: ['a', 'b', 'a', 'b'].map((zone) => ({
      labels: { 'topology.kubernetes.io/zone': zone },
    })),
    change: [
      web({
        replicas: 6,
        pod: {
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'topology.kubernetes.io/zone',
              whenUnsatisfiable: 'DoNotSchedule',
              labelSelector: { matchLabels: { app: 'web' } },
            },
          ],
        },
      }),
    ],
    outcome: 'changes',
  },
  { name: 'a lone pod', change: [pod()], outcome: 'changes' },
  {
    name: 'a lone pod gets another image',
    before: [pod()],
    change: [pod({ image: 'web:2' })],
    outcome: 'changes',
  },
  {
    name: 'a lone pod gets more CPU',
    before: [pod()],
    change: [pod({ cpu: '200m' })],
    outcome: 'fails',
    says: /pod updates may not change fields|immutable|resize/,
  },
  {
    name: 'a rollout that is paused',
    before: [web({ spec: { paused: true } })],
    change: [web({ image: 'web:2', spec: { paused: true } })],
    outcome: 'changes',
  },
  {
    name: 'two that want the same room',
    nodes: [small],
    change: [web({ replicas: 2, cpu: '300m' }), web({ name: 'api', replicas: 2, cpu: '300m' })],
    outcome: 'fails',
  },
  {
    name: 'a port of the node that is taken',
    nodes: [{}],
    before: [web({ replicas: 1, container: { ports: [{ containerPort: 80, hostPort: 80 }] } })],
    change: [
      web({
        name: 'api',
        replicas: 1,
        container: { ports: [{ containerPort: 80, hostPort: 80 }] },
      }),
    ],
    outcome: 'fails',
    says: /port 80\/TCP of the node is taken/,
  },
  {
    name: 'in the midst of another rollout',
    before: [web({ replicas: 6 })],
    during: [web({ replicas: 6, image: 'web:2' })],
    change: [web({ replicas: 6, image: 'web:3' })],
    outcome: 'changes',
  },
  {
    name: 'a new StatefulSet',
    change: [stateful()],
    outcome: 'changes',
    says: /web ready after 3 s/,
  },
  {
    name: 'a StatefulSet gets another image',
    before: [stateful()],
    change: [stateful({ image: 'web:2' })],
    outcome: 'changes',
    says: /web never below 2 of 3 ready/,
  },
  {
    name: 'a StatefulSet is scaled',
    before: [stateful()],
    change: [stateful({ replicas: 5 })],
    outcome: 'changes',
  },
  {
    name: 'a StatefulSet whose new pods never get ready',
    before: [stateful()],
    change: [stateful({ annotations: neverReady })],
    outcome: 'fails',
  },
  { name: 'a new Job', change: [job({ annotations: ends })], outcome: 'changes' },
  {
    name: 'a Job with several completions',
    change: [job({ annotations: ends, spec: { completions: 4, parallelism: 2 } })],
    outcome: 'changes',
  },
  {
    name: 'an image that could not be pulled before',
    lostImage: 'lost:1',
    before: [web({ image: 'lost:1', spec: { progressDeadlineSeconds: 60 } })],
    change: [web({ name: 'api', image: 'lost:1', spec: { progressDeadlineSeconds: 60 } })],
    outcome: 'fails',
    says: /its image lost:1 can't be pulled/,
  },
  {
    name: 'from an image that could not be pulled to one that can',
    lostImage: 'lost:1',
    before: [web(), web({ image: 'lost:1', spec: { progressDeadlineSeconds: 60 } })],
    change: [web({ image: 'web:2', spec: { progressDeadlineSeconds: 60 } })],
    outcome: 'changes',
    says: /web never below 3 of 3 ready/,
  },
  {
    name: 'beside what is stuck anyway',
    lostImage: 'lost:1',
    before: [web({ name: 'api', image: 'lost:1', spec: { progressDeadlineSeconds: 60 } })],
    change: [web()],
    outcome: 'changes',
  },
  {
    name: 'beside a rollout that is under way',
    before: [web({ replicas: 6 })],
    during: [web({ replicas: 6, image: 'web:2' })],
    change: [web({ name: 'api' })],
    outcome: 'changes',
    says: /deployment\/web isn't at rest/,
  },
  {
    name: 'a field that somebody else manages',
    before: [web()],
    owned: [web({ replicas: 5 })],
    change: [web({ replicas: 2 })],
    outcome: 'fails',
    says: /conflict with "kubectl"/,
  },
  {
    name: 'a new DaemonSet',
    nodes: three,
    change: [daemon()],
    outcome: 'changes',
    says: /web ready after 1 s/,
  },
  {
    name: 'a DaemonSet gets another image',
    nodes: three,
    before: [daemon()],
    change: [daemon({ image: 'web:2' })],
    outcome: 'changes',
    says: /web never below 2 of 3 ready/,
  },
  {
    name: 'a DaemonSet for some nodes only',
    nodes: [{}, { labels: { disk: 'fast' } }, {}],
    before: [daemon()],
    change: [daemon({ pod: { nodeSelector: { disk: 'fast' } } })],
    outcome: 'changes',
  },
  {
    name: 'the definition of a custom kind is deleted',
    before: [backups, backup({ schedule: 'daily' })],
    change: [backups],
    isDeletion: true,
    outcome: 'changes',
    says: /"kind":"Backup","namespace":"default","name":"nightly"},"action":"delete"/,
  },
  {
    name: 'a StatefulSet is deleted',
    before: [stateful()],
    change: [stateful()],
    isDeletion: true,
    outcome: 'changes',
  },
  {
    name: 'a Job whose pods find no node',
    change: [job({ annotations: ends, cpu: '64' })],
    outcome: 'fails',
    says: /can't take it|can take it/,
  },
];

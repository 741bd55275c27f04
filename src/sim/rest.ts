import type { Deployment, ReplicaSet } from '../api/generated/apps/v1/types.ts';
import type { Pod, Service } from '../api/generated/core/v1/types.ts';
import { controllerOf, type KubeObject, keyOf } from '../machinery/object.ts';
import { budgetedPods } from './budgets.ts';
import { wrongDaemonSets } from './daemons.ts';
import { hasBrokenImage, isActive, isReady, isSelected } from './judgement.ts';
import { wrongCronJobs } from './schedules.ts';
import type { Truth } from './truth.ts';
import type { Promised, Violation } from './violations.ts';

const CHECKERS: readonly (readonly [Promised, (truth: Truth) => string[]])[] = [
  ['deletions', unfinishedDeletions],
  ['orphans', orphans],
  ['replica-sets', wrongReplicaSets],
  ['deployments', wrongDeployments],
  ['endpoints', wrongEndpoints],
  ['placement', lostPods],
  ['namespaces', bareNamespaces],
  ['nodes', wrongNodes],
  ['budgets', wrongBudgets],
  ['stateful-sets', wrongStatefulSets],
  ['jobs', wrongJobs],
  ['daemon-sets', wrongDaemonSets],
  ['cron-jobs', wrongCronJobs],
];

/** What doesn't hold though nothing goes wrong any more and everybody had time. */
export const faultsAtRest = (truth: Truth): Violation[] =>
  CHECKERS.flatMap(([promised, check]) => check(truth).map((what) => ({ promised, what })));

const isGoing = ({ metadata }: KubeObject): boolean => metadata.deletionTimestamp !== undefined;

function unfinishedDeletions(truth: Truth): string[] {
  const apps = ['replicasets', 'deployments', 'statefulsets', 'daemonsets', 'controllerrevisions'];
  const workloads = [...apps.map((plural) => `apps/${plural}`), 'batch/jobs', 'batch/cronjobs'];
  const resources = ['pods', 'namespaces', 'services', ...workloads];
  return (resources as 'pods'[]).flatMap((resource) =>
    truth
      .all(resource)
      .filter(isGoing)
      .map((object) => `${resource} ${keyOf(object)} is still being deleted`),
  );
}

/** Objects whose managing owner is gone, and objects of namespaces that are. */
function orphans(truth: Truth): string[] {
  const owners: KubeObject[] = [
    ...truth.all('apps/deployments'),
    ...truth.all('apps/statefulsets'),
    ...truth.all('apps/daemonsets'),
    ...truth.all('batch/jobs'),
    ...truth.all('batch/cronjobs'),
    ...truth.all('apps/replicasets'),
    ...truth.all('services'),
    ...truth.all('endpoints'),
  ];
  const uids = new Set(owners.map(({ metadata }) => metadata.uid));
  const namespaces = new Set(truth.all('namespaces').map(({ metadata }) => metadata.name));
  const owned = [
    ...truth.all('pods'),
    ...truth.all('apps/replicasets'),
    ...truth.all('apps/controllerrevisions'),
    ...truth.all('batch/jobs'),
    ...truth.all('configmaps'),
    ...truth.all('discovery.k8s.io/endpointslices'),
  ] as readonly KubeObject[];
  return owned.flatMap((object) => {
    const owner = controllerOf(object);
    const faults: string[] = [];
    if (owner && !uids.has(owner.uid)) faults.push(`${keyOf(object)} has lost its owner`);
    const { namespace = '' } = object.metadata;
    if (!namespaces.has(namespace)) faults.push(`${keyOf(object)} has lost its namespace`);
    return faults;
  });
}

function wrongReplicaSets(truth: Truth): string[] {
  return truth.all('apps/replicasets').flatMap((set) => {
    const pods = truth
      .all('pods')
      .filter((pod) => controllerOf(pod)?.uid === set.metadata.uid && isActive(pod));
    const ready = pods.filter(isReady).length;
    const { replicas, readyReplicas = 0, availableReplicas = 0 } = set.status;
    const faults = pods
      .filter(({ metadata }) => !isSelected(set.spec.selector, metadata.labels))
      .map((pod) => `${keyOf(set)} keeps ${keyOf(pod)}, which it doesn't select`);
    if (pods.length !== set.spec.replicas) {
      faults.push(`${keyOf(set)} has ${pods.length} pods of ${set.spec.replicas}`);
    }
    if (replicas !== pods.length || readyReplicas !== ready) {
      faults.push(
        `${keyOf(set)} tells of ${readyReplicas}/${replicas} pods, there are ${ready}/${pods.length}`,
      );
    }
    // Whoever was ready is available by now.
    if (availableReplicas !== readyReplicas) {
      faults.push(
        `${keyOf(set)} tells of ${availableReplicas} available of ${readyReplicas} ready`,
      );
    }
    return faults;
  });
}

function wrongDeployments(truth: Truth): string[] {
  return truth.all('apps/deployments').flatMap((deployment) => {
    const { metadata, spec, status } = deployment;
    const sets = truth
      .all('apps/replicasets')
      .filter((set) => controllerOf(set)?.uid === metadata.uid);
    const ready = sets.reduce((sum, set) => sum + (set.status.readyReplicas ?? 0), 0);
    const total = sets.reduce((sum, set) => sum + (set.spec.replicas ?? 0), 0);
    const name = keyOf(deployment);
    const progressing = status.conditions?.find(({ type }) => type === 'Progressing');
    const isStuck = progressing?.reason === 'ProgressDeadlineExceeded';
    const faults: string[] = [];
    if (status.observedGeneration !== metadata.generation) faults.push(`${name} isn't observed`);
    if ((status.readyReplicas ?? 0) !== ready) faults.push(`${name} miscounts its ready pods`);
    for (const orphan of unadopted(truth, deployment)) {
      faults.push(`${name} hasn't taken in ${keyOf(orphan)}`);
    }
    if (!isStuck && total !== spec.replicas) {
      faults.push(`${name} asks for ${total} pods, not for ${spec.replicas}`);
    }
    if (!isStuck && ready !== spec.replicas && !isBroken(deployment)) {
      faults.push(`${name} has ${ready} ready pods of ${spec.replicas}: ${progressing?.reason}`);
    }
    return faults;
  });
}

/** ReplicaSets without an owner that a Deployment selects. */
const unadopted = (truth: Truth, { metadata, spec }: Deployment): ReplicaSet[] =>
  truth
    .all('apps/replicasets')
    .filter(
      (set) =>
        set.metadata.namespace === metadata.namespace &&
        isSelected(spec.selector, set.metadata.labels) &&
        controllerOf(set) === undefined,
    );

/** Whether its pods are never ready, which isn't always a rollout's failure: it may have been scaled. */
const isBroken = ({ spec }: Deployment): boolean => hasBrokenImage(spec.template);

/** Every Service with a selector is served by its ready pods and by no others, in both forms. */
function wrongEndpoints(truth: Truth): string[] {
  return truth.all('services').flatMap((service) => {
    const { selector: matchLabels } = service.spec;
    if (!matchLabels || Object.keys(matchLabels).length === 0) return [];
    const wanted = truth
      .all('pods')
      .filter(
        ({ metadata }) =>
          metadata.namespace === service.metadata.namespace &&
          isSelected({ matchLabels }, metadata.labels),
      )
      .filter((pod) => isActive(pod) && isReady(pod))
      .flatMap(ipOf);
    return [
      ...difference(service, 'slices', wanted, slicedAddresses(truth, service)),
      ...difference(service, 'endpoints', wanted, oldAddresses(truth, service)),
    ];
  });
}

const ipOf = ({ status }: Pod): string[] => (status.podIP ? [status.podIP] : []);

const slicedAddresses = (truth: Truth, { metadata }: Service): string[] =>
  truth
    .all('discovery.k8s.io/endpointslices')
    .filter(
      (slice) =>
        slice.metadata.namespace === metadata.namespace &&
        slice.metadata.labels?.['kubernetes.io/service-name'] === metadata.name,
    )
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready)
    .flatMap(({ addresses }) => addresses);

const oldAddresses = (truth: Truth, service: Service): string[] =>
  truth
    .all('endpoints')
    .filter((endpoints) => keyOf(endpoints) === keyOf(service))
    .flatMap(({ subsets }) => subsets ?? [])
    .flatMap(({ addresses }) => addresses ?? [])
    .map(({ ip }) => ip);

function difference(
  service: Service,
  what: string,
  wanted: readonly string[],
  found: readonly string[],
): string[] {
  const [a, b] = [wanted.toSorted().join(), found.toSorted().join()];
  return a === b ? [] : [`${what} of ${keyOf(service)} are [${b}], its ready pods [${a}]`];
}

/** Pods without a node, or on one that isn't there. */
function lostPods(truth: Truth): string[] {
  const nodes = new Set(truth.all('nodes').map(({ metadata }) => metadata.name));
  return truth
    .all('pods')
    .filter(isActive)
    .flatMap((pod) => {
      const { nodeName } = pod.spec;
      if (!nodeName) return [`${keyOf(pod)} has no node`];
      return nodes.has(nodeName) ? [] : [`${keyOf(pod)} is on ${nodeName}, which is gone`];
    });
}

/** Namespaces without what pods need in them: an account, and a certificate to trust. */
function bareNamespaces(truth: Truth): string[] {
  const there = new Set([
    ...truth.all('serviceaccounts').map((account) => `account ${keyOf(account)}`),
    ...truth.all('configmaps').map((map) => `certificate ${keyOf(map)}`),
  ]);
  return truth
    .all('namespaces')
    .flatMap(({ metadata: { name } }) => [
      `account ${name}/default`,
      `certificate ${name}/kube-root-ca.crt`,
    ])
    .filter((wanted) => !there.has(wanted))
    .map((wanted) => `there is no ${wanted}`);
}

/** Nodes without a network, or with taints though nothing is wrong with them. */
function wrongNodes(truth: Truth): string[] {
  return truth.all('nodes').flatMap((node) => {
    const { podCIDRs = [], taints = [] } = node.spec;
    const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
    return [
      ...(podCIDRs.length === 1 ? [] : [`${keyOf(node)} has ${podCIDRs.length} networks`]),
      ...taints.map(({ key }) => `${keyOf(node)} is still tainted with ${key}`),
      ...(ready?.status === 'True' ? [] : [`${keyOf(node)} isn't taken for ready`]),
    ];
  });
}

/** Budgets tell how many of their pods are healthy, and how many may go. */
function wrongBudgets(truth: Truth): string[] {
  return truth.all('policy/poddisruptionbudgets').flatMap((budget) => {
    const healthy = budgetedPods(truth, budget).filter((pod) => isActive(pod) && isReady(pod));
    const { currentHealthy = 0, desiredHealthy = 0, ...status } = budget.status ?? {};
    const { disruptionsAllowed = 0, expectedPods = 0 } = status;
    // Where a pod's owner is unknown nothing may go, and nothing else is told.
    const isRefused = budget.status?.conditions?.some(({ reason }) => reason === 'SyncFailed');
    const isNone = isRefused || expectedPods === 0;
    const may = isNone ? 0 : Math.max(0, currentHealthy - desiredHealthy);
    const faults: string[] = [];
    if (!isRefused && currentHealthy !== healthy.length) {
      faults.push(`${keyOf(budget)} tells of ${currentHealthy} healthy pods of ${healthy.length}`);
    }
    if (disruptionsAllowed !== may) {
      faults.push(`${keyOf(budget)} lets ${disruptionsAllowed} pods go, not ${may}`);
    }
    return faults;
  });
}

/** A set has its pods, by their numbers, unless one of them can't become ready and holds the rest. */
function wrongStatefulSets(truth: Truth): string[] {
  return truth.all('apps/statefulsets').flatMap((set) => {
    const { name, uid } = set.metadata;
    const pods = truth.all('pods').filter((pod) => controllerOf(pod)?.uid === uid);
    const isStuck = [set.spec.template, ...pods].some(hasBrokenImage);
    if (isStuck) return [];
    const wanted = Array.from({ length: set.spec.replicas ?? 1 }, (_, i) => `${name}-${i}`);
    const found = pods.filter((pod) => isActive(pod) && isReady(pod));
    const [a, b] = [wanted.sort().join(), namesOf(found).join()];
    const { readyReplicas = 0 } = set.status;
    return [
      ...(a === b ? [] : [`${keyOf(set)} has [${b}] ready, not [${a}]`]),
      ...(readyReplicas === found.length
        ? []
        : [`${keyOf(set)} tells of ${readyReplicas} ready pods of ${found.length}`]),
    ];
  });
}

const namesOf = (pods: readonly Pod[]): string[] =>
  pods.map(({ metadata }) => metadata.name).sort();

/** A Job is done, as often as it was asked for, or has given up, and nothing of it runs any more. */
function wrongJobs(truth: Truth): string[] {
  return truth.all('batch/jobs').flatMap((job) => {
    const { completions = 1 } = job.spec;
    const { succeeded = 0, active = 0, conditions = [] } = job.status;
    const end = conditions.find(
      ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
    );
    const pods = truth.all('pods').filter((pod) => controllerOf(pod)?.uid === job.metadata.uid);
    const left = pods.filter(isActive).length;
    const name = keyOf(job);
    return [
      ...(end ? [] : [`${name} neither is complete nor has failed`]),
      ...(end?.type === 'Complete' && succeeded !== completions
        ? [`${name} is complete with ${succeeded} of ${completions}`]
        : []),
      ...(active > 0 || left > 0 ? [`${name} still has ${left} pods, and tells of ${active}`] : []),
    ];
  });
}

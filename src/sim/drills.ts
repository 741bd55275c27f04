import { daemonSets } from '../api/generated/apps/v1/resources.ts';
import { cronJobs } from '../api/generated/batch/v1/resources.ts';
import { nodes, pods } from '../api/generated/core/v1/resources.ts';
import type { Pod } from '../api/generated/core/v1/types.ts';
import { controllerOf, keyOf, type NewObject } from '../machinery/object.ts';
import type { Drill } from './configuration.ts';
import { wrongDaemonSets } from './daemons.ts';
import { startCrashed } from './disturbances.ts';
import { hasEnded, isActive } from './judgement.ts';
import { allocatableCpu, cpuOf } from './safety.ts';
import { scheduledFor } from './schedules.ts';
import type { Truth } from './truth.ts';
import type { Promised, Violation } from './violations.ts';
import { setTaint } from './workload.ts';
import { daemonSetOf } from './workload-daemons.ts';
import { cronJobOf } from './workload-schedules.ts';
import type { World } from './world.ts';

/** Something that is done to a node of a cluster at rest, what must come of it, and how it ends. */
interface Exercise {
  readonly promised: Promised;
  begin(drilled: Drilled): unknown;
  readonly withinMs: number;
  /** What is wrong after that time. */
  faults(drilled: Drilled): string[];
  end(drilled: Drilled): unknown;
}

interface Drilled {
  readonly world: World;
  readonly truth: Truth;
  readonly node: string;
}

const MINUTE_MS = 60_000;
/** Long enough for at least one time to be missed, and to be too late for who is in a hurry. */
const OUTAGE_MS = 2 * MINUTE_MS;
const LATE_MS = 25_000;
const PATIENT = 'patient';
const PROMPT = 'prompt';

const DAEMON = { namespace: 'shop', name: 'daemon' };
const ROLLOUT_AFTER_MS = 30_000;

const FILLER = { namespace: 'shop', name: 'filler' };

const EXERCISES: Readonly<Record<Exclude<Drill, 'none'>, Exercise>> = {
  taint: {
    promised: 'taints',
    begin: ({ world, node }) => setTaint(world, node, true),
    withinMs: 60_000,
    faults: everyPodLeft,
    end: ({ world, node }) => setTaint(world, node, false),
  },
  'power-off': {
    promised: 'node-death',
    begin: ({ world, node }) => world.powerOff(node),
    // 40 seconds until its silence is noticed, and five minutes of patience.
    withinMs: 400_000,
    faults: podsLeft,
    end: ({ world, node }) => world.powerOn(node),
  },
  removal: {
    promised: 'node-removal',
    begin: ({ world, node }) => {
      world.powerOff(node);
      return world.client.delete(nodes, { name: node });
    },
    withinMs: 120_000,
    faults: everyPodLeft,
    end: ({ world, node }) => world.powerOn(node),
  },
  filling: {
    promised: 'room',
    begin: ({ world, truth, node }) =>
      world.client.create(pods, fillerOf(node, freeCpu(truth, node))),
    withinMs: 60_000,
    faults: ({ truth, node }) =>
      truth
        .all('pods')
        .filter(({ metadata, spec }) => metadata.name === FILLER.name && !spec.nodeName)
        .map(() => `what is free on ${node} isn't given away`),
    end: ({ world }) => world.client.delete(pods, FILLER),
  },
  rollout: {
    promised: 'daemon-sets',
    begin: ({ world }) => beginRollout(world),
    withinMs: ROLLOUT_AFTER_MS + 5 * MINUTE_MS,
    faults: ({ truth }) => wrongDaemonSets(truth),
    end: ({ world }) =>
      world.client.delete(daemonSets, DAEMON, { propagationPolicy: 'Background' }),
  },
  outage: {
    promised: 'cron-jobs',
    begin: beginOutage,
    withinMs: OUTAGE_MS + 2 * MINUTE_MS,
    faults: ({ world, truth }) => missedTimes(world, truth),
    end: async ({ world }) => {
      for (const name of [PATIENT, PROMPT]) {
        const options = { propagationPolicy: 'Background' } as const;
        await world.client.delete(cronJobs, { namespace: 'shop', name }, options);
      }
    },
  },
};

/**
 * Does to the first node what the drill is about, and answers what of it went wrong. `pass` lets
 * time go by. Settling afterwards is left to the caller.
 */
export async function drilled(
  drill: Exclude<Drill, 'none'>,
  { world, truth }: Pick<Drilled, 'world' | 'truth'>,
  pass: (ms: number) => Promise<void>,
): Promise<Violation[]> {
  const [node] = world.nodeNames;
  if (node === undefined) return [];
  const { promised, begin, withinMs, faults, end } = EXERCISES[drill];
  await begin({ world, truth, node });
  await pass(withinMs);
  const found = faults({ world, truth, node });
  await end({ world, truth, node });
  return found.map((what) => ({ promised, what }));
}

/** Pods of a DaemonSet are replaced, one node after the other: how many at a time is looked after. */
async function beginRollout({ client, clock }: World): Promise<void> {
  await client.create(daemonSets, daemonSetOf(DAEMON, 'app:0', {}));
  clock.after(ROLLOUT_AFTER_MS, () => {
    const containers = [{ name: 'main', image: 'app:1' }];
    const body = { spec: { template: { spec: { containers } } } };
    void client.patch(daemonSets, DAEMON, { type: 'strategic', body });
  });
}

/** Nobody works while times come: their jobs start when somebody does again, unless it is too late. */
async function beginOutage({ world }: Drilled): Promise<void> {
  const make = (name: string, startingDeadlineSeconds: number) => {
    const metadata = { namespace: 'shop', name };
    return world.client.create(cronJobs, cronJobOf(metadata, 'app:0', { startingDeadlineSeconds }));
  };
  await make(PATIENT, 200);
  await make(PROMPT, LATE_MS / 1000 - 5);
  for (const component of world.components) world.crash(component);
  const backMs = lastMissedMs(world.clock.now()) + LATE_MS;
  world.clock.after(backMs - world.clock.now(), () => startCrashed(world));
}

const lastMissedMs = (beginMs: number): number =>
  Math.floor((beginMs + OUTAGE_MS) / MINUTE_MS) * MINUTE_MS;

/** Times that are to have been run and weren't, or that were too late and were. */
function missedTimes({ clock }: World, truth: Truth): string[] {
  const missedMs = lastMissedMs(clock.now() - EXERCISES.outage.withinMs);
  const isRun = (name: string, timeMs: number) =>
    truth
      .all('batch/jobs')
      .some((job) => controllerOf(job)?.name === name && scheduledFor(job) === timeMs);
  return [
    ...(isRun(PATIENT, missedMs) ? [] : ['what was missed and not too late is not run']),
    ...(isRun(PROMPT, missedMs) ? ['what was too late is run'] : []),
    ...[PATIENT, PROMPT]
      .filter((name) => !isRun(name, missedMs + MINUTE_MS))
      .map((name) => `${name} isn't run when it is time`),
  ];
}

/** Pods that haven't gone from the node, as all were to. */
function everyPodLeft({ truth, node }: Drilled): string[] {
  return leftOn(truth, node).map(isStillOn);
}

/** The same, but for those that stay whatever becomes of their node, as daemons do. */
function podsLeft({ truth, node }: Drilled): string[] {
  return leftOn(truth, node)
    .filter((pod) => !isFaithful(pod))
    .map(isStillOn);
}

const isFaithful = ({ spec }: Pod): boolean =>
  spec.tolerations?.some(
    ({ key, tolerationSeconds }) =>
      key === 'node.kubernetes.io/unreachable' && tolerationSeconds === undefined,
  ) ?? false;

const leftOn = (truth: Truth, node: string): Pod[] =>
  truth.all('pods').filter((pod) => pod.spec.nodeName === node && isActive(pod));

const isStillOn = (pod: Pod): string => `${keyOf(pod)} is still on ${pod.spec.nodeName}`;

/** What nobody on the node has asked for, in thousandths of a CPU. */
function freeCpu(truth: Truth, name: string): number {
  const node = truth.all('nodes').find(({ metadata }) => metadata.name === name);
  const there = truth.all('pods').filter((pod) => pod.spec.nodeName === name && !hasEnded(pod));
  const asked = there.reduce((sum, pod) => sum + cpuOf(pod), 0);
  return node ? allocatableCpu(node) - asked : 0;
}

const fillerOf = (node: string, cpuMilli: number) =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...FILLER, labels: { app: FILLER.name } },
    spec: {
      nodeSelector: { 'kubernetes.io/hostname': node },
      containers: [
        { name: 'main', image: 'app:0', resources: { requests: { cpu: `${cpuMilli}m` } } },
      ],
    },
  }) as unknown as NewObject<Pod>;

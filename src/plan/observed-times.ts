import type { Pod } from '../api/generated/core/v1/types.ts';
import { parseTime } from '../base/clock.ts';
import { controllerOf } from '../machinery/object.ts';
import type { NodeImages } from './node-images.ts';
import type { Obstacle, PodExpectation, PodTimes } from './pod-times.ts';

/** What is assumed of pods of which nothing alike runs. Times in milliseconds. */
const ASSUMED = { startMs: 2000, pullMs: 5000, stopMs: 1000, exitMs: 5000 } as const;

/** Times are told in whole seconds: what took no second took half of one, on average. */
const LEAST_MS = 500;
const READY_MAX_MS = 20 * 60_000; // What took longer fell ill and recovered.

interface Seen {
  readonly startMs: number;
  readonly readyMs: number | undefined;
  readonly exitMs: number | undefined;
}

/**
 * Expects of pods what was seen of those alike: of the same workload, else of the same images, else
 * of other tags of these. A pod whose like nobody has seen is assumed to behave ordinarily.
 */
export class ObservedTimes implements PodExpectation {
  readonly #seen = new Map<string, Seen[]>();
  readonly #obstacles = new Map<string, Obstacle>();
  readonly #works = new Set<string>();
  /** UIDs of pods that run for long without ever having been ready. */
  readonly #hopeless = new Set<string>();
  /** By template: a pod that ends again and again, and where there is one that doesn't. */
  readonly #crashing = new Map<string, Pod>();
  readonly #running = new Set<string>();
  readonly #images: NodeImages;

  constructor(
    pods: readonly Pod[],
    { images, now }: { readonly images: NodeImages; readonly now: number },
  ) {
    this.#images = images;
    for (const pod of pods) this.#look(pod, now);
  }

  times(pod: Pod): PodTimes {
    const found = keysOf(pod).find(({ key }) => this.#seen.has(key));
    const seen = found ? (this.#seen.get(found.key) ?? []) : [];
    const runsToEnd = pod.spec.restartPolicy !== 'Always';
    const starts = seen.map(({ startMs }) => startMs);
    const ready = seen.flatMap(({ readyMs }) => readyMs ?? []);
    const exits = seen.flatMap(({ exitMs }) => exitMs ?? []);
    const probed = probesMs(pod);
    const isHopeless = this.#hopeless.has(pod.metadata.uid) || this.#isKnownBad(pod);
    return {
      startMs: median(starts) ?? this.#assumedStartMs(pod),
      readyMs: isHopeless ? undefined : Math.max(median(ready) ?? probed, probed),
      stopMs: stopMs(pod),
      exitMs: runsToEnd && controllerOf(pod) ? (median(exits) ?? ASSUMED.exitMs) : undefined,
      ...(found && { seenAt: `${counted(seen.length)} of ${found.name}` }),
    };
  }

  obstacle(pod: Pod): Obstacle | undefined {
    const images = imagesOf(pod);
    if (this.#works.has(images)) return this.#crash(pod);
    return this.#obstacles.get(images) ?? this.#images.obstacle(pod) ?? this.#crash(pod);
  }

  #crash(pod: Pod): Obstacle | undefined {
    const template = templateOf(pod);
    const like = this.#running.has(template) ? undefined : this.#crashing.get(template);
    if (!like) return undefined;
    const message = `a pod that is alike, ${like.metadata.name}, ends again and again`;
    return { reason: CRASHING, message, past: like.status.containerStatuses ?? [] };
  }

  #isKnownBad(pod: Pod): boolean {
    const images = imagesOf(pod);
    return !this.#works.has(images) && this.#hopeless.has(images);
  }

  #assumedStartMs(pod: Pod): number {
    const isPulled = pod.spec.containers.some(({ image = '' }) => this.#images.lacks(image));
    return ASSUMED.startMs + (isPulled ? ASSUMED.pullMs : 0);
  }

  #look(pod: Pod, now: number): void {
    const images = imagesOf(pod);
    const obstacle = imageObstacle(pod);
    if (obstacle) this.#obstacles.set(images, obstacle);
    if (isCrashing(pod)) {
      this.#crashing.set(templateOf(pod), pod);
      this.#hopeless.add(pod.metadata.uid);
    } else if (conditionAt(pod, 'Ready') !== undefined) {
      this.#works.add(images);
      this.#running.add(templateOf(pod));
    } else if (hasRunFor(pod, now) > HOPELESS_MS) {
      this.#hopeless.add(images).add(pod.metadata.uid);
    }
    const seen = seenOf(pod);
    if (!seen) return;
    for (const { key } of keysOf(pod)) {
      const all = this.#seen.get(key);
      if (all) all.push(seen);
      else this.#seen.set(key, [seen]);
    }
  }
}

const HOPELESS_MS = 10 * 60_000;

/** How long a pod's youngest container has been running, in milliseconds; 0 if none does. */
function hasRunFor({ status }: Pod, now: number): number {
  const started = (status.containerStatuses ?? []).map(({ state }) =>
    parseTime(state?.running?.startedAt),
  );
  const times = started.filter((time) => time !== undefined);
  return times.length === 0 ? 0 : now - Math.max(...times);
}

const CRASHING = 'CrashLoopBackOff';

const isCrashing = ({ status }: Pod): boolean =>
  (status.containerStatuses ?? []).some(({ state }) => state?.waiting?.reason === CRASHING);

/**
 * Names the template that a pod was made of. One of another may do better, be it for a limit, a
 * variable or the checksum of what it reads: nobody changes it for nothing.
 */
function templateOf(pod: Pod): string {
  const { namespace, uid, labels } = pod.metadata;
  const maker = controllerOf(pod)?.name ?? uid;
  return `${namespace}/${maker} ${labels?.['controller-revision-hash'] ?? ''}`;
}

/** What an image of the pod is known to suffer from. */
function imageObstacle({ status }: Pod): Obstacle | undefined {
  for (const { state } of status.containerStatuses ?? []) {
    const { reason = '', message = '' } = state?.waiting ?? {};
    if (IMAGE_TROUBLES.has(reason)) return { reason, message };
  }
  return undefined;
}

const IMAGE_TROUBLES = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
]);

/** What a pod's own times tell; undefined where they don't: it was restarted, or never ran. */
function seenOf(pod: Pod): Seen | undefined {
  const { status, metadata } = pod;
  const containers = status.containerStatuses ?? [];
  if (containers.length === 0 || containers.some(({ restartCount }) => restartCount > 0)) return;
  const started = containers.map(({ state }) =>
    parseTime(state?.running?.startedAt ?? state?.terminated?.startedAt),
  );
  const runningAt = Math.max(...started.map((time) => time ?? Number.NaN));
  const boundAt = conditionAt(pod, 'PodScheduled') ?? parseTime(metadata.creationTimestamp);
  if (Number.isNaN(runningAt) || boundAt === undefined || runningAt < boundAt) return;
  const readyAt = conditionAt(pod, 'Ready');
  const readyMs = readyAt === undefined ? undefined : readyAt - runningAt;
  const ended = containers.map(({ state }) => parseTime(state?.terminated?.finishedAt));
  const endedAt = Math.max(...ended.map((time) => time ?? Number.NaN));
  const isTelling = readyMs !== undefined && readyMs >= 0 && readyMs <= READY_MAX_MS;
  return {
    startMs: Math.max(LEAST_MS, runningAt - boundAt),
    readyMs: isTelling ? Math.max(readyMs, hasProbe(pod) ? LEAST_MS : 0) : undefined,
    exitMs: Number.isNaN(endedAt) ? undefined : Math.max(LEAST_MS, endedAt - runningAt),
  };
}

/** Since when a condition of the pod holds. */
const conditionAt = ({ status }: Pod, type: string): number | undefined =>
  parseTime(
    status.conditions?.find((each) => each.type === type && each.status === 'True')
      ?.lastTransitionTime,
  );

const imagesOf = ({ spec }: Pod): string =>
  spec.containers.map(({ image = '' }) => image).join(' ');

/** What pods are alike by, the nearest first, each with the name by which it is told of. */
function keysOf(pod: Pod): { readonly key: string; readonly name: string }[] {
  const images = imagesOf(pod);
  const untagged = images.replaceAll(/(@sha256:\w+|:[\w][\w.-]*)(?= |$)/g, '');
  const owner = workloadNameOf(pod);
  const place = `${pod.metadata.namespace}/${owner}`;
  return [
    ...(owner ? [{ key: `${place} ${images}`, name: owner }] : []),
    { key: images, name: `image ${images}` },
    ...(owner ? [{ key: place, name: owner }] : []),
    { key: `${untagged}:*`, name: `other tags of ${untagged}` },
  ];
}

/** What the pod's workload is called: its ReplicaSet's name without the hash of the template. */
function workloadNameOf(pod: Pod): string | undefined {
  const name = controllerOf(pod)?.name;
  const hash = pod.metadata.labels?.['pod-template-hash'];
  return name && hash && name.endsWith(`-${hash}`) ? name.slice(0, -hash.length - 1) : name;
}

const hasProbe = ({ spec }: Pod): boolean =>
  spec.containers.some(({ readinessProbe, startupProbe }) => readinessProbe ?? startupProbe);

/** The least time until all probes of a pod have said yes as often as they must. */
const probesMs = ({ spec }: Pod): number =>
  Math.max(
    0,
    ...spec.containers.map(({ readinessProbe, startupProbe }) => {
      const own = [startupProbe, readinessProbe].flatMap((probe) =>
        probe
          ? (probe.initialDelaySeconds ?? 0) +
            ((probe.successThreshold ?? 1) - 1) * (probe.periodSeconds ?? 10)
          : [],
      );
      return own.length === 0 ? 0 : Math.max(...own) * 1000 + LEAST_MS;
    }),
  );

/** How long a pod takes to end: what its hook sleeps, and a moment. */
function stopMs({ spec }: Pod): number {
  const sleeps = spec.containers.map(({ lifecycle }) => lifecycle?.preStop?.sleep?.seconds ?? 0);
  const graceMs = (spec.terminationGracePeriodSeconds ?? 30) * 1000;
  return Math.min(graceMs, Math.max(0, ...sleeps) * 1000 + ASSUMED.stopMs);
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

const counted = (pods: number): string => (pods === 1 ? '1 pod' : `${pods} pods`);

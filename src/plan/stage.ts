import type { Deployment } from '../api/generated/apps/v1/types.ts';
import type { Node, Pod } from '../api/generated/core/v1/types.ts';
import { isActive, isReady } from '../controllers/pods.ts';
import { ClusterReader } from '../explain/cluster-reader.ts';
import { referenceTo } from '../explain/reference.ts';
import type { KubeObject } from '../machinery/object.ts';
import type { Snapshot, Store } from '../store/store.ts';
import { type Anyway, reportOn } from './assess.ts';
import { carryOut, rehearsable, type Wish } from './carry-out.ts';
import type { LiveState } from './collect.ts';
import { missingSource } from './missing-sources.ts';
import { NodeImages } from './node-images.ts';
import { ObservedTimes } from './observed-times.ts';
import { Patience } from './patience.ts';
import type { PodExpectation } from './pod-times.ts';
import { rebuild } from './rebuild.ts';
import { Rehearsal } from './rehearsal.ts';
import type { ObjectChange, Plan, WorkloadOutcome } from './report.ts';
import { followsOf, listIn, rootCertificateIn, titleKey } from './states.ts';
import { Witness } from './witness.ts';
import { workloadOutcomes } from './workload-outcomes.ts';

export interface StageOptions {
  /** The time of day of the apply, in milliseconds since the epoch. */
  readonly now: number;
  /** After so many milliseconds the rehearsal ends, whether or not all has come to rest. */
  readonly withinMs?: number;
  /** How long pods take; as is seen of those that run, unless said. */
  readonly expectation?: Pick<PodExpectation, 'times'>;
  /** From what all chance comes; 1 unless said. */
  readonly seed?: number;
  /** Whether the server is Tutti, of which it is known what it lacks; not unless said. */
  readonly isTutti?: boolean;
}

/** What was found out, and the objects as they would be in the end. */
export interface Rehearsed {
  readonly plan: Plan;
  readonly end: Snapshot<KubeObject>;
}

const WITHIN_MS = 20 * 60_000;

/** A rehearsal of one change, from the copy of the state to the report. */
export class Stage {
  readonly #options: StageOptions;
  readonly #store: Store<KubeObject>;
  /** The state as it was found, for looking what becomes of it without the change. */
  readonly #found: Store<KubeObject>;
  readonly #notes: string[];
  readonly #images: NodeImages;
  readonly #patience: Patience;
  readonly #rehearsal: Rehearsal;

  constructor(state: LiveState, options: StageOptions) {
    const { store, gaps } = rebuild(state);
    this.#options = options;
    this.#store = store;
    this.#found = store.fork();
    this.#notes = [...state.gaps, ...gaps];
    const found = store.snapshot();
    this.#images = new NodeImages(listIn<Node>(found, 'nodes'));
    const known = { images: this.#images, now: options.now };
    const observed = new ObservedTimes(listIn<Pod>(found, 'pods'), known);
    const expected = options.expectation ?? observed;
    const { partial } = state;
    this.#patience = new Patience({
      times: (pod) => expected.times(pod),
      obstacle: (pod) =>
        missingSource(pod, { state: store.snapshot(), partial }) ?? observed.obstacle(pod),
    });
    this.#rehearsal = this.#rehearsalOn(store);
  }

  /** Makes the change, and lets time go by until nothing more happens. */
  async rehearse(given: Wish): Promise<Rehearsed> {
    const rehearsal = this.#rehearsal;
    await rehearsal.start();
    const wish = this.#withoutUnserved(given);
    const before = this.#store.snapshot();
    const witness = new Witness(this.#store, rehearsal.clock);
    try {
      const done = await carryOut(rehearsal, wish);
      rehearsal.disregard(clockworkIn(before, done.objects));
      const isSettled = await this.#settle(witness);
      const end = this.#store.snapshot();
      const endMs = Math.max(0, witness.atMs - rehearsal.quietMs);
      const records = witness.workloads.values();
      const moved = workloadOutcomes(records, { before, end, endMs }, this.#patience);
      const isOwn = moved.every((each) => isAmong(each, done.objects));
      const anyway = isOwn && isAtRest(before) ? NOTHING : await this.#withoutChange(witness.atMs);
      const plan = await reportOn(done, {
        before,
        end,
        witness,
        anyway,
        isSettled,
        endMs,
        now: rehearsal.clock.now(),
        expectation: this.#patience,
        images: this.#images,
        notes: this.#notes,
        reader: this.#reader(),
      });
      return { plan, end };
    } finally {
      witness.close();
    }
  }

  close(): void {
    this.#rehearsal.close();
  }

  /** Of the rehearsal's own state: nobody writes logs there. */
  #reader(): ClusterReader {
    const { isTutti = false } = this.#options;
    return new ClusterReader(this.#rehearsal.clientFor('tutti'), async () => undefined, {
      isTutti,
    });
  }

  #rehearsalOn(store: Store<KubeObject>): Rehearsal {
    const { now, seed = 1 } = this.#options;
    const rootCertificate = rootCertificateIn(store.snapshot());
    const expectation = this.#patience;
    return new Rehearsal({ store, startMs: now, seed, rootCertificate, expectation });
  }

  #withoutUnserved(wish: Wish): Wish {
    const manifests = rehearsable(wish.manifests, this.#rehearsal.served);
    for (const each of wish.manifests) {
      if (manifests.includes(each)) continue;
      const { kind, group, version } = each;
      const apiVersion = group ? `${group}/${version}` : version;
      this.#notes.push(`${kind} of ${apiVersion} can't be rehearsed here and is left out`);
    }
    return { ...wish, manifests };
  }

  /** Lets time go by until nothing more happens. False where that doesn't come about in time. */
  async #settle(witness: Witness): Promise<boolean> {
    const { withinMs = WITHIN_MS } = this.#options;
    for (;;) {
      await this.#rehearsal.pass(1000);
      const deployments = listIn<Deployment>(this.#store.snapshot(), 'apps/deployments');
      if (this.#rehearsal.quietMs >= this.#patience.quietMs(deployments)) return true;
      if (witness.atMs >= withinMs) return false;
    }
  }

  /** What comes about in so much time when nobody changes anything. */
  async #withoutChange(forMs: number): Promise<Anyway> {
    const store = this.#found;
    const rehearsal = this.#rehearsalOn(store);
    try {
      await rehearsal.start();
      const before = store.snapshot();
      const witness = new Witness(store, rehearsal.clock);
      await rehearsal.pass(forMs);
      witness.close();
      const end = store.snapshot();
      const records = witness.workloads.values();
      return {
        workloads: workloadOutcomes(records, { before, end, endMs: forMs }, this.#patience),
        follows: followsOf(before, end, []),
      };
    } finally {
      rehearsal.close();
    }
  }
}

const NOTHING: Anyway = { workloads: [], follows: [] };

/** CronJobs that stay as they are: they go on by the clock, whatever else is done. */
const clockworkIn = (state: Snapshot<KubeObject>, objects: readonly ObjectChange[]): string[] => {
  const changed = objects.filter(({ action }) => action !== 'unchanged');
  const keys = new Set(changed.map(({ about }) => titleKey(about)));
  return listIn(state, 'batch/cronjobs')
    .filter((cronJob) => !keys.has(titleKey(referenceTo(cronJob))))
    .map(({ metadata }) => metadata.uid);
};

/** Whether the manifests change it. */
const isAmong = ({ about }: WorkloadOutcome, objects: readonly ObjectChange[]): boolean =>
  objects.some((each) => each.action !== 'unchanged' && titleKey(each.about) === titleKey(about));

/** Whether no pod is on its way anywhere. */
const isAtRest = (state: Snapshot<KubeObject>): boolean =>
  listIn<Pod>(state, 'pods').every(
    (pod) => (isActive(pod) && isReady(pod)) || HAVE_ENDED.has(pod.status.phase ?? ''),
  );

const HAVE_ENDED: ReadonlySet<string> = new Set(['Succeeded', 'Failed']);

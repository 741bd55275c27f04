import type { Deployment } from '../api/generated/apps/v1/types.ts';
import type { Node, Pod, ResourceQuota } from '../api/generated/core/v1/types.ts';
import { uncontrolledKinds } from '../api/uncontrolled.ts';
import { type Planned, planApply } from '../cli/apply.ts';
import { CommandError } from '../cli/command.ts';
import { ClusterReader } from '../explain/cluster-reader.ts';
import { explain } from '../explain/explain.ts';
import type { Explanation } from '../explain/explanation.ts';
import { type ResourceReference, referenceTo } from '../explain/reference.ts';
import type { KubeObject } from '../machinery/object.ts';
import { parseApiVersion } from '../machinery/resource.ts';
import type { Snapshot, Store } from '../store/store.ts';
import { type CarriedOut, carryOut, refusalOf, rehearsable, type Wish } from './carry-out.ts';
import { collect, type LiveState, type Target } from './collect.ts';
import type { LiveSource } from './live-source.ts';
import { missingSource } from './missing-sources.ts';
import { ObservedTimes } from './observed-times.ts';
import { Patience } from './patience.ts';
import type { PodExpectation } from './pod-times.ts';
import { quotaOutcomes } from './quotas.ts';
import { rebuild } from './rebuild.ts';
import { Rehearsal } from './rehearsal.ts';
import type { ChangeCounts, ObjectChange, Plan, Refusal, WorkloadOutcome } from './report.ts';
import { sourceNotes, unservedNote } from './source-notes.ts';
import { summaryOf } from './summary.ts';
import { timelineOf } from './timeline.ts';
import { Witness } from './witness.ts';
import { workloadOutcome } from './workload-outcomes.ts';

export interface PlanOptions {
  /** The time of day of the apply, in milliseconds since the epoch. */
  readonly now: number;
  /** After so much time the rehearsal ends, whether or not all has come to rest. In milliseconds. */
  readonly withinMs?: number;
  /** What is expected of pods; what is seen of those that run, unless said. */
  readonly expectation?: Pick<PodExpectation, 'times'>;
  /** From what all chance comes; 1 unless said. */
  readonly seed?: number;
}

const WITHIN_MS = 20 * 60_000;

/** What was found out, and the objects as they would be in the end. */
export interface Rehearsed {
  readonly plan: Plan;
  readonly end: Snapshot<KubeObject>;
}

/**
 * Says what applying manifests would do to a cluster, by doing it to a copy of its state in virtual
 * time. Reads from the cluster and writes nothing there. Rejects with StatusError where it may not
 * be read.
 */
export async function plan(source: LiveSource, wish: Wish, options: PlanOptions): Promise<Plan> {
  let targets: Target[];
  try {
    targets = await targetsOf(source, wish);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return refusedAsAWhole(refusalOf(error, ''));
  }
  return (await rehearse(await collect(source, targets), wish, options)).plan;
}

/** What the manifests are about. Throws CommandError where that can't be told. */
export async function targetsOf(source: LiveSource, wish: Wish): Promise<Target[]> {
  const { contextNamespace: namespace } = wish;
  const resources = () => source.resources();
  const planned = await planApply({ resources, namespace }, wish.manifests, wish.namespace);
  return planned.flatMap(targetOf);
}

/** Carries manifests out on a copy of a state, and says what became of it. */
export async function rehearse(
  state: LiveState,
  wish: Wish,
  options: PlanOptions,
): Promise<Rehearsed> {
  const stage = new Stage(state, options);
  try {
    return await stage.rehearse(wish);
  } finally {
    stage.close();
  }
}

/** Nothing is written when one of the manifests can't be. */
const refusedAsAWhole = (refusal: Refusal): Plan =>
  withSummary({
    schema: 'tutti.dev/plan/v1',
    outcome: 'fails',
    counts: { create: 0, change: 0, delete: 0, unchanged: 0, refused: 1 },
    durationMs: 0,
    isSettled: true,
    refusals: [refusal],
    ...NOTHING,
  });

const NOTHING = {
  objects: [],
  follows: [],
  workloads: [],
  budgets: [],
  quotas: [],
  troubles: [],
  notes: [],
  timeline: [],
} as const;

const withSummary = (plan: Omit<Plan, 'summary'>): Plan => ({ ...plan, summary: summaryOf(plan) });

function targetOf({ manifest, resource, namespace }: Planned): Target[] {
  if (!resource) return [];
  const name = { ...(resource.namespaced && { namespace }), name: manifest.name };
  return [{ resource, name, body: manifest.object }];
}

/** A rehearsal of one change, from the copy of the state to the report. */
class Stage {
  readonly #store: Store<KubeObject>;
  readonly #notes: string[];
  readonly #patience: Patience;
  readonly #rehearsal: Rehearsal;
  readonly #withinMs: number;

  constructor(state: LiveState, { now, withinMs, expectation, seed = 1 }: PlanOptions) {
    const { store, gaps } = rebuild(state);
    this.#store = store;
    this.#notes = [...state.gaps, ...gaps];
    this.#withinMs = withinMs ?? WITHIN_MS;
    const { partial } = state;
    const observed = new ObservedTimes(this.#all<Pod>('pods'), {
      nodes: this.#all<Node>('nodes'),
      now,
    });
    const expected = expectation ?? observed;
    this.#patience = new Patience({
      times: (pod) => expected.times(pod),
      obstacle: (pod) =>
        missingSource(pod, { state: store.snapshot(), partial }) ?? observed.obstacle(pod),
    });
    const options = { store, startMs: now, seed, expectation: this.#patience };
    const rootCertificate = rootCertificateIn(store.snapshot());
    this.#rehearsal = new Rehearsal({ ...options, rootCertificate });
  }

  async rehearse(given: Wish): Promise<Rehearsed> {
    const rehearsal = this.#rehearsal;
    await rehearsal.start();
    const wish = this.#withoutUnserved(given);
    const before = this.#store.snapshot();
    const witness = new Witness(this.#store, rehearsal.clock);
    try {
      const done = await carryOut(rehearsal, wish);
      const isSettled = await this.#settle(witness);
      const found = await this.#report(done, { before, witness, isSettled });
      return { plan: found, end: this.#store.snapshot() };
    } finally {
      witness.close();
    }
  }

  close(): void {
    this.#rehearsal.close();
  }

  #withoutUnserved(wish: Wish): Wish {
    const manifests = rehearsable(wish.manifests, this.#rehearsal.served);
    for (const each of wish.manifests) {
      if (!manifests.includes(each)) this.#notes.push(unservedNote(each));
    }
    return { ...wish, manifests };
  }

  /** Lets time go by until nothing more happens. False where that doesn't come about in time. */
  async #settle(witness: Witness): Promise<boolean> {
    for (;;) {
      await this.#rehearsal.pass(1000);
      const deployments = this.#all<Deployment>('apps/deployments');
      if (this.#rehearsal.quietMs >= this.#patience.quietMs(deployments)) return true;
      if (witness.atMs >= this.#withinMs) return false;
    }
  }

  async #report(
    { objects, refusals }: CarriedOut,
    seen: { before: Snapshot<KubeObject>; witness: Witness; isSettled: boolean },
  ): Promise<Plan> {
    const { before, witness, isSettled } = seen;
    const endMs = Math.max(0, witness.atMs - this.#rehearsal.quietMs);
    const workloads = this.#workloads(before, witness, endMs);
    const troubles = await this.#troubles(objects, workloads);
    const counts = countsOf(objects, refusals);
    const isChanged = objects.some(({ action }) => action !== 'unchanged') || workloads.length > 0;
    const isShort = workloads.some(({ readyAfter, wantedAfter }) => readyAfter < wantedAfter);
    const isWrong = troubles.some(({ state }) => state === 'wrong');
    const isFailing = refusals.length > 0 || isWrong || isShort;
    return withSummary({
      schema: 'tutti.dev/plan/v1',
      outcome: isFailing ? 'fails' : isChanged ? 'changes' : 'unchanged',
      counts,
      durationMs: isChanged ? endMs : 0,
      isSettled,
      objects,
      follows: isChanged ? followsOf(before, this.#store.snapshot(), objects) : [],
      refusals,
      workloads,
      budgets: [...witness.budgets.values()].flatMap((each) => each.outcome(endMs) ?? []),
      quotas: quotaOutcomes(
        listIn<ResourceQuota>(before, 'resourcequotas'),
        this.#all<ResourceQuota>('resourcequotas'),
        [...refusals.map(({ message }) => message), ...warningTexts(witness)],
      ),
      troubles,
      notes: [
        ...this.#notes,
        ...sourceNotes(objects, [...witness.workloads.values()]),
        ...idleNotes(objects),
      ],
      timeline: timelineOf(witness.workloads.values()),
    });
  }

  #workloads(before: Snapshot<KubeObject>, witness: Witness, endMs: number): WorkloadOutcome[] {
    const [old, now] = [byUid(before), byUid(this.#store.snapshot())];
    return [...witness.workloads.values()].flatMap((record) => {
      const { uid } = record.workload;
      const states = { before: old.get(uid), after: now.get(uid) };
      const context = { endMs, expectation: this.#patience };
      return workloadOutcome(record, states, context) ?? [];
    });
  }

  /** What isn't well of what was touched. */
  async #troubles(
    objects: readonly ObjectChange[],
    workloads: readonly WorkloadOutcome[],
  ): Promise<Explanation[]> {
    const client = this.#rehearsal.clientFor('tutti');
    const reader = new ClusterReader(client, async () => undefined);
    const time = { now: this.#rehearsal.clock.now() };
    const touched = new Map<string, ResourceReference>();
    const applied = objects.filter(({ action }) => action === 'create' || action === 'change');
    for (const { about } of [...applied, ...workloads]) touched.set(keyOf(about), about);
    const current = this.#store.snapshot().list('/registry/');
    const byKey = new Map(current.map(({ value }) => [keyOf(referenceTo(value)), value]));
    const found: Explanation[] = [];
    for (const key of touched.keys()) {
      const object = byKey.get(key);
      if (!object || isIdle(object)) continue;
      const explanation = await explain(object, reader, time);
      if (explanation.state !== 'well') found.push(explanation);
    }
    return found;
  }

  #all<T extends KubeObject>(resource: string): T[] {
    return listIn<T>(this.#store.snapshot(), resource);
  }
}

const listIn = <T extends KubeObject>(state: Snapshot<KubeObject>, resource: string): T[] =>
  state.list(`/registry/${resource}/`).map(({ value }) => value as T);

const byUid = (state: Snapshot<KubeObject>): Map<string, KubeObject> =>
  new Map(state.list('/registry/').map(({ value }) => [value.metadata.uid, value]));

const keyOf = ({ apiVersion, kind, namespace = '', name }: ResourceReference): string =>
  [parseApiVersion(apiVersion).group, kind, namespace, name].join('/');

/** Whether nothing acts on objects of a kind in a rehearsal. */
const isIdle = ({ apiVersion, kind }: Pick<KubeObject, 'apiVersion' | 'kind'>): boolean => {
  const { group } = parseApiVersion(apiVersion);
  return uncontrolledKinds.some((each) => each.group === group && each.kind === kind);
};

function idleNotes(objects: readonly ObjectChange[]): string[] {
  const idle = objects.filter(({ about, action }) => action !== 'unchanged' && isIdle(about));
  const kinds = new Set(idle.map(({ about }) => about.kind));
  return [...kinds].map((kind) => {
    const plural = uncontrolledKinds.find((each) => each.kind === kind)?.plural ?? kind;
    return `nothing acts on ${plural} in a rehearsal: what follows from them isn't known`;
  });
}

const warningTexts = ({ warnings }: Witness): string[] =>
  warnings.map((event) => (event as KubeObject & { readonly message?: string }).message ?? '');

function countsOf(objects: readonly ObjectChange[], refusals: readonly Refusal[]): ChangeCounts {
  const count = (wanted: ObjectChange['action']) =>
    objects.filter(({ action }) => action === wanted).length;
  return {
    create: count('create'),
    change: count('change'),
    delete: count('delete'),
    unchanged: count('unchanged'),
    refused: refusals.length,
  };
}

/** Pods are told of by workload; the rest is what the cluster writes down about itself. */
const UNTOLD = new Set(['Pod', 'Event', 'Lease', 'Endpoints']);

function followsOf(
  before: Snapshot<KubeObject>,
  after: Snapshot<KubeObject>,
  applied: readonly ObjectChange[],
): ObjectChange[] {
  const told = new Set(applied.map(({ about }) => keyOf(about)));
  const [old, now] = [byUid(before), byUid(after)];
  const of = (object: KubeObject, action: 'create' | 'delete'): ObjectChange[] => {
    const about = referenceTo(object);
    return UNTOLD.has(about.kind) || told.has(keyOf(about)) ? [] : [{ about, action, fields: [] }];
  };
  return [
    ...[...now].flatMap(([uid, object]) => (old.has(uid) ? [] : of(object, 'create'))),
    ...[...old].flatMap(([uid, object]) => (now.has(uid) ? [] : of(object, 'delete'))),
  ];
}

/** What the controllers would write into each namespace, as it stands there. */
function rootCertificateIn(state: Snapshot<KubeObject>): string {
  const entry = state.get('/registry/configmaps/kube-system/kube-root-ca.crt');
  const { data } = (entry?.value ?? {}) as { readonly data?: Readonly<Record<string, string>> };
  return data?.['ca.crt'] ?? 'unknown';
}

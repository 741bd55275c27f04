import { type Planned, planApply } from '../cli/apply.ts';
import { CommandError } from '../cli/command.ts';
import type { Manifest } from '../cli/manifests.ts';
import { refusalOf, type Wish } from './carry-out.ts';
import { collect, type LiveState, type Target } from './collect.ts';
import type { LiveSource } from './live-source.ts';
import type { Plan, Refusal } from './report.ts';
import { type Rehearsed, Stage, type StageOptions } from './stage.ts';
import { summaryOf } from './summary.ts';

/**
 * Says what applying manifests would do to a cluster, by doing it to a copy of its state in virtual
 * time. Reads from the cluster and writes nothing there. Rejects with StatusError where it may not
 * be read.
 */
export async function plan(source: LiveSource, wish: Wish, options: StageOptions): Promise<Plan> {
  let targets: Target[];
  try {
    targets = await targetsOf(source, wish);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const isOf = ({ origin }: Manifest) => error.message.startsWith(`${origin}: `);
    return refusedAsAWhole(refusalOf(error, wish.manifests.find(isOf)?.origin ?? ''));
  }
  return (await rehearse(await collect(source, targets), wish, options)).plan;
}

/** What the manifests are about. Throws CommandError where that can't be told. */
export async function targetsOf(source: LiveSource, wish: Wish): Promise<Target[]> {
  const { contextNamespace: namespace } = wish;
  const resources = () => source.resources();
  const planned = await planApply({ resources, namespace }, wish.manifests, wish.namespace);
  return planned.flatMap((each) => targetOf(each, wish.isDeletion));
}

/** Carries manifests out on a copy of a state, and says what became of it. */
export async function rehearse(
  state: LiveState,
  wish: Wish,
  options: StageOptions,
): Promise<Rehearsed> {
  const stage = new Stage(state, options);
  try {
    return await stage.rehearse(wish);
  } finally {
    stage.close();
  }
}

function targetOf({ manifest, resource, namespace }: Planned, isDeleted: boolean): Target[] {
  if (!resource) return [];
  const name = { ...(resource.namespaced && { namespace }), name: manifest.name };
  return [{ resource, name, body: manifest.object, isDeleted }];
}

/** Nothing is written when one of the manifests can't be. */
function refusedAsAWhole(refusal: Refusal): Plan {
  const found = {
    schema: 'tutti.dev/plan/v1',
    outcome: 'fails',
    counts: { create: 0, change: 0, delete: 0, unchanged: 0, refused: 1 },
    durationMs: 0,
    isSettled: true,
    refusals: [refusal],
    objects: [],
    follows: [],
    workloads: [],
    budgets: [],
    quotas: [],
    troubles: [],
    notes: [],
    timeline: [],
  } as const;
  return { ...found, summary: summaryOf(found) };
}

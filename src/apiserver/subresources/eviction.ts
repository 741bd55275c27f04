import type { Pod } from '../../api/generated/core/v1/types.ts';
import type { Eviction, PodDisruptionBudget } from '../../api/generated/policy/v1/types.ts';
import { toTime } from '../../base/clock.ts';
import type { ApiAnswer } from '../../machinery/api-request.ts';
import type { Draft, KubeObject } from '../../machinery/object.ts';
import { LabelSelector } from '../../machinery/selector/label-selector.ts';
import { badRequest, forbidden, notFound, StatusError } from '../../machinery/status.ts';
import type { DeletionOptions } from '../../machinery/validation/options.ts';
import type { Entry } from '../../store/store.ts';
import { type Call, isDryRun } from '../call.ts';
import { admitSpoken } from '../registry/attributes.ts';
import { removeNamed } from '../registry/delete.ts';
import { isDeleting } from '../registry/object-meta.ts';
import { checkCreateOptions, checkDeleteOptions } from '../registry/options.ts';
import type { RegistryParts } from '../registry/parts.ts';
import { bodyOf } from './body.ts';
import { createdStatus } from './created-status.ts';

const EVICTION = { group: 'policy', version: 'v1', kind: 'Eviction' };
const BUDGETS_PREFIX = '/registry/policy/poddisruptionbudgets/';
const BUDGETS = { group: 'policy', plural: 'poddisruptionbudgets' };
const DISRUPTED_PODS_MAX = 2000;
const UNPROCESSED_RETRY_SECONDS = 10;

/** `pods/eviction`: deletes a pod, unless a disruption budget forbids it now. */
export async function evictPod(parts: RegistryParts, call: Call): Promise<ApiAnswer> {
  const { request, resource, warnings } = call;
  checkCreateOptions(request.options);
  const eviction = bodyOf<Eviction>(call, EVICTION);
  const name = request.name ?? '';
  const given = eviction.metadata?.name ?? name;
  if (given !== name) {
    throw badRequest(`name in URL does not match name in Eviction object: ${given} != ${name}`);
  }
  const asked = { kind: EVICTION.kind, apiVersion: 'policy/v1', metadata: { name }, ...eviction };
  await admitSpoken(parts, call, 'CREATE', EVICTION, asked as Draft<KubeObject>);
  const options = deletionOptions(call, asked as Eviction);
  const pod = parts.store.latest(resource.key(request.namespace, name))?.value as Pod | undefined;
  if (pod === undefined) throw notFound(resource, name);
  const isDry = isDryRun(call) || (options.dryRun?.length ?? 0) > 0;
  if (!mayGoAnyway(pod)) await takeFromBudget(parts, call, pod, isDry);
  const deletion = { ...call, request: { ...request, subresource: undefined } };
  await removeNamed(parts, deletion, name, options);
  return { object: createdStatus(), created: true, warnings };
}

function deletionOptions({ request }: Call, eviction: Partial<Eviction>): DeletionOptions {
  const options = { ...eviction.deleteOptions } as DeletionOptions;
  checkDeleteOptions(options);
  const { dryRun } = request.options;
  return dryRun ? { ...options, dryRun } : options;
}

/** Pods that have ended, or haven't begun, are worth nothing to a budget. */
const mayGoAnyway = (pod: Pod): boolean =>
  isDeleting(pod) || ['Pending', 'Succeeded', 'Failed'].includes(pod.status.phase ?? '');

/** Uses up one disruption of the pod's budget. Throws TooManyRequests when there is none. */
async function takeFromBudget(
  { store }: RegistryParts,
  { request, now }: Call,
  pod: Pod,
  isDry: boolean,
): Promise<void> {
  const budgets = store
    .snapshot()
    .list(`${BUDGETS_PREFIX}${request.namespace}/`)
    .filter(({ value }) => selects(value as PodDisruptionBudget, pod));
  const [found, another] = budgets;
  if (found === undefined) return;
  if (another !== undefined) {
    throw new StatusError(
      '',
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  }
  const entry = store.latest(found.key) as Entry<PodDisruptionBudget> | undefined;
  if (entry === undefined) return; // It was deleted just now.
  if (isUnhealthyAndFree(entry.value, pod)) return;
  refuseDisruption(entry.value);
  if (isDry) return;
  const draft = disrupted(entry.value, pod, now) as Draft<KubeObject>;
  await store.commit([{ type: 'put', key: entry.key, draft, expect: entry.revision }]);
}

const selects = ({ spec }: PodDisruptionBudget, pod: Pod): boolean =>
  spec.selector !== undefined && LabelSelector.from(spec.selector).matches(pod.metadata.labels);

const isReady = ({ status }: Pod): boolean =>
  status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;

/** A pod that isn't ready does no good; whether it may go nevertheless, the budget says. */
function isUnhealthyAndFree({ spec, status }: PodDisruptionBudget, pod: Pod): boolean {
  if (isReady(pod)) return false;
  if (spec.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  return currentHealthy >= desiredHealthy && desiredHealthy > 0;
}

function refuseDisruption({ metadata, status }: PodDisruptionBudget): void {
  const { observedGeneration = 0, disruptionsAllowed: allowed = 0 } = status ?? {};
  if (observedGeneration < (metadata.generation ?? 0)) {
    const why = `The disruption budget ${metadata.name} is still being processed by the server.`;
    throw tooManyDisruptions(why, UNPROCESSED_RETRY_SECONDS);
  }
  if (allowed < 0) throw forbidden(BUDGETS, metadata.name, 'pdb disruptions allowed is negative');
  if (Object.keys(status?.disruptedPods ?? {}).length > DISRUPTED_PODS_MAX) {
    const why = 'DisruptedPods map too big - too many evictions not confirmed by PDB controller';
    throw forbidden(BUDGETS, metadata.name, why);
  }
  if (allowed === 0) {
    const { desiredHealthy = 0, currentHealthy = 0 } = status ?? {};
    const why = `The disruption budget ${metadata.name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
    throw tooManyDisruptions(why, undefined);
  }
}

const tooManyDisruptions = (message: string, retryAfterSeconds: number | undefined): StatusError =>
  new StatusError(
    'TooManyRequests',
    "Cannot evict pod as it would violate the pod's disruption budget.",
    {
      causes: [{ reason: 'DisruptionBudget', message }],
      ...(retryAfterSeconds && { retryAfterSeconds }),
    },
  );

function disrupted(budget: PodDisruptionBudget, pod: Pod, now: number): PodDisruptionBudget {
  const { status, metadata } = budget;
  const disruptionsAllowed = (status?.disruptionsAllowed ?? 0) - 1;
  const time = toTime(now);
  const conditions = status?.conditions ?? [];
  const exhausted = {
    type: 'DisruptionAllowed',
    status: 'False',
    observedGeneration: status?.observedGeneration,
    lastTransitionTime: time,
    reason: 'InsufficientPods',
    message: '',
  };
  const others = conditions.filter(({ type }) => type !== 'DisruptionAllowed');
  return {
    ...budget,
    metadata: { ...metadata },
    status: {
      ...status,
      disruptionsAllowed,
      disruptedPods: { ...status?.disruptedPods, [pod.metadata.name]: time },
      ...(disruptionsAllowed === 0 && { conditions: [...others, exhausted] }),
    },
  } as PodDisruptionBudget;
}

import { evaluatorOf } from '../../../api/core-v1/quota/evaluators.ts';
import type { ResourceQuota } from '../../../api/generated/core/v1/types.ts';
import type { Clock } from '../../../base/clock.ts';
import { type Draft, draftOf, type KubeObject } from '../../../machinery/object.ts';
import { forbidden } from '../../../machinery/status.ts';
import type { Store, Write } from '../../../store/store.ts';
import type { ResourceTable } from '../../registry/resource-table.ts';
import { trackedUpdate } from '../../registry/track-fields.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import { type Charge, checkQuotas } from './check.ts';
import type { QuotaKeys } from './quota-keys.ts';

const NOTHING: readonly Write<KubeObject>[] = [];
const MANAGER = 'kube-apiserver';

export interface QuotaParts {
  readonly clock: Clock;
  readonly store: Store<KubeObject>;
  readonly table: ResourceTable;
  readonly keys: QuotaKeys;
}

/**
 * Refuses what exceeds a quota of its namespace, and charges what doesn't: `status.used` grows in
 * the turn of the write, from its newest accepted state. So writes that come at once can't exceed it
 * together, and a write that fails costs nothing. What becomes free is given back by the controller.
 */
export const resourceQuota = (parts: QuotaParts): AdmissionPlugin => ({
  name: 'ResourceQuota',
  charge(attributes) {
    const { namespace, operation } = attributes;
    const keys = namespace === undefined ? undefined : parts.keys.in(namespace);
    if (keys === undefined || operation === 'DELETE' || operation === 'CONNECT') return NOTHING;
    return chargesOf(parts, attributes, keys);
  },
});

function chargesOf(
  { clock, store, table }: QuotaParts,
  { definition, operation, subresource, object, oldObject, name }: AdmissionAttributes,
  keys: ReadonlySet<string>,
): readonly Write<KubeObject>[] {
  const evaluator = evaluatorOf(definition);
  if (!definition.namespaced || !evaluator) return NOTHING;
  if (!evaluator.isCharged(operation as 'CREATE' | 'UPDATE', subresource)) return NOTHING;
  const entries = [...keys].sort().flatMap((key) => store.latest(key) ?? []);
  const quotas = entries.map(({ value }) => value as ResourceQuota);
  const verdict = checkQuotas<unknown>(quotas, evaluator, {
    object,
    previous: oldObject,
    isStatus: subresource === 'status',
    now: clock.now(),
  });
  if (verdict.refusal !== undefined) throw forbidden(definition, name, verdict.refusal);
  const resource = table.get('', 'v1', 'resourcequotas');
  return verdict.charges.map(({ quota, used }: Charge) => {
    const { key, revision } = entries[quotas.indexOf(quota)]!;
    const draft = draftOf(quota) as Draft<ResourceQuota>;
    draft.status.used = used;
    const how = { manager: MANAGER, subresource: 'status', now: clock.now() };
    trackedUpdate(resource, draft as Draft<KubeObject>, quota, how);
    return { type: 'put', key, draft: draft as KubeObject, expect: revision };
  });
}

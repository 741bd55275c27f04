import type { ResourceQuota } from '../api/generated/core/v1/types.ts';
import { referenceTo } from '../explain/reference.ts';
import type { QuotaOutcome } from './report.ts';

/** Quotas of which more or less is used afterwards, or because of which something was refused. */
export function quotaOutcomes(
  before: readonly ResourceQuota[],
  after: readonly ResourceQuota[],
  refusals: readonly string[],
): QuotaOutcome[] {
  const known = new Map(before.map((quota) => [quota.metadata.uid, quota]));
  return after.flatMap((quota) => {
    const { name, uid } = quota.metadata;
    const hits = refusals.filter((text) => text.includes(`exceeded quota: ${name},`));
    const used = quota.status.used ?? {};
    const usedBefore = known.get(uid)?.status.used ?? {};
    return Object.entries(quota.status.hard ?? quota.spec.hard ?? {}).flatMap(
      ([resource, hard]) => {
        const isHit = hits.some((text) => namesResource(text, resource));
        const [old = '0', now = '0'] = [usedBefore[resource], used[resource]];
        if (!isHit && old === now) return [];
        return [
          { about: referenceTo(quota), resource, hard, usedBefore: old, usedAfter: now, isHit },
        ];
      },
    );
  });
}

/** `exceeded quota: q, requested: pods=1, used: pods=3, limited: pods=3` */
const namesResource = (text: string, resource: string): boolean =>
  new RegExp(`limited: [^;]*\\b${resource.replaceAll('.', '\\.')}=`).test(text);

import { isScopedIn } from '../../../api/core-v1/quota/evaluators.ts';
import type { QuotaEvaluator, Usage } from '../../../api/core-v1/quota/usage.ts';
import type { ResourceQuota } from '../../../api/generated/core/v1/types.ts';
import { parseQuantity, Quantity } from '../../../machinery/quantity.ts';

/** A write, as quotas see it. */
export interface ChargedWrite<T> {
  readonly object: T;
  /** What is stored now; undefined for what is to be created. */
  readonly previous: T | undefined;
  /** What is so already is counted and not refused. */
  readonly isStatus: boolean;
  /** Wall-clock milliseconds. */
  readonly now: number;
}

/** What a quota's `status.used` is once a write is carried out. */
export interface Charge {
  readonly quota: ResourceQuota;
  readonly used: Readonly<Record<string, string>>;
}

/** The charges of a write, or why a quota forbids it. */
export type Verdict =
  | { readonly charges: readonly Charge[]; readonly refusal?: undefined }
  | { readonly refusal: string };

/** Weighs a write against all quotas of its namespace, as far as their status knows them. Pure. */
export function checkQuotas<T>(
  quotas: readonly ResourceQuota[],
  evaluator: QuotaEvaluator<T>,
  write: ChargedWrite<T>,
): Verdict {
  const concerned = quotas.filter((quota) => isConcerned(quota, evaluator, write.object));
  if (concerned.length === 0) return NO_CHARGE;
  for (const quota of concerned) {
    const refusal = unweighable(quota, evaluator, write.object);
    if (refusal !== undefined) return { refusal };
  }
  return weigh(concerned, evaluator, write);
}

const NO_CHARGE: Verdict = { charges: [] };

const limitsOf = ({ status }: ResourceQuota): readonly string[] => Object.keys(status.hard ?? {});

const isConcerned = <T>(quota: ResourceQuota, evaluator: QuotaEvaluator<T>, object: T): boolean =>
  limitsOf(quota).some((name) => evaluator.counts(name)) && isScopedIn(quota, evaluator, object);

/** Why it can't be told how much of a quota an object uses, or how much is used so far. */
function unweighable<T>(
  { metadata, status }: ResourceQuota,
  evaluator: QuotaEvaluator<T>,
  object: T,
): string | undefined {
  const names = Object.keys(status.hard ?? {}).filter((name) => evaluator.counts(name));
  const missing = evaluator.missing?.(object, names);
  if (missing !== undefined) return `failed quota: ${metadata.name}: ${missing}`;
  if (names.every((name) => status.used?.[name] !== undefined)) return undefined;
  return `status unknown for quota: ${metadata.name}, resources: ${names.sort().join(',')}`;
}

function weigh<T>(
  quotas: readonly ResourceQuota[],
  evaluator: QuotaEvaluator<T>,
  { object, previous, isStatus, now }: ChargedWrite<T>,
): Verdict {
  const usage = evaluator.usageOf(object, now);
  const negative = [...usage].filter(([, amount]) => amount.isNegative).map(([name]) => name);
  if (negative.length > 0) {
    const names = negative.sort().join(',');
    return { refusal: `quota usage is negative for resource(s): ${names}` };
  }
  const more = previous && increase(usage, evaluator.usageOf(previous, now));
  const charges: Charge[] = [];
  for (const quota of quotas) {
    const isKnown = more && previous && isConcerned(quota, evaluator, previous);
    const asked = limited(quota, isKnown ? more : usage);
    if (asked.size === 0) continue;
    const refusal = isStatus ? undefined : excess(quota, asked);
    if (refusal !== undefined) return { refusal };
    charges.push({ quota, used: usedAfter(quota, asked) });
  }
  return { charges };
}

const increase = (usage: Usage, before: Usage): Usage =>
  new Map(
    [...usage].map(([name, amount]) => {
      const difference = amount.minus(before.get(name) ?? Quantity.zero);
      return [name, difference.isNegative ? Quantity.zero : difference];
    }),
  );

/** What of a usage a quota limits, by name. */
const limited = ({ status }: ResourceQuota, usage: Usage): Usage =>
  new Map(
    [...usage]
      .filter(([name, amount]) => !amount.isZero && status.hard?.[name] !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

const amountOf = (list: Readonly<Record<string, string>> | undefined, name: string): Quantity =>
  parseQuantity(list?.[name] ?? '0');

function excess({ metadata, status }: ResourceQuota, asked: Usage): string | undefined {
  const names = [...asked.keys()].filter((name) => {
    const sum = amountOf(status.used, name).plus(asked.get(name)!);
    return sum.compare(amountOf(status.hard, name)) > 0;
  });
  if (names.length === 0) return undefined;
  const list = (amount: (name: string) => Quantity) =>
    names.map((name) => `${name}=${amount(name)}`).join(',');
  const requested = list((name) => asked.get(name)!);
  const used = list((name) => amountOf(status.used, name));
  const limit = list((name) => amountOf(status.hard, name));
  return `exceeded quota: ${metadata.name}, requested: ${requested}, used: ${used}, limited: ${limit}`;
}

function usedAfter({ status }: ResourceQuota, asked: Usage): Record<string, string> {
  const used: Record<string, string> = { ...status.used };
  for (const [name, amount] of asked) used[name] = `${amountOf(status.used, name).plus(amount)}`;
  return Object.fromEntries(Object.entries(used).sort(([a], [b]) => (a < b ? -1 : 1)));
}

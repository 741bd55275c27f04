import type { CertificateSigningRequest } from '../../api/generated/certificates/v1/types.ts';
import type { Node } from '../../api/generated/core/v1/types.ts';
import { parseTime } from '../../base/clock.ts';
import type { Wait } from '../../client/controller.ts';
import { approvesItself, isOurs, type RequestFacts, refusalOf } from './rules.ts';

/** What the controller saw of one request. Plain data: no client, no clock. */
export interface Observed {
  readonly request: CertificateSigningRequest;
  /** Undefined when what it asks for can't be read. */
  readonly facts: RequestFacts | undefined;
  /** The node that asks, if it is one. */
  readonly node: Node | undefined;
  /** What nobody but the API server stands for. */
  readonly reserved: readonly string[];
  readonly now: number;
}

export type SigningAction =
  | { readonly type: 'approve'; readonly request: CertificateSigningRequest }
  | { readonly type: 'sign'; readonly request: CertificateSigningRequest }
  | {
      readonly type: 'fail';
      readonly request: CertificateSigningRequest;
      readonly message: string;
    }
  | { readonly type: 'remove'; readonly request: CertificateSigningRequest };

const HOUR_MS = 3_600_000;
const DECIDED_MS = HOUR_MS;
const PENDING_MS = 24 * HOUR_MS;

/** Approves what nodes ask for themselves, signs what is approved, forgets what is over. Pure. */
export function reconcileRequest(observed: Observed): (SigningAction | Wait)[] {
  const { request, facts, now } = observed;
  const { spec, status, metadata } = request;
  if (metadata.deletionTimestamp !== undefined) return [];
  const has = (type: string) => status.conditions?.some((condition) => condition.type === type);
  const isOver = Boolean(status.certificate) || has('Denied') || has('Failed');
  if (!isOver && has('Approved') && isOurs(spec.signerName)) return [decided(request, facts)];
  const approves = !isOver && !has('Approved') && facts && approvesItself(spec, facts, observed);
  if (approves) return [{ type: 'approve', request }];
  const leftMs = lastWordAt(request) + (isOver ? DECIDED_MS : PENDING_MS) - now;
  return leftMs > 0 ? [{ type: 'wait', forMs: leftMs }] : [{ type: 'remove', request }];
}

function decided(
  request: CertificateSigningRequest,
  facts: RequestFacts | undefined,
): SigningAction {
  const message = facts ? refusalOf(request.spec, facts) : 'the request can not be read';
  return message === undefined ? { type: 'sign', request } : { type: 'fail', request, message };
}

/** When something was last said of a request. */
function lastWordAt({ status, metadata }: CertificateSigningRequest): number {
  const times = (status.conditions ?? []).map(({ lastUpdateTime }) => lastUpdateTime);
  return Math.max(...[metadata.creationTimestamp, ...times].map((time) => parseTime(time) ?? 0));
}

import type {
  MutatingWebhook,
  ValidatingWebhook,
  WebhookClientConfig,
} from '../../../api/generated/admissionregistration/v1/types.ts';
import type { Logger } from '../../../base/logger.ts';
import { type Random, uuid } from '../../../base/random.ts';
import { DecodeError } from '../../../machinery/decode-error.ts';
import { badRequest, StatusError } from '../../../machinery/status.ts';
import type { ServedResource } from '../../registry/served-resource.ts';
import type { AdmissionAttributes } from '../admission.ts';
import type { PolicyParts } from '../policies/subject.ts';
import { internalError, reviewRequestOf, warn } from '../review-request.ts';
import { objectsIn, viewOf } from '../view.ts';
import { answerOf, type ReviewAnswer, reviewOf } from './reviews.ts';

type Webhook = ValidatingWebhook | MutatingWebhook;

/** What asking webhooks takes. */
export interface WebhookParts extends PolicyParts {
  readonly random: Random;
  readonly logger: Logger;
  /** Posts JSON to a webhook and answers what comes back. Rejects with an Error that says why not. */
  readonly call: (
    client: WebhookClientConfig,
    body: object,
    timeoutSeconds: number,
  ) => Promise<unknown>;
}

const SAFE_TO_TRY = ['None', 'NoneOnDryRun'];
const TIMEOUT_SECONDS = 10;

/** A webhook could not be asked, or its answer not be read. */
class CallError extends Error {
  override readonly name = 'CallError';
}

/**
 * Asks a webhook about a write. Rejects with StatusError if it refuses, or can't be asked and this
 * may not be overlooked; answers undefined if it may.
 */
export async function askWebhook(
  parts: WebhookParts,
  webhook: Webhook,
  attributes: AdmissionAttributes,
  { matched, isMutating }: { readonly matched: ServedResource; readonly isMutating: boolean },
): Promise<ReviewAnswer | undefined> {
  const { name, sideEffects, failurePolicy } = webhook;
  if (attributes.dryRun && !SAFE_TO_TRY.includes(sideEffects ?? '')) {
    throw badRequest(`admission webhook "${name}" does not support dry run`);
  }
  let answer: ReviewAnswer;
  try {
    answer = await call(parts, webhook, attributes, { matched, isMutating });
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    const why = `failed calling webhook "${name}": ${error.message}`;
    if (failurePolicy !== 'Ignore') throw internalError(why);
    parts.logger.warn('a webhook could not be asked, which is overlooked', { why });
    return undefined;
  }
  for (const text of answer.warnings) warn(attributes, text);
  if (!answer.isAllowed) throw rejection(name, answer.result);
  return answer;
}

async function call(
  parts: WebhookParts,
  { clientConfig, timeoutSeconds = TIMEOUT_SECONDS, admissionReviewVersions = [] }: Webhook,
  attributes: AdmissionAttributes,
  { matched, isMutating }: { readonly matched: ServedResource; readonly isMutating: boolean },
): Promise<ReviewAnswer> {
  const uid = uuid(parts.random);
  const request = reviewRequestOf(attributes, matched);
  const objects = await objectsIn(viewOf(attributes, matched), attributes);
  const review = reviewOf({ uid, request, ...objects }, admissionReviewVersions);
  if (review === undefined) {
    const why = 'webhook does not accept known AdmissionReview versions (v1, v1beta1)';
    throw new CallError(`could not create admission objects: ${why}`);
  }
  let answer: unknown;
  try {
    answer = await parts.call(clientConfig ?? {}, review, timeoutSeconds);
  } catch (error) {
    throw new CallError(`failed to call webhook: ${(error as Error).message}`);
  }
  try {
    return answerOf(review, answer, { isMutating });
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof DecodeError) throw new CallError(`failed to call webhook: ${message}`);
    throw new CallError(`received invalid webhook response: ${message}`);
  }
}

const CODE_MIN = 400;
/** No answer can be sent with a higher one. */
const CODE_MAX = 999;

/** The refusal of a webhook, with the code and the reason that it gives. */
function rejection(webhook: string, result: ReviewAnswer['result']): StatusError {
  const { code = 0, reason = '', message, details } = result;
  const by = `admission webhook "${webhook}" denied the request`;
  const why = message || reason;
  return new StatusError(
    reason,
    why ? `${by}: ${why}` : `${by} without explanation`,
    details,
    code >= CODE_MIN && code <= CODE_MAX ? code : CODE_MIN,
  );
}

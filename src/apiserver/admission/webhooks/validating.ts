import type { ValidatingWebhook } from '../../../api/generated/admissionregistration/v1/types.ts';
import type { AdmissionAttributes } from '../admission.ts';
import type { RegisteredWebhook } from '../registrations.ts';
import { askWebhook, type WebhookParts } from './calling.ts';
import { conditionsHold, matchedWebhook } from './matching.ts';

/**
 * Asks all validating webhooks about a write, at the same time. Rejects with StatusError if one
 * refuses it; undefined if none is to be asked.
 */
export function validateByWebhooks(
  parts: WebhookParts,
  webhooks: readonly RegisteredWebhook<ValidatingWebhook>[],
  attributes: AdmissionAttributes,
): Promise<void> | undefined {
  const matching = webhooks.flatMap(({ webhook }) => {
    const matched = matchedWebhook(parts, webhook, attributes);
    return matched === undefined ? [] : [{ webhook, matched }];
  });
  return matching.length === 0 ? undefined : askAll(parts, matching, attributes);
}

type Matching = readonly {
  readonly webhook: ValidatingWebhook;
  readonly matched: NonNullable<ReturnType<typeof matchedWebhook>>;
}[];

async function askAll(
  parts: WebhookParts,
  matching: Matching,
  attributes: AdmissionAttributes,
): Promise<void> {
  const asked: Matching[number][] = [];
  for (const each of matching) {
    if (await conditionsHold(parts, each.webhook, attributes, each.matched)) asked.push(each);
  }
  const outcomes = await Promise.allSettled(
    asked.map(({ webhook, matched }) =>
      askWebhook(parts, webhook, attributes, { matched, isMutating: false }),
    ),
  );
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

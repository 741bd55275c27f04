import type {
  MutatingWebhook,
  ValidatingWebhook,
} from '../../../api/generated/admissionregistration/v1/types.ts';
import type { Authorizer } from '../../auth/authorizer.ts';
import type { ServedResource } from '../../registry/served-resource.ts';
import type { AdmissionAttributes } from '../admission.ts';
import { type MatchParts, matchedVersion } from '../matching.ts';
import { refusedWrite } from '../review-request.ts';

type Webhook = ValidatingWebhook | MutatingWebhook;

/** The version of the resource in which a webhook wants to be asked about a write, if at all. */
export const matchedWebhook = (
  parts: MatchParts,
  { rules = [], matchPolicy, objectSelector, namespaceSelector }: Webhook,
  attributes: AdmissionAttributes,
): ServedResource | undefined =>
  matchedVersion(
    parts,
    {
      rules,
      ...(matchPolicy !== undefined && { matchPolicy }),
      ...(objectSelector !== undefined && { objectSelector }),
      ...(namespaceSelector !== undefined && { namespaceSelector }),
    },
    attributes,
  );

/**
 * Whether the conditions hold under which a webhook wants to be asked. Rejects with Forbidden if
 * that can't be told, unless failures are to be overlooked.
 */
export async function conditionsHold(
  parts: MatchParts & { readonly authorizer: Authorizer },
  webhook: Webhook,
  attributes: AdmissionAttributes,
  matched: ServedResource,
): Promise<boolean> {
  if (!webhook.matchConditions?.length) return true;
  const { isConditionMet } = await import('./conditions.ts');
  const isMet = await isConditionMet(parts, webhook, attributes, matched);
  if (typeof isMet === 'boolean') return isMet;
  if (webhook.failurePolicy === 'Ignore') return false;
  throw refusedWrite(attributes, isMet.error);
}

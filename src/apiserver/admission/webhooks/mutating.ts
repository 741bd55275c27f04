import type { MutatingWebhook } from '../../../api/generated/admissionregistration/v1/types.ts';
import { DecodeError } from '../../../machinery/decode-error.ts';
import { isSemanticallyEqual } from '../../../machinery/equal.ts';
import type { Draft, KubeObject } from '../../../machinery/object.ts';
import { applyJsonPatch, JsonPatchError } from '../../../machinery/patch/json-patch.ts';
import { parseJsonPatch } from '../../../machinery/patch/json-patch-parser.ts';
import { isStatusError } from '../../../machinery/status.ts';
import type { ServedResource } from '../../registry/served-resource.ts';
import type { AdmissionAttributes } from '../admission.ts';
import type { RegisteredWebhook } from '../registrations.ts';
import { internalError } from '../review-request.ts';
import { Rounds } from '../rounds.ts';
import { type ObjectView, viewOf } from '../view.ts';
import { askWebhook, type WebhookParts } from './calling.ts';
import { conditionsHold, matchedWebhook } from './matching.ts';
import type { ReviewAnswer } from './reviews.ts';

const EVERYTHING = {};

type Registered = RegisteredWebhook<MutatingWebhook>;

/**
 * Asks all mutating webhooks about a write, one after another, each about what those before it made
 * of the object. Rejects with StatusError; undefined if none is to be asked.
 */
export function mutateByWebhooks(
  parts: WebhookParts,
  webhooks: readonly Registered[],
  attributes: AdmissionAttributes,
): Promise<void> | undefined {
  // Labels that one of them sets may be what another looks for.
  const isAnyAsked = webhooks.some(({ webhook }) =>
    matchedWebhook(parts, { ...webhook, objectSelector: EVERYTHING }, attributes),
  );
  return isAnyAsked ? askInOrder(parts, webhooks, attributes) : undefined;
}

async function askInOrder(
  parts: WebhookParts,
  webhooks: readonly Registered[],
  attributes: AdmissionAttributes,
): Promise<void> {
  attributes.rounds ??= new Rounds();
  const { webhooks: reinvocation, isSecond } = attributes.rounds;
  if (isSecond) reinvocation.compare(attributes.object);
  try {
    for (const registered of webhooks) await askOne(parts, registered, attributes);
  } finally {
    reinvocation.noteOutput(attributes.object);
  }
}

async function askOne(
  parts: WebhookParts,
  { webhook, uid }: Registered,
  attributes: AdmissionAttributes,
): Promise<void> {
  const rounds = attributes.rounds!;
  const matched = matchedWebhook(parts, webhook, attributes);
  if (matched === undefined) return;
  if (!(await conditionsHold(parts, webhook, attributes, matched))) return;
  if (rounds.isSecond && !rounds.webhooks.isAskedAgain(uid)) return;
  const answer = await askWebhook(parts, webhook, attributes, { matched, isMutating: true });
  const isChanged = answer?.patch && (await applyAnswer(webhook.name, answer, attributes, matched));
  if (isChanged) {
    rounds.webhooks.noteChange();
    rounds.isAnotherWanted = true;
  }
  if (webhook.reinvocationPolicy === 'IfNeeded') rounds.webhooks.noteAsked(uid);
}

/** Changes the object as a webhook answered; whether that made it another. */
async function applyAnswer(
  name: string,
  { patch, patchType }: ReviewAnswer,
  attributes: AdmissionAttributes,
  matched: ServedResource,
): Promise<boolean> {
  const { object: draft } = attributes;
  const operations = operationsOf(patch);
  if (operations.length === 0) return false;
  if (draft === undefined) {
    throw internalError(
      `admission webhook "${name}" attempted to modify the object, which is not supported for this operation`,
    );
  }
  if (patchType !== 'JSONPatch') {
    throw internalError(`failed calling webhook "${name}": unsupported patch type "${patchType}"`);
  }
  const view = viewOf(attributes, matched);
  const object = await view.read(draft as KubeObject);
  const next = patched(view, object, operations);
  if (isSemanticallyEqual(object, next)) return false;
  await view.write(draft, next);
  return true;
}

function operationsOf(patch: string) {
  try {
    return parseJsonPatch(JSON.parse(patch)).operations;
  } catch (error) {
    if (error instanceof SyntaxError || isStatusError(error)) throw internalError(error.message);
    throw error;
  }
}

function patched(
  view: ObjectView,
  object: KubeObject,
  operations: ReturnType<typeof operationsOf>,
): Draft<KubeObject> {
  try {
    return view.decode(applyJsonPatch(object, operations)).draft;
  } catch (error) {
    if (error instanceof JsonPatchError || error instanceof DecodeError) {
      throw internalError(error.message);
    }
    throw error;
  }
}

import type {
  MutatingWebhook,
  ValidatingWebhook,
} from '../../../api/generated/admissionregistration/v1/types.ts';
import { allHold, CONDITIONS_COST_MAX, Evaluation } from '../../../machinery/policy/evaluation.ts';
import { type Expression, ExpressionCompiler } from '../../../machinery/policy/expressions.ts';
import type { ServedResource } from '../../registry/served-resource.ts';
import type { AdmissionAttributes } from '../admission.ts';
import { type PolicyParts, subjectOf } from '../policies/subject.ts';

type Webhook = ValidatingWebhook | MutatingWebhook;

const compiled = new WeakMap<Webhook, readonly Expression[]>();

function conditionsOf(webhook: Webhook): readonly Expression[] {
  let conditions = compiled.get(webhook);
  if (conditions === undefined) {
    const compiler = new ExpressionCompiler({ isComposed: false });
    const declarations = { params: false, authorizer: true };
    conditions = (webhook.matchConditions ?? []).map(({ expression = '' }) =>
      compiler.compile(expression, declarations, 'condition'),
    );
    compiled.set(webhook, conditions);
  }
  return conditions;
}

/** Whether all conditions of a webhook hold, or why that can't be told. */
export async function isConditionMet(
  parts: PolicyParts,
  webhook: Webhook,
  attributes: AdmissionAttributes,
  matched: ServedResource,
): Promise<boolean | { readonly error: string }> {
  const subject = await subjectOf(parts, attributes, matched);
  const evaluation = new Evaluation(subject, new Map(), CONDITIONS_COST_MAX);
  return allHold(conditionsOf(webhook), evaluation);
}

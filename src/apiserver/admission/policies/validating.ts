import type {
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '../../../api/generated/admissionregistration/v1/types.ts';
import { isStatusError, StatusError } from '../../../machinery/status.ts';
import type { ServedResource } from '../../registry/served-resource.ts';
import type { AdmissionAttributes } from '../admission.ts';
import { namespaceOf } from '../matching.ts';
import type { BoundValidation } from '../registrations.ts';
import { refusedWrite, warn } from '../review-request.ts';
import { type Matched, matchedAmong, matchedBinding } from './bindings.ts';
import { type Refusal, refusalsBy } from './decisions.ts';
import { ConfigurationError, collectParams, paramResource } from './params.ts';
import { namespaceObjectOf, type PolicyParts, subjectOf } from './subject.ts';

interface Denial extends Refusal {
  readonly policy: string;
  readonly binding: string | undefined;
}

/**
 * Asks all ValidatingAdmissionPolicies about a write. Rejects with StatusError if one refuses it;
 * undefined if none is about it.
 */
export function validateByPolicies(
  parts: PolicyParts,
  validations: readonly BoundValidation[],
  attributes: AdmissionAttributes,
): Promise<void> | undefined {
  const denials: Denial[] = [];
  const matched = matchedAmong(parts, validations, attributes, (policy, error) => {
    denials.push(...misconfigured(policy, undefined, error));
  });
  if (matched.length === 0 && denials.length === 0) return undefined;
  return denialsOf(parts, matched, attributes).then((found) => {
    const [first] = [...denials, ...found];
    if (first !== undefined) throw deniedWrite(attributes, first);
  });
}

async function denialsOf(
  parts: PolicyParts,
  matched: readonly Matched<BoundValidation>[],
  attributes: AdmissionAttributes,
): Promise<Denial[]> {
  const denials: Denial[] = [];
  for (const { policy, bindings, resource } of matched) {
    try {
      paramResource(parts, policy.spec.paramKind);
    } catch (error) {
      denials.push(...misconfigured(policy, undefined, error));
      continue;
    }
    for (const binding of bindings) {
      try {
        if (!matchedBinding(parts, binding, attributes)) continue;
        denials.push(...(await deniedBy(parts, { policy, binding, resource }, attributes)));
      } catch (error) {
        denials.push(...misconfigured(policy, binding, error));
      }
    }
  }
  return denials;
}

interface Question {
  readonly policy: ValidatingAdmissionPolicy;
  readonly binding: ValidatingAdmissionPolicyBinding;
  readonly resource: ServedResource;
}

async function deniedBy(
  parts: PolicyParts,
  { policy, binding, resource }: Question,
  attributes: AdmissionAttributes,
): Promise<Denial[]> {
  const { paramRef, validationActions = [] } = binding.spec;
  const kind = paramResource(parts, policy.spec.paramKind);
  const params = await collectParams(parts, kind, paramRef, namespaceOf(attributes));
  if (params.length === 0) return [];
  const subject = await subjectOf(parts, attributes, resource);
  const namespaceObject = namespaceObjectOf(parts, attributes);
  const about = { policy: policy.metadata.name, binding: binding.metadata.name };
  const refusals = params.flatMap((each) =>
    refusalsBy(policy, { ...subject, namespaceObject, params: each }),
  );
  const mild = refusals.filter(({ isUnconditional }) => !isUnconditional);
  if (validationActions.includes('Warn')) {
    for (const { message } of mild) warn(attributes, warningOf(about, message));
  }
  const counted = validationActions.includes('Deny')
    ? refusals
    : refusals.filter(({ isUnconditional }) => isUnconditional);
  return counted.map((refusal) => ({ ...refusal, ...about }));
}

const warningOf = ({ policy, binding }: { policy: string; binding: string }, message: string) =>
  `Validation failed for ValidatingAdmissionPolicy '${policy}' with binding '${binding}': ${message}`;

/** What becomes of a policy that can't be followed. Throws what nobody has configured. */
function misconfigured(
  { metadata, spec }: ValidatingAdmissionPolicy,
  binding: ValidatingAdmissionPolicyBinding | undefined,
  error: unknown,
): Denial[] {
  if (!(error instanceof ConfigurationError) && !isStatusError(error)) throw error;
  if (spec.failurePolicy === 'Ignore') return [];
  const what = binding === undefined ? 'policy' : 'binding';
  const message = `failed to configure ${what}: ${error.message}`;
  const about = { policy: metadata.name, binding: binding?.metadata.name };
  return [{ message, reason: 'Invalid', ...about }];
}

function deniedWrite(attributes: AdmissionAttributes, denial: Denial): StatusError {
  const { policy, binding, reason } = denial;
  const by = binding === undefined ? `'${policy}'` : `'${policy}' with binding '${binding}'`;
  const why = `ValidatingAdmissionPolicy ${by} denied request: ${denial.message}`;
  const { message, details } = refusedWrite(attributes, why);
  return new StatusError(reason, message, { ...details, causes: [{ message: why }] });
}

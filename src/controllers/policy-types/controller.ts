import { validatingAdmissionPolicies } from '../../api/generated/admissionregistration/v1/resources.ts';
import type { ValidatingAdmissionPolicy } from '../../api/generated/admissionregistration/v1/types.ts';
import { type Controller, source, wrote } from '../../client/controller.ts';
import type { Informer } from '../../client/informer.ts';
import { isStatusError } from '../../machinery/status.ts';
import type { ControllerTools } from '../tools.ts';

const NAME = 'validatingadmissionpolicy-status-controller';

/** Says in the status of a policy what its expressions can't do. */
export interface TellTypes {
  readonly type: 'tellTypes';
  readonly policy: ValidatingAdmissionPolicy;
}

/** Looks at each state of a policy once. */
const reconcilePolicy = (policy: ValidatingAdmissionPolicy): TellTypes[] =>
  (policy.metadata.generation ?? 0) > (policy.status?.observedGeneration ?? 0)
    ? [{ type: 'tellTypes', policy }]
    : [];

/**
 * Checks the expressions of ValidatingAdmissionPolicies against the kinds that they are about, and
 * puts what is wrong into their status. Who made the policy is warned; it holds all the same.
 */
export function policyTypesController(
  tools: ControllerTools,
  policies: Informer<ValidatingAdmissionPolicy>,
): Controller<ValidatingAdmissionPolicy, TellTypes> {
  const client = tools.clientFor(NAME);
  return {
    name: NAME,
    sources: [source(policies, ({ metadata }) => [metadata.name])],
    observe: (key) => policies.lister.get(key),
    reconcile: reconcilePolicy,

    async execute({ policy }) {
      // What compiles expressions is loaded with the first policy.
      const { checkTypes } = await import('./check.ts');
      const { apiVersion, kind, metadata } = policy;
      const { name, uid, generation: observedGeneration } = metadata;
      const expressionWarnings = checkTypes(policy);
      const typeChecking = expressionWarnings.length > 0 ? { expressionWarnings } : {};
      const status = { observedGeneration, typeChecking };
      const body = { apiVersion, kind, metadata: { name, uid }, status };
      const options = { name: { name }, fieldManager: NAME, force: true, subresource: 'status' };
      try {
        return wrote(policies, await client.apply(validatingAdmissionPolicies, body, options));
      } catch (error) {
        if (isStatusError(error, 'NotFound')) return undefined;
        throw error;
      }
    },
  };
}

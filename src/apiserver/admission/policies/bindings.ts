import type {
  MatchResources,
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '../../../api/generated/admissionregistration/v1/types.ts';
import type { ServedResource } from '../../registry/served-resource.ts';
import type { AdmissionAttributes } from '../admission.ts';
import { type Criteria, type MatchParts, matchedVersion } from '../matching.ts';
import { ConfigurationError } from './params.ts';

const criteriaOf = ({ resourceRules, ...match }: MatchResources): Criteria => ({
  ...match,
  rules: resourceRules?.length ? resourceRules : undefined,
});

/** The version of the resource in which a policy is about a write; undefined if it isn't. */
export function matchedPolicy(
  parts: MatchParts,
  { spec: { matchConstraints } }: ValidatingAdmissionPolicy | MutatingAdmissionPolicy,
  attributes: AdmissionAttributes,
): ServedResource | undefined {
  if (matchConstraints === undefined) {
    throw new ConfigurationError('policy contained no match constraints, a required field');
  }
  return matchedVersion(parts, criteriaOf(matchConstraints), attributes);
}

/** Whether a policy holds for a write by this binding. */
export const matchedBinding = (
  parts: MatchParts,
  { spec: { matchResources } }: ValidatingAdmissionPolicyBinding | MutatingAdmissionPolicyBinding,
  attributes: AdmissionAttributes,
): boolean =>
  matchResources === undefined ||
  matchResources === null ||
  matchedVersion(parts, criteriaOf(matchResources), attributes) !== undefined;

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

type Policy = ValidatingAdmissionPolicy | MutatingAdmissionPolicy;

/** A policy, and the version of the resource in which it is about a write. */
export type Matched<B> = B & { readonly resource: ServedResource };

/** The policies that are about a write. `refuse` is told of each of which that can't be said. */
export function matchedAmong<B extends { readonly policy: Policy }>(
  parts: MatchParts,
  among: readonly B[],
  attributes: AdmissionAttributes,
  refuse: (policy: B['policy'], error: unknown) => void,
): Matched<B>[] {
  return among.flatMap((bound) => {
    try {
      const resource = matchedVersionOf(parts, bound.policy, attributes);
      return resource === undefined ? [] : [{ ...bound, resource }];
    } catch (error) {
      refuse(bound.policy, error);
      return [];
    }
  });
}

function matchedVersionOf(
  parts: MatchParts,
  { spec: { matchConstraints } }: Policy,
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

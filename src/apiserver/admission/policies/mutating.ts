import type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
} from '../../../api/generated/admissionregistration/v1/types.ts';
import { isSemanticallyEqual } from '../../../machinery/equal.ts';
import type { Draft, KubeObject } from '../../../machinery/object.ts';
import {
  allHold,
  CONDITIONS_COST_MAX,
  Evaluation,
  OutOfBudget,
  type Subject,
} from '../../../machinery/policy/evaluation.ts';
import { isStatusError, StatusError, type StatusReason } from '../../../machinery/status.ts';
import type { ServedResource } from '../../registry/served-resource.ts';
import type { AdmissionAttributes } from '../admission.ts';
import { namespaceOf } from '../matching.ts';
import type { BoundMutation } from '../registrations.ts';
import { refusedWrite } from '../review-request.ts';
import { Rounds } from '../rounds.ts';
import { viewOf } from '../view.ts';
import { type Matched, matchedAmong, matchedBinding } from './bindings.ts';
import { compiledMutation } from './compiled.ts';
import { ConfigurationError, collectParams, paramResource } from './params.ts';
import { MutationError, mergedWith, patchedBy } from './patching.ts';
import { namespaceObjectOf, type PolicyParts, subjectOf } from './subject.ts';

/** One policy, bound, with one object of parameters. */
interface Invocation {
  readonly policy: MutatingAdmissionPolicy;
  readonly binding: MutatingAdmissionPolicyBinding;
  readonly resource: ServedResource;
  readonly param: KubeObject | null;
}

interface PolicyFailure {
  readonly message: string;
  readonly reason?: StatusReason;
}

/**
 * Lets all MutatingAdmissionPolicies change an object. Rejects with StatusError if one can't and
 * doesn't say that this may be overlooked; undefined if none is about the write.
 */
export function mutateByPolicies(
  parts: PolicyParts,
  mutations: readonly BoundMutation[],
  attributes: AdmissionAttributes,
): Promise<void> | undefined {
  const failures: PolicyFailure[] = [];
  const matched = matchedAmong(parts, mutations, attributes, (policy, error) => {
    failures.push(...misconfigured(policy, undefined, error));
  });
  if (matched.length === 0 && failures.length === 0) return undefined;
  return mutate(parts, matched, failures, attributes);
}

async function mutate(
  parts: PolicyParts,
  matched: readonly Matched<BoundMutation>[],
  failures: PolicyFailure[],
  attributes: AdmissionAttributes,
): Promise<void> {
  const invocations: Invocation[] = [];
  for (const each of matched) {
    invocations.push(...(await invocationsOf(parts, each, attributes, failures)));
  }
  if (invocations.length > 0) failures.push(...(await invokeAll(parts, invocations, attributes)));
  if (failures.length > 0) throw refusal(attributes, failures);
}

async function invocationsOf(
  parts: PolicyParts,
  { policy, bindings, resource }: Matched<BoundMutation>,
  attributes: AdmissionAttributes,
  failures: PolicyFailure[],
): Promise<Invocation[]> {
  const invocations: Invocation[] = [];
  try {
    const kind = paramResource(parts, policy.spec.paramKind);
    for (const binding of bindings) {
      try {
        if (!matchedBinding(parts, binding, attributes)) continue;
        const { paramRef } = binding.spec;
        const params = await collectParams(parts, kind, paramRef, namespaceOf(attributes));
        for (const param of params) invocations.push({ policy, binding, resource, param });
      } catch (error) {
        failures.push(...misconfigured(policy, binding, error));
      }
    }
  } catch (error) {
    failures.push(...misconfigured(policy, undefined, error));
  }
  return invocations;
}

async function invokeAll(
  parts: PolicyParts,
  invocations: readonly Invocation[],
  attributes: AdmissionAttributes,
): Promise<PolicyFailure[]> {
  attributes.rounds ??= new Rounds();
  const { policies: reinvocation, isSecond } = attributes.rounds;
  if (isSecond) reinvocation.compare(attributes.object);
  const namespaceObject = namespaceObjectOf(parts, attributes);
  const failures: PolicyFailure[] = [];
  for (const invocation of invocations) {
    failures.push(...(await invoke(parts, invocation, namespaceObject, attributes)));
  }
  reinvocation.noteOutput(attributes.object);
  return failures;
}

async function invoke(
  parts: PolicyParts,
  invocation: Invocation,
  namespaceObject: KubeObject | null,
  attributes: AdmissionAttributes,
): Promise<readonly PolicyFailure[]> {
  const { policy, binding, resource, param } = invocation;
  const { isSecond, policies: reinvocation } = attributes.rounds!;
  const subject = { ...(await subjectOf(parts, attributes, resource)), params: param };
  const isMatch = conditionsHold(policy, subject);
  if (typeof isMatch === 'object') return failed(policy, binding, isMatch.error);
  if (!isMatch) return [];
  const uid = uidOf(invocation);
  if (isSecond && !reinvocation.isAskedAgain(uid)) return [];
  const failures: PolicyFailure[] = [];
  for (const [i] of (policy.spec.mutations ?? []).entries()) {
    if (attributes.object === undefined) break;
    try {
      await mutateOnce(invocation, i, { ...subject, namespaceObject }, attributes);
    } catch (error) {
      if (!(error instanceof MutationError || error instanceof OutOfBudget)) throw error;
      failures.push(...failed(policy, binding, error.message));
    }
  }
  if (policy.spec.reinvocationPolicy === 'IfNeeded') reinvocation.noteAsked(uid);
  return failures;
}

function conditionsHold(policy: MutatingAdmissionPolicy, subject: Subject) {
  const { conditions, variables } = compiledMutation(policy);
  if (conditions.length === 0) return true;
  return allHold(conditions, new Evaluation(subject, variables, CONDITIONS_COST_MAX));
}

const uidOf = ({ policy, binding, param }: Invocation): string =>
  [policy, binding, param].map((each) => JSON.stringify(each && nameOf(each))).join();

const nameOf = ({ metadata: { namespace = '', name } }: KubeObject) => `${namespace}/${name}`;

/** Changes the object by one mutation of a policy. */
async function mutateOnce(
  { policy, resource }: Invocation,
  index: number,
  given: Subject,
  attributes: AdmissionAttributes,
): Promise<void> {
  const { variables, mutations } = compiledMutation(policy);
  const expression = mutations[index]!;
  if (expression.error) throw new MutationError(expression.error.detail);
  const own = attributes.object as Draft<KubeObject>;
  const view = viewOf(attributes, resource);
  const object = await view.read(own as KubeObject);
  const { value, error } = new Evaluation({ ...given, object }, variables).evaluate(expression);
  if (error !== undefined) throw new MutationError(error);
  const isPatch = policy.spec.mutations?.[index]?.patchType === 'JSONPatch';
  const next = isPatch ? patchedBy(value, view, object) : mergedWith(value, view, object);
  const { rounds } = attributes;
  rounds!.isAnotherWanted = true;
  if (next === undefined || isSemanticallyEqual(object, next)) return;
  rounds!.policies.noteChange();
  await view.write(own, next);
}

/** What becomes of a policy that can't be followed. Throws what nobody has configured. */
function misconfigured(
  policy: MutatingAdmissionPolicy,
  binding: MutatingAdmissionPolicyBinding | undefined,
  error: unknown,
): PolicyFailure[] {
  if (!(error instanceof ConfigurationError) && !isStatusError(error)) throw error;
  const what = binding === undefined ? 'policy' : 'binding';
  return failed(policy, binding, `failed to configure ${what}: ${error.message}`).map(
    ({ message }) => ({ message }),
  );
}

function failed(
  { metadata, spec }: MutatingAdmissionPolicy,
  binding: MutatingAdmissionPolicyBinding | undefined,
  why: string,
): PolicyFailure[] {
  if (spec.failurePolicy === 'Ignore') return [];
  const by =
    binding === undefined
      ? `policy "${metadata.name}"`
      : `policy '${metadata.name}' with binding '${binding.metadata.name}'`;
  return [{ message: `${by} denied request: ${why}`, reason: 'Invalid' }];
}

/** The answer to a write that policies can't change: of several the first, and all as causes. */
function refusal(attributes: AdmissionAttributes, failures: readonly PolicyFailure[]): StatusError {
  const { details, code } = refusedWrite(attributes, '');
  const { message, reason = 'Forbidden' } = failures[0]!;
  const causes = failures.map((each) => ({ message: each.message }));
  return new StatusError(reason, message, { ...details, causes }, code);
}

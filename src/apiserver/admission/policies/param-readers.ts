import type {
  ParamKind,
  ParamRef,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '../../../api/generated/admissionregistration/v1/types.ts';
import type { User } from '../../../machinery/api-request.ts';
import { type FieldError, forbiddenField, invalidObject } from '../../../machinery/field-error.ts';
import { FieldPath } from '../../../machinery/field-path.ts';
import type { KubeObject } from '../../../machinery/object.ts';
import { printPlain } from '../../../machinery/print.ts';
import { parseApiVersion } from '../../../machinery/resource.ts';
import type { ResourceAttributes } from '../../auth/authorizer.ts';
import type { HookContext, WriteHooks } from '../../registry/hooks.ts';
import { servedKind } from './params.ts';

const GROUP = 'admissionregistration.k8s.io';
const MASTERS = 'system:masters';
const SPEC = FieldPath.root.at('spec');

type Policy = Pick<ValidatingAdmissionPolicy, 'spec'>;
type Binding = Pick<ValidatingAdmissionPolicyBinding, 'spec'>;

/** What a write is refused for, if it is. */
type Check = (
  context: HookContext,
  object: KubeObject,
  previous: KubeObject | undefined,
) => FieldError | undefined;

/**
 * Keeps users from reading by policies what they can't read themselves: whoever writes a policy has
 * to be able to read all that its parameters may be, and whoever binds one, those it gets (KEP-3488).
 * By `group/plural`. It is told after all that is wrong beside it.
 */
export function paramReaderHooks(): ReadonlyMap<string, WriteHooks> {
  return new Map(
    ['validating', 'mutating'].flatMap((kind): [string, WriteHooks][] => {
      const policies = `${kind}admissionpolicies`;
      return [
        [`${GROUP}/${policies}`, hooksOf(checkPolicy)],
        [`${GROUP}/${kind}admissionpolicybindings`, hooksOf(bindingCheck(policies))],
      ];
    }),
  );
}

function hooksOf(check: Check): WriteHooks {
  const confirm: Check = (context, object, previous) => {
    const { resource, user, request } = context.call;
    if (user.groups.includes(MASTERS) || request.subresource !== undefined) return undefined;
    const error = check(context, object, previous);
    if (error === undefined || isWrong(context, object, previous)) return undefined;
    throw invalidObject(resource, object.metadata.name, [error]);
  };
  return {
    create: (context, draft) => void confirm(context, draft as KubeObject, undefined),
    update: (context, draft, existing) => void confirm(context, draft as KubeObject, existing),
  };
}

const isWrong = (
  { call: { resource } }: HookContext,
  object: KubeObject,
  previous: KubeObject | undefined,
): boolean => {
  const context = { path: FieldPath.root, ...(previous && { previous }) };
  return (resource.definition.validate?.(object, context) ?? []).length > 0;
};

const checkPolicy: Check = ({ parts, call }, object, previous) => {
  const { paramKind } = (object as unknown as Policy).spec;
  const before = (previous as Policy | undefined)?.spec.paramKind;
  if (!paramKind || isSameKind(paramKind, before)) return undefined;
  const asked = { verb: 'get', ...resourceOf(parts, paramKind), namespace: '*', name: '*' };
  if (parts.authorizer.allows(call.user, asked)) return undefined;
  const { kind = '', apiVersion = '' } = paramKind;
  const what = `all objects of the referenced paramKind (kind=${kind}, apiVersion=${apiVersion})`;
  const detail = `user ${userAsGo(call.user)} must have "get" permission on ${what}`;
  return forbiddenField(SPEC.at('paramKind'), detail);
};

/** Also of a binding that gets what it got before: its policy may be about another kind by now. */
const bindingCheck =
  (policies: string): Check =>
  ({ parts, call }, object) => {
    const { paramRef, policyName = '' } = (object as unknown as Binding).spec;
    if (!paramRef) return undefined;
    const policy = parts.store.latest(`/registry/${GROUP}/${policies}/${policyName}`)?.value;
    const { paramKind } = (policy as Policy | undefined)?.spec ?? {};
    const asked = { ...verbOf(paramRef), ...resourceOf(parts, paramKind) };
    if (parts.authorizer.allows(call.user, asked)) return undefined;
    // Kubernetes says the two in each other's place.
    const detail = `user ${asked.verb} does not have "${userAsGo(call.user)}" permission on the object referenced by paramRef`;
    return forbiddenField(SPEC.at('paramRef'), detail);
  };

const verbOf = ({ name, namespace }: ParamRef) => ({
  verb: name ? 'get' : 'list',
  ...(name && { name }),
  ...(namespace && { namespace }),
});

const isSameKind = (a: ParamKind, b: ParamKind | undefined): boolean =>
  a.apiVersion === b?.apiVersion && a.kind === b?.kind;

/** The resource of a kind; all resources, if nobody knows which. */
function resourceOf(
  { table }: HookContext['parts'],
  paramKind: ParamKind | undefined,
): Pick<ResourceAttributes, 'group' | 'plural'> {
  if (!paramKind) return { group: '*', plural: '*' };
  const { group } = parseApiVersion(paramKind.apiVersion ?? '');
  return { group, plural: servedKind(table, paramKind)?.plural ?? '*' };
}

/** A user as Go prints the structure. */
const userAsGo = ({ name, uid = '', groups, extra = {} }: User): string =>
  `&{${name} ${uid} ${printPlain(groups)} ${printPlain(extra)}}`;

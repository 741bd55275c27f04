import type { AccessQuestion } from '../../../machinery/cel/functions/authorization.ts';
import type { KubeObject } from '../../../machinery/object.ts';
import type { RequestAccess, Subject } from '../../../machinery/policy/evaluation.ts';
import { notFound } from '../../../machinery/status.ts';
import type { Authorizer } from '../../auth/authorizer.ts';
import type { ServedResource } from '../../registry/served-resource.ts';
import type { AdmissionAttributes } from '../admission.ts';
import { type MatchParts, namespaceOf } from '../matching.ts';
import { reviewRequestOf } from '../review-request.ts';
import { objectsIn, viewOf } from '../view.ts';

/** What policies are evaluated with. */
export interface PolicyParts extends MatchParts {
  readonly authorizer: Authorizer;
}

/** What all expressions about a write see of it, in the version in which it matched. */
export async function subjectOf(
  { authorizer }: PolicyParts,
  attributes: AdmissionAttributes,
  matched: ServedResource,
): Promise<Subject> {
  return {
    ...(await objectsIn(viewOf(attributes, matched), attributes)),
    request: reviewRequestOf(attributes, matched),
    access: accessOf(authorizer, attributes),
  };
}

/** The namespace of a request, `null` where it has none. Throws NotFound if it isn't there. */
export function namespaceObjectOf(
  { store }: PolicyParts,
  attributes: AdmissionAttributes,
): KubeObject | null {
  const name = namespaceOf(attributes);
  const { kind, group } = attributes.resource;
  if (!name || (kind === 'Namespace' && group === '')) return null;
  const found = store.latest(`/registry/namespaces/${name}`)?.value;
  if (found === undefined) throw notFound({ group: '', plural: 'namespace' }, name);
  return found;
}

const ACCOUNTS = 'system:serviceaccounts';

function accessOf(authorizer: Authorizer, attributes: AdmissionAttributes): RequestAccess {
  const { resource, subresource = '', name, user } = attributes;
  const { group, plural } = resource;
  const namespace = namespaceOf(attributes);
  return {
    ask(question) {
      const asked = question.account ? accountUser(question.account) : user;
      const { verb, path } = question;
      if (path !== undefined) return authorizer.allowsPath(asked, verb, path);
      return authorizer.allows(asked, attributesOf(question));
    },
    resource: { group, plural, subresource, namespace, name },
  };
}

const accountUser = ({ namespace, name }: NonNullable<AccessQuestion['account']>) => ({
  name: `system:serviceaccount:${namespace}:${name}`,
  groups: [ACCOUNTS, `${ACCOUNTS}:${namespace}`],
});

const attributesOf = ({ verb, group, plural, subresource, namespace, name }: AccessQuestion) => ({
  verb,
  group,
  plural,
  subresource: subresource || undefined,
  namespace: namespace || undefined,
  name: name || undefined,
});

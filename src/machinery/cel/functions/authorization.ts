import { checkNameIsLabel, checkNameIsSubdomain } from '../../validation/names.ts';
import { type Overload, overload } from '../overload.ts';
import { CelError, Opaque, type Value } from '../values.ts';

/** Something that somebody may do or not: to a resource, or to a path. */
export interface AccessQuestion {
  /** The service account that is meant instead of who makes the request. */
  readonly account?: { readonly namespace: string; readonly name: string };
  readonly verb: string;
  readonly path?: string;
  readonly group: string;
  readonly plural: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

/** Answers whether it is allowed. */
export type AskAccess = (question: AccessQuestion) => boolean;

type Asked = Omit<AccessQuestion, 'verb'>;

const NOTHING: Asked = { group: '', plural: '', subresource: '', namespace: '', name: '' };

/** A question that expressions put together step by step; each step has a type of its own. */
abstract class Asking extends Opaque {
  readonly ask: AskAccess;
  readonly asked: Asked;

  constructor(ask: AskAccess, asked: Asked = NOTHING) {
    super();
    this.ask = ask;
    this.asked = asked;
  }

  equals(other: Opaque): boolean {
    return other === this;
  }
}

/** `authorizer`: who is asked about. */
export class Authorizing extends Asking {
  readonly typeName = 'kubernetes.authorization.Authorizer';
}

class PathCheck extends Asking {
  readonly typeName = 'kubernetes.authorization.PathCheck';
}

class GroupCheck extends Asking {
  readonly typeName = 'kubernetes.authorization.GroupCheck';
}

/** `authorizer.group('').resource('pods')`, and `authorizer.requestResource`. */
export class ResourceCheck extends Asking {
  readonly typeName = 'kubernetes.authorization.ResourceCheck';
}

class Decision extends Opaque {
  readonly typeName = 'kubernetes.authorization.Decision';
  readonly isAllowed: boolean;

  constructor(isAllowed: boolean) {
    super();
    this.isAllowed = isAllowed;
  }

  equals(other: Opaque): boolean {
    return other === this;
  }
}

const pathOf = ({ ask, asked }: Authorizing, path: string): Value =>
  path.trim() === ''
    ? new CelError('path must not be empty')
    : new PathCheck(ask, { ...asked, path });

const groupOf = ({ ask, asked }: Authorizing, group: string): Value =>
  new GroupCheck(ask, { ...asked, group });

const resourceOf = ({ ask, asked }: GroupCheck, plural: string): Value =>
  plural.trim() === ''
    ? new CelError('resource must not be empty')
    : new ResourceCheck(ask, { ...asked, plural });

function accountOf({ ask, asked }: Authorizing, namespace: string, name: string): Value {
  if (checkNameIsSubdomain(name).length > 0) return new CelError('Invalid service account name');
  if (checkNameIsLabel(namespace).length > 0) {
    return new CelError('Invalid service account namespace');
  }
  return new Authorizing(ask, { ...asked, account: { namespace, name } });
}

const narrowed =
  (field: 'subresource' | 'namespace' | 'name') =>
  ({ ask, asked }: ResourceCheck, value: string): Value =>
    new ResourceCheck(ask, { ...asked, [field]: value });

const decide = ({ ask, asked }: PathCheck | ResourceCheck, verb: string): Value =>
  new Decision(ask({ ...asked, verb }));

// Our authorizer can't tell requests for some objects of a list from those for all.
const unheeded = (check: ResourceCheck): Value => check;

const onResource = 'ResourceCheck.(string) ResourceCheck';

/** Questions to the authorizer: `authorizer.group('apps').resource('deployments').check('create')`. */
export const authorizationFunctions: readonly Overload[] = [
  overload('path', 'authorizer_path', 'Authorizer.(string) PathCheck', pathOf),
  overload('group', 'authorizer_group', 'Authorizer.(string) GroupCheck', groupOf),
  overload(
    'serviceAccount',
    'authorizer_serviceaccount',
    'Authorizer.(string, string) Authorizer',
    accountOf,
  ),
  overload('resource', 'groupcheck_resource', 'GroupCheck.(string) ResourceCheck', resourceOf),
  overload('subresource', 'resourcecheck_subresource', onResource, narrowed('subresource')),
  overload('namespace', 'resourcecheck_namespace', onResource, narrowed('namespace')),
  overload('name', 'resourcecheck_name', onResource, narrowed('name')),
  overload('fieldSelector', 'authorizer_fieldselector', onResource, unheeded),
  overload('labelSelector', 'authorizer_labelselector', onResource, unheeded),
  overload('check', 'pathcheck_check', 'PathCheck.(string) Decision', decide),
  overload('check', 'resourcecheck_check', 'ResourceCheck.(string) Decision', decide),
  overload('errored', 'decision_errored', 'Decision.() bool', () => false),
  overload('error', 'decision_error', 'Decision.() string', () => ''),
  overload('allowed', 'decision_allowed', 'Decision.() bool', (each: Decision) => each.isAllowed),
  overload('reason', 'decision_reason', 'Decision.() string', () => ''),
];

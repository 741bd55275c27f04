import type {
  ClusterRoleBinding,
  RoleBinding,
  Subject,
} from '../../../api/generated/rbac/v1/types.ts';
import type { User } from '../../../machinery/api-request.ts';
import type { RoleSlot } from './role-slot.ts';

/** A binding, with the role that it gives. */
export interface Grant {
  readonly binding: RoleBinding | ClusterRoleBinding;
  readonly role: RoleSlot;
}

/** The bindings of the cluster or of one namespace, by whom they are for. */
export class SubjectIndex {
  readonly #grants = new Map<string, Grant>();
  readonly #byUser = new Map<string, Set<Grant>>();
  readonly #byGroup = new Map<string, Set<Grant>>();

  get isEmpty(): boolean {
    return this.#grants.size === 0;
  }

  /** Adds a binding, or takes it in place of the one of its name. */
  set(grant: Grant): void {
    const { name } = grant.binding.metadata;
    this.delete(name);
    this.#grants.set(name, grant);
    for (const subject of grant.binding.subjects ?? []) {
      const { map, key } = this.#placeOf(subject, grant);
      const grants = map.get(key);
      if (grants === undefined) map.set(key, new Set([grant]));
      else grants.add(grant);
    }
  }

  delete(name: string): void {
    const grant = this.#grants.get(name);
    if (grant === undefined) return;
    this.#grants.delete(name);
    for (const subject of grant.binding.subjects ?? []) {
      const { map, key } = this.#placeOf(subject, grant);
      const grants = map.get(key);
      grants?.delete(grant);
      if (grants?.size === 0) map.delete(key);
    }
  }

  /** Whether one of the user's grants is such. */
  some({ name, groups }: User, isSuch: (grant: Grant) => boolean): boolean {
    if (isAny(this.#byUser.get(name), isSuch)) return true;
    for (const group of groups) if (isAny(this.#byGroup.get(group), isSuch)) return true;
    return false;
  }

  /** The user's grants by name, each with the first subject that is the user. */
  grantsOf(user: User): { readonly grant: Grant; readonly subject: Subject }[] {
    const ofGroups = user.groups.flatMap((group) => [...(this.#byGroup.get(group) ?? [])]);
    const grants = new Set([...(this.#byUser.get(user.name) ?? []), ...ofGroups]);
    return [...grants].sort(byName).flatMap((grant) => {
      const { metadata, subjects } = grant.binding;
      const subject = subjects?.find((each) => isUser(each, metadata.namespace, user));
      return subject === undefined ? [] : [{ grant, subject }];
    });
  }

  #placeOf(subject: Subject, { binding }: Grant) {
    if (subject.kind === 'Group') return { map: this.#byGroup, key: subject.name };
    return { map: this.#byUser, key: userNameOf(subject, binding.metadata.namespace) };
  }
}

const byName = ({ binding: a }: Grant, { binding: b }: Grant): number =>
  a.metadata.name < b.metadata.name ? -1 : 1;

const isAny = (grants: Set<Grant> | undefined, isSuch: (grant: Grant) => boolean): boolean => {
  if (grants === undefined) return false;
  for (const grant of grants) if (isSuch(grant)) return true;
  return false;
};

const isUser = (
  subject: Subject,
  namespace: string | undefined,
  { name, groups }: User,
): boolean =>
  subject.kind === 'Group'
    ? groups.includes(subject.name)
    : userNameOf(subject, namespace) === name;

/** An account is known by its namespace, which is that of the binding unless it is said. */
function userNameOf({ kind, name, namespace }: Subject, ofBinding: string | undefined): string {
  if (kind !== 'ServiceAccount') return name;
  const place = namespace || ofBinding;
  return place ? `system:serviceaccount:${place}:${name}` : '';
}

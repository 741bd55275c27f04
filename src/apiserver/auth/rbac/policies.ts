import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  RoleRef,
  Subject,
} from '../../../api/generated/rbac/v1/types.ts';
import type { Cancel } from '../../../base/clock.ts';
import type { User } from '../../../machinery/api-request.ts';
import type { KubeObject } from '../../../machinery/object.ts';
import type { Store } from '../../../store/store.ts';
import type { ResourceAttributes } from '../authorizer.ts';
import { RoleSlot } from './role-slot.ts';
import { type Grant, SubjectIndex } from './subject-index.ts';

const PREFIX = '/registry/rbac.authorization.k8s.io/';

/** Whether a store has roles: that of a new cluster has none. */
export const hasPolicy = (store: Pick<Store<KubeObject>, 'snapshot'>): boolean =>
  store.snapshot().count(PREFIX) > 0;

/** A grant of a user, with the subject of the binding that is the user. */
export interface UserGrant {
  readonly grant: Grant;
  readonly subject: Subject;
}

/** What a user may do, as far as it can be told. */
export interface UserRules {
  readonly rules: readonly PolicyRule[];
  /** Roles that the user was given and that aren't there. */
  readonly missing: readonly RoleSlot[];
}

/**
 * Who has which roles, and what these say: kept up to date by a watch of the store from the moment
 * somebody asks, and compiled. Who may everything never asks, so a start costs nothing.
 */
export class Policies {
  readonly #store: Pick<Store<KubeObject>, 'snapshot' | 'watch'>;
  #cluster = new SubjectIndex();
  #namespaces = new Map<string, SubjectIndex>();
  #roles = new Map<string, RoleSlot>();
  #stop: Cancel | undefined;
  #isClosed = false;

  constructor(store: Pick<Store<KubeObject>, 'snapshot' | 'watch'>) {
    this.#store = store;
  }

  allows(user: User, attributes: ResourceAttributes): boolean {
    this.#follow();
    const isSuch = ({ role }: Grant) => role.compiled?.allows(attributes) === true;
    if (this.#cluster.some(user, isSuch)) return true;
    const { namespace } = attributes;
    return !!namespace && this.#namespaces.get(namespace)?.some(user, isSuch) === true;
  }

  allowsPath(user: User, verb: string, path: string): boolean {
    this.#follow();
    return this.#cluster.some(user, ({ role }) => role.compiled?.allowsPath(verb, path) === true);
  }

  /** All grants of a user, first those of the cluster, by the names of their bindings. */
  grantsOf(user: User, namespace: string | undefined): UserGrant[] {
    this.#follow();
    const inNamespace = namespace ? this.#namespaces.get(namespace) : undefined;
    return [...this.#cluster.grantsOf(user), ...(inNamespace?.grantsOf(user) ?? [])];
  }

  /** All rules that hold for a user in a namespace, or everywhere when it is empty. */
  rulesOf(user: User, namespace: string | undefined): UserRules {
    const roles = this.grantsOf(user, namespace).map(({ grant }) => grant.role);
    return {
      rules: roles.flatMap(({ rules }) => rules ?? []),
      missing: roles.filter(({ rules }) => rules === undefined),
    };
  }

  /** The rules of a role as a binding in a namespace names it; undefined where it isn't there. */
  rulesOfRole({ kind, name }: RoleRef, namespace: string | undefined) {
    this.#follow();
    return this.#roles.get(roleKey(kind, namespace, name))?.rules;
  }

  close(): void {
    this.#isClosed = true;
    this.#stop?.();
  }

  #follow(): void {
    if (this.#stop !== undefined || this.#isClosed) return;
    this.#cluster = new SubjectIndex();
    this.#namespaces = new Map();
    this.#roles = new Map();
    const snapshot = this.#store.snapshot();
    for (const { value } of snapshot.list(PREFIX)) this.#put(value);
    this.#stop = this.#store.watch(PREFIX, snapshot.revision, {
      next: (events) => {
        for (const { type, entry } of events) {
          if (type === 'put') this.#put(entry.value);
          else this.#delete(entry.value);
        }
      },
      // Whoever asks next begins anew.
      end: () => {
        this.#stop = undefined;
      },
    });
  }

  #put(object: KubeObject): void {
    const { kind, metadata } = object;
    if (kind === 'Role' || kind === 'ClusterRole') {
      const { rules } = object as Role | ClusterRole;
      this.#slotOf(kind, metadata.namespace, metadata.name).rules = rules ?? [];
      return;
    }
    const binding = object as RoleBinding | ClusterRoleBinding;
    const { roleRef } = binding;
    const role = this.#slotOf(roleRef.kind as Role['kind'], metadata.namespace, roleRef.name);
    this.#bindingsIn(metadata.namespace).set({ binding, role });
  }

  #delete({ kind, metadata: { namespace, name } }: KubeObject): void {
    if (kind === 'Role' || kind === 'ClusterRole') {
      this.#slotOf(kind, namespace, name).rules = undefined;
      return;
    }
    const bindings = this.#bindingsIn(namespace);
    bindings.delete(name);
    if (namespace && bindings.isEmpty) this.#namespaces.delete(namespace);
  }

  #bindingsIn(namespace: string | undefined): SubjectIndex {
    if (!namespace) return this.#cluster;
    let index = this.#namespaces.get(namespace);
    if (index === undefined) {
      index = new SubjectIndex();
      this.#namespaces.set(namespace, index);
    }
    return index;
  }

  #slotOf(kind: 'Role' | 'ClusterRole', namespace: string | undefined, name: string): RoleSlot {
    const key = roleKey(kind, namespace, name);
    let slot = this.#roles.get(key);
    if (slot === undefined) {
      slot = new RoleSlot(kind, name);
      this.#roles.set(key, slot);
    }
    return slot;
  }
}

const roleKey = (kind: string, namespace: string | undefined, name: string): string =>
  kind === 'Role' ? `${namespace ?? ''}/${name}` : name;

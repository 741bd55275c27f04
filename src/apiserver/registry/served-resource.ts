import type { ResourceDefinition, ResourceVerb } from '../../api/definition.ts';
import type { ApiAnswer } from '../../machinery/api-request.ts';
import { type Draft, deepFreeze, type KubeObject } from '../../machinery/object.ts';
import { apiVersionOf } from '../../machinery/resource.ts';
import { storedForm } from '../../machinery/stored-form.ts';
import type { Call } from '../call.ts';
import { typePrefixLength } from '../encoding/json.ts';
import type { WriteHooks } from './hooks.ts';
import type { RegistryParts } from './parts.ts';
import type { Subresource } from './subresource.ts';

const ALL_VERBS: readonly ResourceVerb[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];

/** Answers for a kind of which nothing is stored. */
export type VirtualAnswers = Partial<
  Record<ResourceVerb, (parts: RegistryParts, call: Call) => ApiAnswer | Promise<ApiAnswer>>
>;

/** A kind in one version, as the server serves it: its definition with all that follows from it. */
export class ServedResource<T extends KubeObject = KubeObject> {
  readonly definition: ResourceDefinition<T>;
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly apiVersion: string;
  readonly listKind: string;
  readonly verbs: readonly ResourceVerb[];
  readonly subresources: ReadonlyMap<string, Subresource>;
  /** Where objects of all versions of the kind rest: `/registry/pods/`, `/registry/apps/deployments/`. */
  readonly keyPrefix: string;
  /** The length of an object's JSON before its metadata; see `typePrefixLength`. */
  readonly typePrefixLength: number;
  /** What else is written together with the kind's objects. */
  readonly hooks?: WriteHooks | undefined;
  /** Who answers for a kind of which nothing is stored. */
  readonly answers?: VirtualAnswers | undefined;
  /** Objects are told by a schema that users have written. */
  readonly isCustom: boolean;
  readonly #converted = new WeakMap<KubeObject, KubeObject>();
  readonly #shown = new WeakMap<KubeObject, KubeObject>();

  constructor(
    definition: ResourceDefinition<T>,
    subresources: ReadonlyMap<string, Subresource>,
    { hooks, answers }: Pick<ServedResource, 'hooks' | 'answers'> = {},
  ) {
    const { group, version, plural, kind, namespaced, verbs = ALL_VERBS, storedAs } = definition;
    this.definition = definition;
    this.group = group;
    this.version = version;
    this.plural = plural;
    this.kind = kind;
    this.namespaced = namespaced;
    this.apiVersion = apiVersionOf(definition);
    this.listKind = definition.listKind ?? `${kind}List`;
    this.verbs = verbs;
    this.subresources = subresources;
    this.isCustom = definition.custom !== undefined;
    this.hooks = hooks;
    this.answers = answers;
    this.keyPrefix = keyPrefixOf(storedAs?.group ?? group, plural);
    this.typePrefixLength = typePrefixLength(kind, this.apiVersion);
  }

  /** The store's key of an object, or the prefix of those in a namespace when `name` is empty. */
  key(namespace: string | undefined, name: string): string {
    return this.namespaced && namespace
      ? `${this.keyPrefix}${namespace}/${name}`
      : this.keyPrefix + name;
  }

  /** The stored object in this version. The same object for the same input. */
  fromStored(stored: KubeObject): KubeObject {
    const { storedAs } = this.definition;
    if (storedAs === undefined) return stored;
    let object = this.#converted.get(stored);
    if (object === undefined) {
      object = storedAs.fromStored(stored);
      this.#converted.set(stored, object);
    }
    return object;
  }

  /** What readers see of an object of this version. The same object for the same input. */
  shown(object: KubeObject): KubeObject {
    const { shown } = this.definition as ResourceDefinition;
    if (shown === undefined) return object;
    let answer = this.#shown.get(object);
    if (answer === undefined) {
      answer = deepFreeze(shown(object));
      this.#shown.set(object, answer);
    }
    return answer;
  }

  /** Somebody has to be asked to convert objects, so that reading them takes time. */
  get isAsked(): boolean {
    return this.definition.storedAs?.prepare !== undefined;
  }

  /** Makes sure that `fromStored` has what it needs; undefined when it has it already. */
  ready(stored: readonly KubeObject[]): Promise<void> | undefined {
    const { storedAs } = this.definition;
    if (storedAs?.prepare === undefined) return undefined;
    const unknown = stored.filter((object) => !this.#converted.has(object));
    return unknown.length === 0 ? undefined : storedAs.prepare(unknown);
  }

  /** An object of this version in the version that rests in the store. */
  toStored(object: KubeObject): KubeObject | Promise<KubeObject> {
    return this.definition.storedAs?.toStored(object) ?? object;
  }

  /** A draft as it will read when it was stored, in this version; see `storedForm`. */
  settle(draft: Draft<KubeObject>): Draft<KubeObject> {
    return this.isCustom ? draft : storedForm(this.definition.shape, draft);
  }
}

const keyPrefixOf = (group: string, plural: string): string =>
  group ? `/registry/${group}/${plural}/` : `/registry/${plural}/`;

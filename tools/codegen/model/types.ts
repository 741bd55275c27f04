/** The API as codegen knows it, before it is written out in any form. */
export interface ApiModel {
  /** By folder: `apps/v1`, `meta/v1`. */
  readonly packages: ReadonlyMap<string, ApiPackage>;
}

/** One group-version. */
export interface ApiPackage {
  readonly folder: string;
  readonly group: string;
  readonly version: string;
  /** What OpenAPI names begin with: `io.k8s.api.apps.v1`. */
  readonly prefix: string;
  readonly messages: Map<string, ApiMessage>;
  /** Allowed values by the name of the string type. */
  readonly enums: Map<string, readonly string[]>;
  /** Kinds that can stand in `kind`, lists and options too, sorted. */
  readonly kinds: Map<string, ApiKind>;
}

export interface ApiKind {
  readonly name: string;
  /** Where it is served, if it is a resource of its own. */
  readonly resource?: { readonly plural: string; readonly namespaced: boolean };
  readonly lifecycle: Lifecycle;
}

/** Releases as `1.22`; `replacement` as `policy/v1 PodDisruptionBudget`. */
export interface Lifecycle {
  readonly introduced?: string;
  readonly deprecated?: string;
  readonly removed?: string;
  readonly replacement?: string;
}

export interface ApiMessage {
  readonly name: string;
  readonly members: readonly (ApiField | ApiEmbedded)[];
  readonly atomic: boolean;
  /** JSON has the value of one of the fields in place of an object. */
  readonly union: boolean;
}

/** A struct whose fields stand in JSON among those of the outer one. */
export interface ApiEmbedded {
  /** The nested message's number in protobuf, or 0 when protobuf leaves it out. */
  readonly embedded: number;
  readonly type: ApiType;
}

export interface ApiField {
  readonly name: string;
  readonly number: number;
  readonly container: 'none' | 'list' | 'map';
  readonly type: ApiType;
  /** The Go name of a named string or the like: `PullPolicy`, `core/v1.Protocol`, `types.UID`. */
  readonly named?: string;
  /** The Go name of a named list or map: `ResourceList`. */
  readonly namedContainer?: string;
  /** The Go name of a map's named key type. */
  readonly namedKey?: string;
  readonly pointer: boolean;
  /** The JSON tag says omitempty or omitzero. */
  readonly omitTag: boolean;
  /** JSON does leave it out when it is empty, which omitempty doesn't do for structs. */
  readonly omitEmpty: boolean;
  readonly required: boolean;
  readonly listType?: 'atomic' | 'set' | 'map';
  readonly listMapKeys: readonly string[];
  readonly atomic: boolean;
  readonly granular?: boolean;
  readonly patchStrategies: readonly string[];
  readonly patchMergeKey?: string;
  /** As JSON text. */
  readonly default?: string;
}

/** A scalar by its name, or a message by folder and name. */
export type ApiType =
  | { readonly scalar: string }
  | { readonly folder: string; readonly message: string };

export const isEmbedded = (member: ApiField | ApiEmbedded): member is ApiEmbedded =>
  'embedded' in member;

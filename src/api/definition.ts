import type { Random } from '../base/random.ts';
import type { User } from '../machinery/api-request.ts';
import type { FieldError } from '../machinery/field-error.ts';
import type { FieldPath } from '../machinery/field-path.ts';
import type { Draft, KubeObject } from '../machinery/object.ts';
import type { Resource } from '../machinery/resource.ts';
import type { MessageShape } from '../machinery/shape.ts';
import type { CustomForm } from './custom-form.ts';

/**
 * All that the API server knows of a kind. `shape` is generated from the published sources; the
 * rest is what no machine-readable source says, written by hand, once, in the kind's own file.
 * Every member but the first few is optional, and its absence means the common behaviour.
 *
 * Functions are pure. A draft is theirs to change; objects are frozen.
 */
export interface ResourceDefinition<T extends KubeObject = KubeObject> extends Resource<T> {
  readonly shape: MessageShape;
  /** Set where objects are told by a schema. The shape then knows only what every object has. */
  readonly custom?: CustomForm;
  /** What one is called; the kind in lower case unless said. */
  readonly singular?: string;
  /** The kind of lists; the kind and `List` unless said. */
  readonly listKind?: string;
  /** `kubectl get deploy`; unique among all kinds of the core distribution. */
  readonly shortNames?: readonly string[];
  /** `kubectl get all`. */
  readonly categories?: readonly string[];
  /** Verbs served, where not all of them are. */
  readonly verbs?: readonly ResourceVerb[];
  /** Nothing is stored: the server answers requests itself, such as reviews. */
  readonly virtual?: boolean;

  /** Fills in what was left out. Runs on everything decoded, so it must change nothing twice. */
  readonly defaults?: (draft: Draft<T>) => void;

  /** Before an object is first stored: drops what clients may not set (the status is dropped by rule). */
  readonly prepareCreate?: (draft: Draft<T>, context: WriteContext) => void;
  /** Before an object is replaced: carries over what clients may not change. */
  readonly prepareUpdate?: (draft: Draft<T>, previous: T, context: WriteContext) => void;

  /**
   * Loads what validating an object takes and most servers never need. Called before an object is
   * validated; undefined when nothing has to be waited for.
   */
  readonly load?: (object: T) => Promise<void> | undefined;
  /**
   * Everything wrong with an object, on create and on update. Metadata is checked by rule, before.
   * On an update `context.previous` is what is stored, as what was accepted once may stay.
   */
  readonly validate?: (object: T, context: ValidationContext<T>) => FieldError[];
  /** What is wrong only in a new object; comes after `validate`. */
  readonly validateCreate?: (object: T, context: ValidationContext<T>) => FieldError[];
  /** What may not change, or only so, between two stored forms of an object. */
  readonly validateUpdate?: (object: T, previous: T, context: ValidationContext<T>) => FieldError[];
  /** Messages of an update begin with `validateUpdate`'s findings; `validate`'s unless said. */
  readonly updateRulesFirst?: boolean;
  /** `validate` stands for a rule of Kubernetes' that looks at the metadata of an update once more. */
  readonly checksMetadataAgain?: boolean;
  /**
   * Which of Kubernetes' own rules of the kind look at metadata at all, besides those for all kinds:
   * by `as-a-whole` it doesn't look at what changed, by `never` at nothing, so that names are path
   * segments and the rules for all have their say after the kind's.
   */
  readonly checksMetadata?: 'as-a-whole' | 'never';
  /** Finalizers need neither be Kubernetes' own nor have a domain: of kinds with rules of their own. */
  readonly plainFinalizers?: boolean;
  /** How names are formed: `dns-subdomain` unless said. */
  readonly nameRule?: NameRule;
  /** Texts for `Warning` headers, about what is accepted and shouldn't be done. */
  readonly warnings?: (object: T, previous: T | undefined) => string[];
  /** A text for the `Warning` header of every answer: the kind itself is deprecated. */
  readonly deprecation?: string;

  /** The `status` subresource: the main resource then never changes `status`, nor this the rest. */
  readonly status?: StatusSubresource<T>;
  /** The `scale` subresource. */
  readonly scale?: ScaleSubresource<T>;
  /** Further subresources that are forms of the object itself, by name: `finalize`, `resize`. */
  readonly updates?: Readonly<Record<string, UpdateSubresource<T>>>;
  /** Subresources of other kinds, by name: `binding`, `exec`. Who serves them is the server's. */
  readonly connects?: Readonly<Record<string, ConnectSubresource>>;

  /**
   * Paths that no write to the object itself changes, so that nobody comes to own them by one:
   * `status` unless said, where it is a subresource.
   */
  readonly keeps?: readonly string[];
  /**
   * Annotations in which this version carries what Kubernetes' internal form has fields for. Where
   * only metadata is shown (tables, PartialObjectMetadata), it is that of the internal form.
   */
  readonly carriedAnnotations?: readonly string[];

  /**
   * Whether `metadata.generation` is kept: 1 at first, one more whenever anything but metadata and
   * status changes, or when `prepareUpdate` has raised it. Without it, `metadata.generation` is
   * what clients make of it.
   */
  readonly generation?: boolean;
  /** PUT to a name that isn't there creates the object. */
  readonly createOnUpdate?: boolean;
  /** PUT must carry a resourceVersion. */
  readonly conditionalUpdateOnly?: boolean;
  /** DELETE answers the object that was deleted, not a Status. */
  readonly deleteAnswersObject?: boolean;
  /** Kubernetes looks at the preconditions of a DELETE in a way of this kind's own, in other words. */
  readonly hasOwnPreconditions?: boolean;
  /** How long a deleted object stays for its holder to shut down, in seconds; 0 is none. */
  readonly gracePeriodSeconds?: (object: T, asked: number | undefined) => number;
  /** Whether a deleted object waits for more than `metadata.finalizers`: a namespace's own ones. */
  readonly isHeld?: (object: T) => boolean;
  /** What beside metadata tells that an object is being deleted, while it stays: a phase. */
  readonly prepareDelete?: (draft: Draft<T>) => void;
  /** How long after its last write an object vanishes by itself. */
  readonly expiresAfterSeconds?: number;
  /** What becomes of dependents when the request doesn't say; `background` unless said. */
  readonly defaultPropagation?: 'background' | 'orphan';
  /** A text for the `Warning` header of a delete that didn't say. */
  readonly defaultPropagationWarning?: string;

  /** The cells of `kubectl get`. Name and Created At unless said. */
  readonly columns?: readonly Column<T>[];
  /** Conditions of an object's row in a Table, such as that a pod has completed. */
  readonly rowConditions?: (object: T) => readonly RowCondition[];
  /** Fields that lists and watches may select by, besides metadata.name and metadata.namespace. */
  readonly selectableFields?: Readonly<Record<string, (object: T) => string>>;
  /** What is said of a field that can't be selected by, in the kind's own words. */
  readonly unselectableField?: (field: string) => string;

  /** What readers see of an object, where it isn't all that is stored. Returns it or another one. */
  readonly shown?: (object: T) => T;
  /** In which version objects rest in the store, for kinds served in several. This one unless said. */
  readonly storedAs?: StoredAs;
}

export type ResourceVerb =
  | 'create'
  | 'delete'
  | 'deletecollection'
  | 'get'
  | 'list'
  | 'patch'
  | 'update'
  | 'watch';

export type NameRule =
  | 'dns-subdomain' // RFC 1123 subdomain, the rule for most kinds
  | 'dns-label' // RFC 1123 label: namespaces, services
  | 'dns-label-1035' // starts with a letter
  | 'path-segment' // whatever fits in a URL: RBAC kinds
  | 'ip-address'; // the canonical form of an address: IPAddress

/** What preparing a write may use beside the object. */
export interface WriteContext {
  /** Wall-clock milliseconds: the time of the request. */
  readonly now: number;
  readonly random: Random;
  /** Set when a subresource is written. */
  readonly subresource?: string;
  /** Who asks. */
  readonly user: User;
  /** What to tell the client, be the write accepted or not. */
  readonly warnings: string[];
}

export interface ValidationContext<T extends KubeObject = KubeObject> {
  /** The root, from which paths in messages begin. */
  readonly path: FieldPath;
  /** What is stored now. Not set on create. */
  readonly previous?: T;
  /** Set when a subresource is written. */
  readonly subresource?: string;
  /** Takes texts for `Warning` headers: faults that only stay what they were. */
  readonly warn?: (text: string) => void;
}

/** A form of the object under a path of its own, which changes a part of it. */
export interface UpdateSubresource<T extends KubeObject> {
  /** Carries over from the previous object what this subresource may not change, the status too. */
  readonly prepareUpdate?: (draft: Draft<T>, previous: T, context: WriteContext) => void;
  readonly validateUpdate?: (object: T, previous: T, context: ValidationContext<T>) => FieldError[];
  /** Texts for `Warning` headers, about what is accepted of this form and shouldn't be done. */
  readonly warnings?: (object: T, previous: T) => string[];
  /** `get`, `patch` and `update` unless said. */
  readonly verbs?: readonly ResourceVerb[];
  /**
   * Paths that this form doesn't change, so that nobody comes to own them by it. Unless said,
   * `status`; of the status all else but metadata, to which these are added.
   */
  readonly keeps?: readonly string[];
}

/** By rule it changes nothing but `status` and, as any update may, metadata. */
export interface StatusSubresource<T extends KubeObject> extends UpdateSubresource<T> {
  /** Who creates the object may set its status, as a node does. Else a new object has none. */
  readonly keptOnCreate?: boolean;
  /** It doesn't change labels, annotations, owners and finalizers either. */
  readonly keepsMetadata?: boolean;
}

/** What discovery says of a subresource that is of another kind than its object. */
export interface ConnectSubresource {
  readonly kind: string;
  /** The kind's group-version, where it isn't the resource's own. */
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly ResourceVerb[];
}

/** How an `autoscaling/v1` Scale is read from an object and written back. */
export interface ScaleSubresource<T extends KubeObject> {
  replicas(object: T): number;
  setReplicas(draft: Draft<T>, replicas: number): void;
  statusReplicas(object: T): number;
  /** The selector in its text form. */
  selector(object: T): string;
  /** Where the number stands; `spec.replicas` unless said. */
  readonly replicasPath?: readonly string[];
  /** Where the number should stand, of an object that has none: then `replicas` throws. */
  missingPath?(object: T): string | undefined;
  /** The kind itself refuses numbers that can't be, in words of its own. */
  readonly isCheckedByKind?: boolean;
}

/** A column of a Table (`meta.k8s.io/v1`). Priority 0 is always shown, 1 with `-o wide`. */
export interface Column<T extends KubeObject> {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: string;
  readonly description: string;
  readonly priority: number;
  /** Rows have the cell, but nothing says what it is. */
  readonly isUntold?: boolean;
  readonly cell: (object: T, context: { readonly now: number }) => string | number | boolean | null;
}

export function column<T extends KubeObject>(
  name: string,
  type: Column<T>['type'],
  cell: Column<T>['cell'],
  more: Partial<Pick<Column<T>, 'format' | 'description' | 'priority' | 'isUntold'>> = {},
): Column<T> {
  return { name, type, cell, description: '', priority: 0, ...more };
}

/** `meta.k8s.io/v1` TableRowCondition. */
export interface RowCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

export interface StoredAs {
  readonly group: string;
  readonly version: string;
  /** Plain data of this version to the stored version's; later, where somebody has to be asked. */
  toStored(object: KubeObject): KubeObject | Promise<KubeObject>;
  fromStored(object: KubeObject): KubeObject;
  /** Asks, where somebody has to be, for what `fromStored` of these objects needs. */
  prepare?(stored: readonly KubeObject[]): Promise<void> | undefined;
}

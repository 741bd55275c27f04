import type { Cancel } from '../base/clock.ts';
import type { ApiAnswer, ApiRequest, PatchType, WatchSink } from '../machinery/api-request.ts';
import type { KubeList, KubeObject, NewObject } from '../machinery/object.ts';
import type { Resource } from '../machinery/resource.ts';
import type { Status } from '../machinery/status.ts';

/**
 * How requests reach an API server. There are two: in-process, where objects are handed over
 * without encoding, and HTTP. Both refuse with StatusError, and pass the same contract suite.
 */
export interface Transport {
  /** Rejects with StatusError; one with reason `Timeout` or no answer at all may have written. */
  send(request: ApiRequest, signal?: AbortSignal): Promise<ApiAnswer>;
  /** Follows changes until cancelled or until `sink.end`. A refusal arrives as `end(error)`. */
  watch(request: ApiRequest, sink: WatchSink): Cancel;
}

/** Which object: its name, and its namespace where the kind has one. */
export interface ObjectName {
  readonly namespace?: string | undefined;
  readonly name: string;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface WriteOptions extends CallOptions {
  /** `status`, `scale`, …; the main resource unless said. */
  readonly subresource?: string;
  readonly dryRun?: boolean;
  readonly fieldValidation?: 'Strict' | 'Warn' | 'Ignore';
}

export interface ListOptions extends CallOptions {
  /** One namespace, or all when left out. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
}

export interface WatchOptions extends Omit<ListOptions, 'limit' | 'continue'> {
  readonly allowWatchBookmarks?: boolean;
  readonly sendInitialEvents?: boolean;
}

export interface DeleteOptions extends CallOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  /** Delete only this very object: a precondition on UID and resourceVersion. */
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: boolean;
}

export interface ApplyOptions extends WriteOptions {
  readonly fieldManager: string;
  readonly force?: boolean;
}

/**
 * Typed access to an API server's objects. Every method rejects with StatusError. What it returns
 * is shared and immutable.
 */
export interface Client {
  get<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    options?: CallOptions & { readonly subresource?: string },
  ): Promise<T>;
  list<T extends KubeObject>(resource: Resource<T>, options?: ListOptions): Promise<KubeList<T>>;
  watch<T extends KubeObject>(
    resource: Resource<T>,
    options: WatchOptions,
    sink: WatchSink<T>,
  ): Cancel;
  create<T extends KubeObject>(
    resource: Resource<T>,
    object: NewObject<T>,
    options?: WriteOptions,
  ): Promise<T>;
  /** Replaces the object. Its resourceVersion is a precondition, unless it is empty. */
  update<T extends KubeObject>(
    resource: Resource<T>,
    object: T,
    options?: WriteOptions,
  ): Promise<T>;
  patch<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    patch: { readonly type: Exclude<PatchType, 'apply'>; readonly body: unknown },
    options?: WriteOptions,
  ): Promise<T>;
  apply<T extends KubeObject>(
    resource: Resource<T>,
    object: object,
    options: ApplyOptions & { readonly name: ObjectName },
  ): Promise<T>;
  /** Answers the object as it was, or as it now waits to be finalized, or a Status. */
  delete<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    options?: DeleteOptions,
  ): Promise<T | Status>;
  deleteCollection<T extends KubeObject>(
    resource: Resource<T>,
    selection: Pick<ListOptions, 'namespace' | 'labelSelector' | 'fieldSelector'>,
    options?: DeleteOptions,
  ): Promise<void>;
  /** Creates a subresource such as a pod's `binding` or `eviction`, or an account's `token`. */
  createSubresource<R>(
    resource: Resource,
    name: ObjectName,
    subresource: string,
    body: object,
    options?: CallOptions,
  ): Promise<R>;
}

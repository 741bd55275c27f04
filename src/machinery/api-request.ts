import type { Duplicates } from './json-text.ts';
import type { KubeList, KubeObject } from './object.ts';
import type { Status, StatusError } from './status.ts';

/** What a request wants to do, in the words of authorization. */
export type Verb =
  | 'get'
  | 'list'
  | 'watch'
  | 'create'
  | 'update'
  | 'patch'
  | 'delete'
  | 'deletecollection';

/** Which dialect a patch body is in. */
export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

/** Media types of the patch dialects; apply also comes as CBOR elsewhere, which we don't speak. */
export const PATCH_MEDIA_TYPES: Readonly<Record<PatchType, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

/** Who asks, after authentication and impersonation (`authentication.k8s.io` UserInfo). */
export interface User {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/**
 * One request in the terms of the API, with no HTTP in it. `body` is plain data in the JSON form
 * of `group/version`; whoever sends it doesn't touch it again.
 */
export interface ApiRequest {
  readonly verb: Verb;
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
  readonly options: RequestOptions;
  readonly patchType?: PatchType;
  readonly body?: unknown;
  /** Why the body of a patch couldn't be read: said when the patch is due to be applied. */
  readonly bodyFault?: string;
  /** Doubled keys of the JSON that the body was, if it had any. */
  readonly duplicates?: Duplicates;
  /** What strict reading finds fault with in the YAML that the body was. */
  readonly strictError?: string;
}

/** The query parameters of the API, and the fields of DeleteOptions when they came as a query. */
export interface RequestOptions {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: string;
  readonly timeoutSeconds?: number;
  readonly allowWatchBookmarks?: boolean;
  readonly sendInitialEvents?: boolean;
  readonly dryRun?: readonly string[];
  readonly fieldManager?: string;
  readonly fieldValidation?: string;
  readonly force?: boolean;
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: string;
  readonly orphanDependents?: boolean;
  /** Of the object that a delete is meant for. */
  readonly uid?: string;
}

/** The answer to every verb but watch. */
export interface ApiAnswer {
  readonly object: KubeObject | KubeList | Status;
  /** A create, or an update or apply that made the object: HTTP 201. */
  readonly created?: boolean;
  /** A delete that goes on after the answer: HTTP 202. */
  readonly accepted?: boolean;
  /** Texts for `Warning` headers. */
  readonly warnings?: readonly string[];
}

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';

export interface WatchEvent<T extends KubeObject = KubeObject> {
  readonly type: WatchEventType;
  readonly object: T;
}

/** Where the events of a watch go. Calls come one after another, never inside `watch` itself. */
export interface WatchSink<T extends KubeObject = KubeObject> {
  /** What else to tell the client. Called before anything else, if at all. */
  warn?(warnings: readonly string[]): void;
  next(event: WatchEvent<T>): void;
  /** Called once: without an error the stream just ended and may be resumed. */
  end(error?: StatusError): void;
}

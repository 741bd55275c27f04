import type { Cancel } from '../base/clock.ts';
import type { ApiAnswer, ApiRequest, User, Verb, WatchSink } from '../machinery/api-request.ts';
import { badRequest, groupResource, notFound, StatusError } from '../machinery/status.ts';
import { StoreError } from '../store/store.ts';
import { checkRequest, nameSelected } from './auth/authorizer.ts';
import type { Call } from './call.ts';
import type { ConnectRequest, Location } from './connect/location.ts';
import { admitConnect } from './connect/options.ts';
import { remove } from './registry/delete.ts';
import { removeCollection } from './registry/delete-collection.ts';
import { patch } from './registry/patch.ts';
import { get, list } from './registry/read.ts';
import {
  methodNotAllowed,
  notImplemented,
  type ResourceTable,
  resourceNotServed,
} from './registry/resource-table.ts';
import type { ServedResource } from './registry/served-resource.ts';
import { create, update } from './registry/writes.ts';
import { type WatchParts, watch } from './watch/watch.ts';

export type HeartParts = WatchParts;

type Handler = (parts: HeartParts, call: Call) => ApiAnswer | Promise<ApiAnswer>;

const HANDLERS: Readonly<Record<Exclude<Verb, 'watch'>, Handler>> = {
  get,
  list,
  create,
  update,
  patch,
  delete: remove,
  deletecollection: removeCollection,
};

/**
 * Answers requests to the API, with no HTTP in it: authorization, admission, the rules of the
 * kind, the store. Reads are answered at once; writes when they are durable.
 */
export class Heart {
  readonly #parts: HeartParts;

  constructor(parts: HeartParts) {
    this.#parts = parts;
  }

  /** Throws or rejects with StatusError. */
  handle(request: ApiRequest, user: User): ApiAnswer | Promise<ApiAnswer> {
    const call = this.#callOf(request, user);
    const { subresource, verb } = request;
    checkVerb(call.resource, request);
    if (verb === 'watch') throw methodNotAllowed();
    if (subresource !== undefined) return this.#handleSubresource(call, subresource);
    const handler = call.resource.definition.virtual
      ? (call.resource.answers?.[verb] ?? notImplemented)
      : HANDLERS[verb];
    return this.#ask(call, handler);
  }

  /** Has a handler answer. Refusals come with the warnings that there were until then. */
  #ask(call: Call, handler: Handler): ApiAnswer | Promise<ApiAnswer> {
    try {
      const answer = handler(this.#parts, call);
      return answer instanceof Promise ? answer.catch((error) => rethrow(error, call)) : answer;
    } catch (error) {
      return rethrow(error, call);
    }
  }

  /** Throws StatusError at once for a request that is refused. */
  watch(request: ApiRequest, user: User, sink: WatchSink): Cancel {
    const call = this.#callOf(request, user);
    checkVerb(call.resource, request);
    if (call.warnings.length > 0) sink.warn?.(call.warnings);
    return watch(this.#parts, call, sink);
  }

  /**
   * Where a request is answered that isn't answered here, such as for a container's log; undefined
   * when there is nothing to answer. Throws StatusError.
   */
  connect(
    request: ApiRequest,
    user: User,
    connect: ConnectRequest,
  ): Location | undefined | Promise<Location | undefined> {
    const call = this.#callOf(request, user);
    const subresource = call.resource.subresources.get(request.subresource ?? '');
    if (subresource?.locate === undefined) throw resourceNotServed();
    const { verb } = request;
    if (verb === 'watch' || !subresource.verbs.includes(verb)) throw methodNotAllowed();
    if (request.options.dryRun !== undefined && request.subresource !== 'log') {
      throw badRequest('dryRun is not supported');
    }
    const { locate } = subresource;
    const asking = admitConnect(this.#parts, call, connect);
    if (asking !== undefined) return asking.then(() => locate(this.#parts, call, connect));
    return locate(this.#parts, call, connect);
  }

  /** The resource of a request that the user may make. */
  #callOf(request: ApiRequest, user: User): Call {
    const { table, clock, authorizer } = this.#parts;
    checkRequest(authorizer, user, nameSelected(request));
    const resource = table.get(request.group, request.version, request.plural);
    checkAddress(resource, request);
    const { deprecation } = resource.definition;
    const warnings = deprecation === undefined ? [] : [deprecation];
    return { request, user, resource, now: clock.now(), warnings };
  }

  #handleSubresource(call: Call, name: string): ApiAnswer | Promise<ApiAnswer> {
    const subresource = call.resource.subresources.get(name);
    if (subresource === undefined) throw resourceNotServed();
    return this.#ask(call, (parts) => subresource.handle(parts, call));
  }
}

/** Throws the StatusError of a resource, an address or a verb that isn't served. */
export function checkServed(table: ResourceTable, request: ApiRequest): void {
  const resource = table.get(request.group, request.version, request.plural);
  checkAddress(resource, request);
  checkVerb(resource, request);
}

function checkVerb(resource: ServedResource, request: ApiRequest): void {
  const { verb, subresource } = request;
  if (subresource !== undefined) {
    const found = resource.subresources.get(subresource);
    if (found === undefined) throw subresourceNotServed(resource, request);
    if (verb === 'watch' || !found.verbs.includes(verb)) {
      throw resource.isCustom ? notSupported(resource, verb) : methodNotAllowed();
    }
  } else if (!resource.verbs.includes(verb)) {
    if (verb === 'watch' && resource.verbs.includes('list')) throw notSupported(resource, verb);
    throw methodNotAllowed();
  }
}

/** What is asked for is there, but not for this verb. */
function notSupported(resource: ServedResource, verb: Verb): StatusError {
  const { group, plural } = resource;
  return new StatusError(
    'MethodNotAllowed',
    `${verb} is not supported on resources of kind "${groupResource(resource)}"`,
    { ...(group && { group }), kind: plural },
  );
}

/** Of a custom resource, the object itself is said not to be there. */
const subresourceNotServed = (resource: ServedResource, request: ApiRequest): StatusError =>
  resource.isCustom ? notFound(resource, request.name ?? '') : resourceNotServed();

const NEEDS_NAME: readonly Verb[] = ['update', 'patch', 'delete'];

/** Throws for a combination of namespace, name and verb that has no meaning for the resource. */
function checkAddress(resource: ServedResource, request: ApiRequest): void {
  const { namespaced } = resource;
  const { verb, namespace, name, subresource } = request;
  if (namespaced ? name !== undefined && !namespace : namespace !== undefined) {
    throw resourceNotServed();
  }
  const isCreate = verb === 'create';
  if (!isThere(resource, request)) throw resourceNotServed();
  if (name === undefined) {
    if (resource.isCustom) checkCustomAddress(resource, request);
    if (NEEDS_NAME.includes(verb)) throw methodNotAllowed();
    const needsNamespace = isCreate || verb === 'deletecollection';
    if (namespaced && !namespace && needsNamespace) throw methodNotAllowed();
  } else if (isCreate && subresource === undefined) throw methodNotAllowed();
}

/** What can only be made has no path for all namespaces, and none by its name. */
function isThere({ namespaced, verbs }: ServedResource, request: ApiRequest): boolean {
  const { namespace, name, subresource } = request;
  if (subresource !== undefined) return true;
  if (name !== undefined) return OF_ONE.some((verb) => verbs.includes(verb));
  return !namespaced || namespace !== undefined || verbs.includes('list');
}

const OF_ONE = ['get', 'update', 'patch', 'delete'] as const;

/** Who serves custom resources looks at the namespace first, and at the name last. */
function checkCustomAddress({ namespaced }: ServedResource, { verb, namespace }: ApiRequest): void {
  if (namespaced && !namespace && verb !== 'list' && verb !== 'watch') throw resourceNotServed();
  if (NEEDS_NAME.includes(verb)) throw badRequest('name must be provided');
}

/** What the store refuses reaches clients as a StatusError like all else. */
function rethrow(error: unknown, { warnings }: Call): never {
  if (error instanceof StatusError && warnings.length > 0) error.warnings = warnings;
  if (error instanceof StoreError) {
    throw error.written === 'no'
      ? new StatusError('ServiceUnavailable', error.message, { retryAfterSeconds: 1 })
      : new StatusError('Timeout', error.message, { retryAfterSeconds: 1 });
  }
  throw error;
}

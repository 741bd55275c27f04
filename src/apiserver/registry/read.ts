import type { ApiAnswer } from '../../machinery/api-request.ts';
import type { KubeList, KubeObject, ListMeta } from '../../machinery/object.ts';
import { badRequest, expired, notFound, StatusError } from '../../machinery/status.ts';
import { type Entry, RevisionError, type Snapshot } from '../../store/store.ts';
import type { Call } from '../call.ts';
import { type Continuation, decodeContinue, encodeContinue } from './continue-token.ts';
import { readConverted } from './conversion.ts';
import { checkListOptions } from './options.ts';
import type { RegistryParts } from './parts.ts';
import { malformedMessage, parseResourceVersion, untilRevision } from './revision.ts';
import { type Selection, selectionOf, selectorsOf } from './selection.ts';

/** GET of an object. */
export function get(parts: RegistryParts, call: Call): ApiAnswer | Promise<ApiAnswer> {
  const { request, resource, warnings } = call;
  const { resourceVersion } = request.options;
  if (resourceVersion) {
    const revision = parseResourceVersion(resourceVersion) ?? 0;
    if (revision > parts.store.revision) {
      return untilRevision(parts, revision).then(() => ({ object: read(parts, call), warnings }));
    }
  }
  if (resource.isAsked) {
    const key = resource.key(request.namespace, request.name ?? '');
    const reading = readConverted(parts, resource, key, () => read(parts, call));
    return reading.then((object) => ({ object, warnings }));
  }
  return { object: read(parts, call), warnings };
}

/** The object that a request names, as readers see it. Throws NotFound. */
export function read({ store }: RegistryParts, { resource, request }: Call): KubeObject {
  const name = request.name ?? '';
  const entry = store.snapshot().get(resource.key(request.namespace, name));
  if (entry === undefined) throw notFound(resource, name);
  return resource.shown(resource.fromStored(entry.value));
}

/** GET of a collection: one page of it, or all. */
export function list(parts: RegistryParts, call: Call): ApiAnswer | Promise<ApiAnswer> {
  const { resource, request } = call;
  const { options } = request;
  const selection = listedBy(call);
  const continuation = options.continue ? decodeContinue(options.continue) : undefined;
  const { revision, exact } = revisionOf(options);
  const answer = () => {
    const chosen = { selection, continuation, revision: exact ? revision : undefined };
    const at = () => listAt(parts, call, chosen);
    if (!resource.isAsked) return at();
    return readConverted(parts, resource, resource.key(request.namespace, ''), at);
  };
  if (revision !== undefined && revision > parts.store.revision) {
    return untilRevision(parts, revision).then(answer);
  }
  return answer();
}

/** What a list is of. Throws StatusError for options that can't be. */
export function listedBy({ resource, request: { options } }: Call): Selection {
  const selectors = selectorsOf(options);
  checkListOptions(options);
  return selectionOf(resource, selectors);
}

interface AskedRevision {
  readonly revision: number | undefined;
  /** The list must be of this very revision, not of a newer one. */
  readonly exact: boolean;
}

function revisionOf(options: Call['request']['options']): AskedRevision {
  const { resourceVersion, resourceVersionMatch: match, limit = 0 } = options;
  if (options.continue && resourceVersion && resourceVersion !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
  let revision: number | undefined;
  try {
    revision = parseResourceVersion(resourceVersion);
  } catch {
    throw badRequest(`invalid resource version: ${malformedMessage(resourceVersion ?? '')}`);
  }
  // A page of an older list must belong to it, so a limit makes an unqualified revision exact.
  const exact =
    match === 'Exact' || (!match && limit > 0 && revision !== undefined && revision > 0);
  return { revision, exact };
}

/** Of what there is, that which a request asks for. */
interface Chosen {
  readonly selection: Selection;
  readonly continuation: Continuation | undefined;
  /** Undefined for the newest. */
  readonly revision: number | undefined;
}

function listAt(
  { store }: RegistryParts,
  call: Call,
  { selection, continuation, revision }: Chosen,
): ApiAnswer {
  const { resource, request, warnings } = call;
  const { options } = request;
  const snapshot = snapshotAt(
    () => store.snapshot(continuation?.revision ?? revision),
    continuation && encodeContinue({ after: continuation.after, revision: undefined }),
  );
  const prefix = resource.key(request.namespace, '');
  const after = continuation && prefix + continuation.after;
  // A list from the cache (resourceVersion 0) is given whole, and of one object there are no pages.
  const isWhole = options.resourceVersion === '0' || isOfOne(call, selection, continuation);
  const limit = isWhole ? 0 : Math.max(0, options.limit ?? 0);
  const page = pageOf(snapshot, { prefix, after, limit, selection });
  const metadata: { -readonly [K in keyof ListMeta]: ListMeta[K] } = {
    resourceVersion: String(snapshot.revision),
  };
  if (page.more) {
    const last = page.last.slice(prefix.length);
    metadata.continue = encodeContinue({ after: last, revision: snapshot.revision });
    if (selection.matches === undefined) {
      metadata.remainingItemCount = snapshot.count(prefix, { after: page.last });
    }
  } else if (resource.isCustom) metadata.continue = ''; // What has no shape writes what is empty.
  const items = page.entries.map(({ value }) => resource.shown(resource.fromStored(value)));
  const object: KubeList = {
    kind: resource.listKind,
    apiVersion: resource.apiVersion,
    metadata,
    items,
  };
  return { object, warnings };
}

/** Whether the request's field selector and namespace name one object. */
const isOfOne = (
  { resource, request }: Call,
  { name, namespace }: Selection,
  continuation: Continuation | undefined,
): boolean =>
  name !== undefined &&
  continuation === undefined &&
  (!resource.namespaced || (request.namespace ?? namespace) !== undefined);

interface PageQuery {
  readonly prefix: string;
  readonly after: string | undefined;
  /** 0 for all. */
  readonly limit: number;
  readonly selection: Selection;
}

interface Page {
  readonly entries: readonly Entry<KubeObject>[];
  /** The last key looked at. */
  readonly last: string;
  readonly more: boolean;
}

function pageOf(snapshot: Snapshot<KubeObject>, query: PageQuery): Page {
  const { prefix, limit, selection } = query;
  const { matches } = selection;
  if (limit === 0) {
    const entries = snapshot.list(prefix, { after: query.after });
    const chosen = matches ? entries.filter(({ value }) => matches(value)) : entries;
    return { entries: chosen, last: '', more: false };
  }
  const chosen: Entry<KubeObject>[] = [];
  let { after } = query;
  for (;;) {
    // One more than wanted, to know whether there are more.
    const entries = snapshot.list(prefix, { after, limit: limit + 1 });
    for (const entry of entries) {
      if (chosen.length === limit) return { entries: chosen, last: after!, more: true };
      after = entry.key;
      if (matches === undefined || matches(entry.value)) chosen.push(entry);
    }
    if (entries.length <= limit) return { entries: chosen, last: '', more: false };
  }
}

/** A snapshot, or Expired; `next` lets who pages go on with what there is now. */
function snapshotAt<S>(take: () => S, next: string | undefined): S {
  try {
    return take();
  } catch (error) {
    if (!(error instanceof RevisionError)) throw error;
    if (next === undefined) throw expired('The resourceVersion for the provided list is too old.');
    throw new ContinueExpiredError(next);
  }
}

/** The 410 of a page whose list was compacted: `metadata.continue` goes on, inconsistently. */
class ContinueExpiredError extends StatusError {
  readonly next: string;

  constructor(next: string) {
    super(
      'Expired',
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
    );
    this.next = next;
  }

  override toStatus() {
    return { ...super.toStatus(), metadata: { continue: this.next } as never };
  }
}

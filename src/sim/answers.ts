import type { Transport } from '../client/client.ts';
import type { ApiAnswer, ApiRequest, WatchSink } from '../machinery/api-request.ts';
import type { KubeObject } from '../machinery/object.ts';
import type { DeletionOptions } from '../machinery/validation/options.ts';
import type { Store } from '../store/store.ts';
import type { Violations } from './violations.ts';

interface Place {
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** What looking after answers takes. */
export interface AnswerTools {
  readonly store: Store<KubeObject>;
  /** Where the object is kept that a request is about, once it is known how that is called. */
  readonly keyOf: (request: ApiRequest, place: Place) => string;
  readonly violations: Violations;
  /** Who asks. */
  readonly component: string;
  /** Told of each request that arrives, before it is worked on. */
  readonly arrived: (request: ApiRequest) => void;
}

const COLLECTOR = 'generic-garbage-collector';

/**
 * The same way to the server, on which all that it answers is looked after: a write that was
 * answered is there, and for every watcher revisions only grow.
 */
export function checked(inner: Transport, tools: AnswerTools): Transport {
  return {
    async send(request, signal) {
      tools.arrived(request);
      if (request.verb === 'delete' && tools.component === COLLECTOR) {
        checkCollected(request, tools);
      }
      const answer = await inner.send(request, signal);
      if (isWrite(request)) checkWritten(request, answer, tools);
      return answer;
    },
    watch(request, sink) {
      tools.arrived(request);
      return inner.watch(request, checkedSink(request, sink, tools));
    },
  };
}

const isWrite = ({ verb, subresource, options }: ApiRequest): boolean =>
  (verb === 'create' || verb === 'update' || verb === 'patch') &&
  (subresource === undefined || subresource === 'status') &&
  options.dryRun === undefined;

/** Nobody collects what somebody owns that stays: who doesn't see the owner has to ask for it. */
function checkCollected(request: ApiRequest, { store, keyOf, violations }: AnswerTools): void {
  const { namespace, name = '' } = request;
  const key = keyOf(request, { namespace, name });
  const objects = store.snapshot();
  const found = objects.get(key)?.value;
  const { preconditions } = (request.body ?? request.options) as DeletionOptions;
  if (!found || preconditions?.uid !== found.metadata.uid) return;
  const owner = found.metadata.ownerReferences?.find(({ apiVersion, kind, name, uid }) => {
    const place = `/registry/${apiVersion.split('/')[0]}/${kind.toLowerCase()}s/${namespace}/${name}`;
    const metadata = objects.get(place)?.value.metadata;
    return metadata?.uid === uid && metadata.deletionTimestamp === undefined;
  });
  if (owner) violations.note('ownership', `${key} is collected, and ${owner.name} is there`);
}

/** The object is there as it was answered, or somebody has written it since. */
function checkWritten(request: ApiRequest, { object }: ApiAnswer, tools: AnswerTools): void {
  const written = object as KubeObject;
  const { name, resourceVersion, deletionTimestamp } = written.metadata ?? {};
  const revision = Number(resourceVersion);
  if (!name || !(revision > 0)) return;
  const { store, violations } = tools;
  const key = tools.keyOf(request, written.metadata);
  const found = store.snapshot().get(key);
  // Who takes the last finalizer away is answered with what is no more.
  const isGone = deletionTimestamp !== undefined || store.revision > revision;
  const isThere = found ? found.revision >= revision : isGone;
  if (!isThere) {
    const now = found ? `is at ${found.revision}` : "isn't there";
    violations.note('durability', `${key} was answered at revision ${revision}, and ${now}`);
  }
}

function checkedSink(
  { plural, options }: ApiRequest,
  sink: WatchSink,
  { violations }: AnswerTools,
): WatchSink {
  // Without a revision to begin with, the first events are what is there, in another order.
  let newest = Number(options.resourceVersion ?? 0) || Number.POSITIVE_INFINITY;
  return {
    next(event) {
      const revision = Number(event.object.metadata.resourceVersion);
      if (newest !== Number.POSITIVE_INFINITY) {
        if (revision < newest) {
          violations.note('revisions', `a watch of ${plural} got ${revision} after ${newest}`);
        }
        newest = revision;
      }
      sink.next(event);
    },
    end: (error) => sink.end(error),
  };
}

import type { ApiRequest } from '../../machinery/api-request.ts';
import { badRequest } from '../../machinery/status.ts';
import { methodNotAllowed } from '../registry/resource-table.ts';
import { checkPlain, patchTypeOf } from './decode-body.ts';
import type { Exchange } from './exchange.ts';
import {
  CUSTOM_INITIAL_EVENTS,
  CUSTOM_OBJECTS,
  checkProduced,
  INITIAL_EVENTS,
  LIST_TYPES,
  MEDIA_TYPES,
  OBJECTS,
  type Offer,
} from './negotiation.ts';
import type { Query } from './query.ts';

const LISTING: ReadonlySet<string> = new Set(['list', 'watch', 'deletecollection']);

/**
 * Throws for what is wrong with a request before anybody looks at what it is about: its method, its
 * media types, its query. Afterwards the exchange knows in what it will be answered. Custom resources
 * are served without the rules of paths that built-in ones have.
 */
export function checkForm(exchange: Exchange, request: ApiRequest, isCustom: boolean): void {
  const { verb } = request;
  const { headers } = exchange.request;
  if (isCustom) {
    if (verb === 'create' || verb === 'update') checkPlain(headers['content-type']);
  } else {
    if (exchange.request.method === 'HEAD') throw methodNotAllowed();
    if (verb === 'patch') patchTypeOf(headers['content-type'], false);
    const isStream = verb === 'list' || verb === 'watch';
    checkProduced(exchange.request, isStream ? LIST_TYPES : MEDIA_TYPES);
  }
  if (LISTING.has(verb)) refuseFaults(exchange.query, ['timeoutSeconds', 'limit']);
  exchange.offer(offerOf(exchange, request, isCustom)); // What can't be answered isn't begun.
  if (verb === 'get' && exchange.query.isExport) {
    throw badRequest('the export parameter, deprecated since v1.14, is no longer supported');
  }
}

function offerOf({ query }: Exchange, { verb }: ApiRequest, isCustom: boolean): Offer {
  const { sendInitialEvents, allowWatchBookmarks } = query.options;
  if (verb === 'watch' && sendInitialEvents && allowWatchBookmarks) {
    return isCustom ? CUSTOM_INITIAL_EVENTS : INITIAL_EVENTS;
  }
  return isCustom ? CUSTOM_OBJECTS : OBJECTS;
}

/** Throws for a number in the query that the request needs and that is none. */
export function refuseFaults(
  { faults }: Query,
  names: readonly ('timeoutSeconds' | 'limit' | 'gracePeriodSeconds')[],
): void {
  for (const name of names) {
    const fault = faults.get(name);
    if (fault !== undefined) throw fault;
  }
}

import type { ApiRequest, User } from '../../machinery/api-request.ts';
import type { DecodeError } from '../../machinery/decode-error.ts';
import { StatusError } from '../../machinery/status.ts';
import { type Authorizer, checkRequest } from '../auth/authorizer.ts';
import { unfit, unrecognized } from '../registry/decode.ts';
import { checkCreateOptions, checkUpdateOptions } from '../registry/options.ts';
import type { ResourceTable } from '../registry/resource-table.ts';
import { EnvelopeError } from './decode-body.ts';

/** What to answer to a body that can't be read, and is none of a patch. */
export function undecodable(
  { authorizer, table }: { readonly authorizer: Authorizer; readonly table: ResourceTable },
  user: User,
  request: ApiRequest,
  bytes: Buffer,
  error: DecodeError,
): unknown {
  try {
    // What the user may not do, or isn't served, is said before what is wrong with the body.
    checkRequest(authorizer, user, request);
    const resource = table.get(request.group, request.version, request.plural);
    if (request.verb === 'create') checkCreateOptions(request.options);
    if (request.verb === 'update') checkUpdateOptions(request.options);
    // Options are no object of the kind, and Kubernetes has no word of its own for it.
    if (request.verb.startsWith('delete')) return new StatusError('', error.message);
    const subresource = resource.subresources.get(request.subresource ?? '');
    const wanted = subresource?.kind ?? resource;
    if (error instanceof EnvelopeError) return unfit(wanted, error, error.message);
    return unrecognized(wanted, error.message, bytes);
  } catch (refusal) {
    return refusal;
  }
}

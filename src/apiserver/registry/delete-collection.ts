import type { ApiAnswer } from '../../machinery/api-request.ts';
import type { KubeList } from '../../machinery/object.ts';
import { isStatusError } from '../../machinery/status.ts';
import type { Call } from '../call.ts';
import { deletionOptionsOf, removeNamed, warnOfDefault } from './delete.ts';
import { checkDeleteOptions } from './options.ts';
import type { RegistryParts } from './parts.ts';
import { list, listedBy } from './read.ts';

/**
 * DELETE of a collection: deletes each object that the selectors choose, and answers them as they
 * were. Objects of namespaces that differ are each deleted in their own.
 */
export async function removeCollection(parts: RegistryParts, call: Call): Promise<ApiAnswer> {
  listedBy(call); // What is wrong with the list is said before what is wrong with the deletion.
  const options = deletionOptionsOf(call);
  checkDeleteOptions(options);
  warnOfDefault(call, options);
  const answer = await list(parts, call);
  const { items } = answer.object as KubeList;
  // All at once: their commits share a trip to the disk.
  const outcomes = await Promise.allSettled(
    items.map(({ metadata: { namespace, name } }) => {
      const request = { ...call.request, namespace };
      return removeNamed(parts, { ...call, request }, name, options);
    }),
  );
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected' && !isStatusError(outcome.reason, 'NotFound')) {
      throw outcome.reason;
    }
  }
  return answer;
}

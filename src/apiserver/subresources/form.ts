import type { ResourceVerb, UpdateSubresource } from '../../api/definition.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { patch } from '../registry/patch.ts';
import { get } from '../registry/read.ts';
import { methodNotAllowed } from '../registry/resource-table.ts';
import type { Subresource } from '../registry/subresource.ts';
import { update } from '../registry/writes.ts';

const FORM_VERBS: readonly ResourceVerb[] = ['get', 'patch', 'update'];

/** A subresource that is the object itself, of which it changes a part: `status`, `resize`. */
export const formSubresource = <T extends KubeObject>(
  name: string,
  form: UpdateSubresource<T>,
): Subresource => ({
  name,
  verbs: form.verbs ?? FORM_VERBS,
  handle(parts, call) {
    switch (call.request.verb) {
      case 'get':
        return get(parts, call);
      case 'update':
        return update(parts, call);
      case 'patch':
        return patch(parts, call);
      default:
        throw methodNotAllowed();
    }
  },
});

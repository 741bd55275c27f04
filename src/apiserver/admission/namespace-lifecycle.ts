import type { KubeObject } from '../../machinery/object.ts';
import { forbidden, notFound, StatusError } from '../../machinery/status.ts';
import type { Store } from '../../store/store.ts';
import { isDeleting } from '../registry/object-meta.ts';
import type { AdmissionPlugin } from './admission.ts';

const NAMESPACES = { group: '', plural: 'namespaces' };
const IMMORTAL = new Set(['default', 'kube-system', 'kube-public']);

/** Nothing is created in a namespace that isn't there or goes away; some may never go. */
export const namespaceLifecycle = (store: Store<KubeObject>): AdmissionPlugin => ({
  name: 'NamespaceLifecycle',
  admit({ operation, definition, namespace, name, object, subresource }) {
    if (operation === 'DELETE') {
      if (definition.plural === 'namespaces' && definition.group === '' && IMMORTAL.has(name)) {
        throw forbidden(NAMESPACES, name, 'this namespace may not be deleted');
      }
      return;
    }
    if (operation !== 'CREATE' || !namespace || !definition.namespaced) return;
    const stored = store.latest(`/registry/namespaces/${namespace}`)?.value;
    if (stored === undefined) throw notFound(NAMESPACES, namespace);
    // What only asks a question, as an access review, harms no namespace that goes away.
    if (!isTerminating(stored) || subresource !== undefined) return;
    const detail = `unable to create new content in namespace ${namespace} because it is being terminated`;
    const error = forbidden(definition, object?.metadata.name ?? name, detail);
    const cause = {
      reason: 'NamespaceTerminating',
      message: `namespace ${namespace} is being terminated`,
      field: 'metadata.namespace',
    };
    throw new StatusError('Forbidden', error.message, { ...error.details, causes: [cause] });
  },
});

function isTerminating(namespace: KubeObject): boolean {
  const { status } = namespace as KubeObject & { status?: { phase?: string } };
  return isDeleting(namespace) || status?.phase === 'Terminating';
}

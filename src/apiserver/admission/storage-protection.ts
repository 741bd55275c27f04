import type { AdmissionPlugin } from './admission.ts';

const FINALIZERS: Readonly<Record<string, string>> = {
  '/persistentvolumeclaims': 'kubernetes.io/pvc-protection',
  '/persistentvolumes': 'kubernetes.io/pv-protection',
  'storage.k8s.io/volumeattributesclasses': 'kubernetes.io/vac-protection',
};

/** Claims, volumes and their classes stay as long as somebody uses them. */
export const storageProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  admit({ operation, definition, object, subresource }) {
    if (operation !== 'CREATE' || subresource !== undefined) return;
    const finalizer = FINALIZERS[`${definition.group}/${definition.plural}`];
    if (finalizer === undefined || object === undefined) return;
    const { finalizers = [] } = object.metadata;
    if (!finalizers.includes(finalizer)) object.metadata.finalizers = [...finalizers, finalizer];
  },
};

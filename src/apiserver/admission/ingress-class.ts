import type { Ingress, IngressClass } from '../../api/generated/networking/v1/types.ts';
import type { Draft, KubeObject } from '../../machinery/object.ts';
import type { Store } from '../../store/store.ts';
import type { AdmissionPlugin } from './admission.ts';
import { listingOf } from './listing.ts';

const PREFIX = '/registry/networking.k8s.io/ingressclasses/';
const IS_DEFAULT = 'ingressclass.kubernetes.io/is-default-class';
const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';

/** Gives Ingresses that name no class, in either way, the default one. */
export function defaultIngressClass(store: Store<KubeObject>): AdmissionPlugin {
  const list = listingOf<IngressClass>(store);
  return {
    name: 'DefaultIngressClass',
    admit({ operation, definition, subresource, object }) {
      if (operation !== 'CREATE' || subresource !== undefined) return;
      if (definition.plural !== 'ingresses' || definition.group !== 'networking.k8s.io') return;
      const { metadata, spec } = object as Draft<Ingress>;
      if (spec.ingressClassName !== undefined) return;
      if (metadata.annotations?.[CLASS_ANNOTATION] !== undefined) return;
      const standard = youngestDefault(list(PREFIX));
      if (standard) spec.ingressClassName = standard.metadata.name;
    },
  };
}

/** Of several classes that are the default the youngest, and of those the first by name. */
function youngestDefault(classes: readonly IngressClass[]): IngressClass | undefined {
  const born = ({ metadata }: IngressClass) => metadata.creationTimestamp ?? '';
  return classes
    .filter(({ metadata }) => metadata.annotations?.[IS_DEFAULT] === 'true')
    .sort((a, b) => (born(a) === born(b) ? 0 : born(a) > born(b) ? -1 : 1))[0];
}

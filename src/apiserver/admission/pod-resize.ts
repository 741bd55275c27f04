import { podNeeds } from '../../api/core-v1/pod/pod-level-resources.ts';
import type { Node, Pod } from '../../api/generated/core/v1/types.ts';
import { isSemanticallyEqual } from '../../machinery/equal.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { parseQuantity } from '../../machinery/quantity.ts';
import { quote } from '../../machinery/quote.ts';
import { forbidden, StatusError } from '../../machinery/status.ts';
import type { Store } from '../../store/store.ts';
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts';
import { isPod } from './pods.ts';

const PODS = { group: '', plural: 'pods' };
const OS_LABEL = 'kubernetes.io/os';

/** Refuses at once what the node of a pod could never give it (KEP-1287). */
export const podResize = (store: Store<KubeObject>): AdmissionPlugin => ({
  name: 'PodResizeValidator',
  validate(attributes) {
    if (attributes.subresource !== 'resize' || !isPod(attributes)) return;
    const { spec } = attributes.object as Pod;
    const { nodeName } = spec;
    if (!nodeName || isSemanticallyEqual(spec, (attributes.oldObject as Pod).spec)) return;
    const node = store.snapshot().get(`/registry/nodes/${nodeName}`)?.value as Node | undefined;
    if (!node) throw forbidden(PODS, attributes.name, `node ${quote(nodeName)} not found`);
    const lacks = lacksOf(spec, node);
    if (lacks.length > 0) {
      const why = `Node didn't have enough allocatable resources: ${lacks.join('; ')}`;
      throw refuse(attributes, why, 'NodeCapacity');
    }
    const os = node.metadata.labels?.[OS_LABEL] ?? '';
    if (os === 'linux') return;
    const why = `pod resize is only supported on linux nodes, node ${quote(nodeName)} is ${quote(os)}`;
    throw refuse(attributes, why, 'UnsupportedPlatform');
  },
});

/** What the node would have too little of if it had nothing else to do. */
function lacksOf(spec: Pod['spec'], { status }: Node): string[] {
  const needs = podNeeds(spec, 'requests');
  return (['cpu', 'memory'] as const).flatMap((name) => {
    const unit = name === 'cpu' ? 'milliValue' : 'value';
    const requested = needs.get(name)?.[unit] ?? 0;
    const allocatable = parseQuantity(status?.allocatable?.[name] ?? '0')[unit];
    if (requested <= allocatable) return [];
    return [`${name}, requested: ${requested}, allocatable: ${allocatable}`];
  });
}

/** Autoscalers tell by the cause what to try next. */
function refuse({ name }: AdmissionAttributes, why: string, cause: string): StatusError {
  const { message, details } = forbidden(PODS, name, why);
  return new StatusError('Forbidden', message, { ...details, causes: [{ reason: cause }] });
}

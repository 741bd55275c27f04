import type { Node } from '../../api/generated/core/v1/types.ts';
import type { Draft } from '../../machinery/object.ts';
import type { AdmissionPlugin } from './admission.ts';

const NOT_READY = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' } as const;

/** Nothing is scheduled to a new node until somebody has seen that it is ready. */
export const nodeTaint: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  admit({ operation, definition, subresource, object }) {
    if (operation !== 'CREATE' || definition.plural !== 'nodes' || definition.group !== '') return;
    if (subresource !== undefined) return;
    const node = object as Draft<Node>;
    node.spec ??= {};
    const { taints = [] } = node.spec;
    if (taints.some(({ key, effect }) => key === NOT_READY.key && effect === NOT_READY.effect)) {
      return;
    }
    node.spec.taints = [...taints, { ...NOT_READY }];
  },
};

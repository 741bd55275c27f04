import { untolerated } from '../../api/core-v1/tolerations.ts';
import type { Taint } from '../../api/generated/core/v1/types.ts';
import type { FilterPlugin } from '../framework.ts';
import { FEASIBLE, unresolvable } from '../verdict.ts';

/** What a cordoned node amounts to; the node lifecycle controller sets it as a taint as well. */
const UNSCHEDULABLE: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** Rejects cordoned nodes, unless the pod tolerates the taint that stands for it. */
export const nodeUnschedulable: FilterPlugin = {
  name: 'NodeUnschedulable',
  retryOn: ['Node/Add', 'Node/UpdateTaints'],
  helps: (_, { node }) => !node?.isUnschedulable,
  filter({ tolerations }, { facts }) {
    if (!facts.isUnschedulable || !untolerated([UNSCHEDULABLE], tolerations)) return FEASIBLE;
    return unresolvable('node(s) were unschedulable', { taint: UNSCHEDULABLE });
  },
};

import type { FilterPlugin } from '../framework.ts';
import { FEASIBLE, unresolvable } from '../verdict.ts';

/** Rejects every node but the one that the pod names itself. */
export const nodeName: FilterPlugin = {
  name: 'NodeName',
  retryOn: ['Node/Add'],
  concerns: ({ pod }) => Boolean(pod.spec.nodeName),
  filter({ pod }, { name }) {
    const wanted = pod.spec.nodeName!;
    if (wanted === name) return FEASIBLE;
    return unresolvable("node(s) didn't match the requested node name", { wanted });
  },
};

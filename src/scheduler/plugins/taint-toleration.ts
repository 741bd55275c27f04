import { untolerated } from '../../api/core-v1/tolerations.ts';
import {
  EACH_NODE,
  type FilterPlugin,
  SCORE_MAX,
  type Surroundings,
  type SurroundingsPlugin,
} from '../framework.ts';
import { FEASIBLE, unresolvable } from '../verdict.ts';

/** Rejects nodes that carry a NoSchedule or NoExecute taint that the pod doesn't tolerate. */
export const taintToleration: FilterPlugin = {
  name: 'TaintToleration',
  retryOn: ['Node/Add', 'Node/UpdateTaints'],
  helps: ({ tolerations }, { node }) =>
    untolerated(node?.hardTaints ?? [], tolerations) === undefined,
  filter({ tolerations }, { facts }) {
    const taint = untolerated(facts.hardTaints, tolerations);
    // Unresolvable: evicting pods can't remove a taint, so preemption skips this node.
    return taint ? unresolvable('node(s) had untolerated taint(s)', { taint }) : FEASIBLE;
  },
};

/** Prefers nodes with the fewest PreferNoSchedule taints that the pod doesn't tolerate. */
export const taintPreference: SurroundingsPlugin = {
  name: 'TaintToleration',
  weight: 3,
  retryOn: [],
  look({ tolerations }): Surroundings {
    const soft = tolerations.filter(({ effect }) => !effect || effect === 'PreferNoSchedule');
    return {
      counts: [
        {
          topologyKey: EACH_NODE,
          isSummed: false,
          of: ({ facts: { softTaints } }) =>
            softTaints.length === 0
              ? 0
              : softTaints.filter((taint) => untolerated([taint], soft) !== undefined).length,
        },
      ],
      rate(places) {
        const most = places.reduce((max, { at }) => Math.max(max, at[0]!), 0);
        return places.map(({ at }) =>
          most === 0 ? SCORE_MAX : SCORE_MAX - Math.trunc((SCORE_MAX * at[0]!) / most),
        );
      },
    };
  },
};

import {
  allowedNodeNames,
  matchesRequiredNodeAffinity,
  matchesTerm,
} from '../../api/core-v1/node-selector.ts';
import {
  EACH_NODE,
  type FilterPlugin,
  type PrefilterPlugin,
  SCORE_MAX,
  type SurroundingsPlugin,
} from '../framework.ts';
import { FEASIBLE, unresolvable } from '../verdict.ts';

const NAME = 'NodeAffinity';

/** Rejects nodes that the pod's node selector or required node affinity doesn't match. */
export const nodeAffinity: FilterPlugin = {
  name: NAME,
  retryOn: ['Node/Add', 'Node/UpdateLabels'],
  helps: ({ pod }, { node }) => node === undefined || matchesRequiredNodeAffinity(pod, node.node),
  concerns: ({ pod: { spec } }) =>
    spec.nodeSelector !== undefined || spec.affinity?.nodeAffinity !== undefined,
  filter({ pod }, { facts }) {
    if (matchesRequiredNodeAffinity(pod, facts.node)) return FEASIBLE;
    return unresolvable("node(s) didn't match Pod's node affinity/selector");
  },
};

/** Names the only nodes to look at when the affinity does, as it does for pods of a DaemonSet. */
export const nodeAffinityNames: PrefilterPlugin = {
  name: NAME,
  retryOn: nodeAffinity.retryOn,
  helps: nodeAffinity.helps!,
  prefilter({ pod }) {
    const allowed = allowedNodeNames(pod);
    return allowed?.size === 0 ? unresolvable('pod affinity terms conflict') : allowed;
  },
};

/** Prefers nodes by the weights of the preferred node affinity terms that match. */
export const nodePreference: SurroundingsPlugin = {
  name: NAME,
  weight: 2,
  retryOn: [],
  look({ pod }) {
    const terms =
      pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    if (terms.length === 0) return undefined;
    return {
      counts: [
        {
          topologyKey: EACH_NODE,
          isSummed: false,
          of: ({ facts }) =>
            terms
              .filter(({ preference }) => matchesTerm(preference, facts.node))
              .reduce((sum, { weight }) => sum + weight, 0),
        },
      ],
      rate(places) {
        const most = places.reduce((max, { at }) => Math.max(max, at[0]!), 0);
        return places.map(({ at }) => (most === 0 ? 0 : Math.trunc((SCORE_MAX * at[0]!) / most)));
      },
    };
  },
};

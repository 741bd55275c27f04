import type { Profile } from './framework.ts';
import { dynamicResources } from './plugins/dynamic-resources.ts';
import { imageLocality } from './plugins/image-locality.ts';
import { interPodAffinity } from './plugins/inter-pod-affinity.ts';
import { nodeAffinity, nodeAffinityNames, nodePreference } from './plugins/node-affinity.ts';
import { nodeName } from './plugins/node-name.ts';
import { nodePorts } from './plugins/node-ports.ts';
import { nodeResourcesFit } from './plugins/node-resources-fit.ts';
import { nodeUnschedulable } from './plugins/node-unschedulable.ts';
import { podTopologySpread } from './plugins/pod-topology-spread.ts';
import {
  balancedAllocation,
  resourceScore,
  type ScoringStrategy,
} from './plugins/resource-scores.ts';
import { taintPreference, taintToleration } from './plugins/taint-toleration.ts';
import { volumeBinding, volumeClaims } from './plugins/volume-binding.ts';

/** What can be chosen about the plugins. */
export interface ProfileOptions {
  /** Which nodes are best by how full they are; the emptiest unless said. */
  readonly scoringStrategy?: ScoringStrategy;
}

/** The plugins that Kubernetes schedules with by default, in its order and with its weights. */
export function createProfile(options: ProfileOptions = {}): Profile {
  const { scoringStrategy = { type: 'LeastAllocated' } } = options;
  return {
    prefilters: [nodeAffinityNames, volumeClaims, dynamicResources],
    filters: [
      nodeUnschedulable,
      nodeName,
      taintToleration,
      nodeAffinity,
      nodePorts,
      nodeResourcesFit,
      volumeBinding,
    ],
    scores: [resourceScore(scoringStrategy), balancedAllocation],
    surroundings: [
      taintPreference,
      nodePreference,
      podTopologySpread,
      interPodAffinity,
      imageLocality,
    ],
  };
}

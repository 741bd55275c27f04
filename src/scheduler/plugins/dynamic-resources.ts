import type { PrefilterPlugin } from '../framework.ts';
import { FEASIBLE, unresolvable } from '../verdict.ts';

/**
 * Refuses pods that ask for devices by resource claims. Nothing here can allocate them yet, and a
 * pod that was placed without would wait on its node forever, without anybody saying why.
 */
export const dynamicResources: PrefilterPlugin = {
  name: 'DynamicResources',
  retryOn: [],
  prefilter({ pod }) {
    if (!pod.spec.resourceClaims?.length) return FEASIBLE;
    const wanted = pod.spec.resourceClaims.map(({ name }) => name).join(', ');
    return unresolvable('resource claims are not supported', { wanted });
  },
};

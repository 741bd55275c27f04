import type { Pod, Toleration } from '../../api/generated/core/v1/types.ts';
import type { Draft } from '../../machinery/object.ts';
import type { AdmissionPlugin } from './admission.ts';
import { isPod } from './pods.ts';

const NOT_READY = 'node.kubernetes.io/not-ready';
const UNREACHABLE = 'node.kubernetes.io/unreachable';
const TOLERATED_SECONDS = 300;

const DEFAULTS = [NOT_READY, UNREACHABLE].map((key) =>
  Object.freeze({
    key,
    operator: 'Exists' as const,
    effect: 'NoExecute' as const,
    tolerationSeconds: TOLERATED_SECONDS,
  }),
);

const tolerates = (key: string) => (toleration: Toleration) =>
  (!toleration.key || toleration.key === key) &&
  (!toleration.effect || toleration.effect === 'NoExecute');

/** A pod stays for five minutes on a node that is lost, unless it says otherwise. */
export const defaultTolerations: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  admit(attributes) {
    const { operation, object, subresource } = attributes;
    if (!isPod(attributes) || operation === 'DELETE' || object === undefined) return;
    if (subresource !== undefined) return;
    const { spec } = object as Draft<Pod>;
    for (const toleration of DEFAULTS) {
      if (spec.tolerations?.some(tolerates(toleration.key))) continue;
      spec.tolerations ??= [];
      spec.tolerations.push(toleration);
    }
  },
};

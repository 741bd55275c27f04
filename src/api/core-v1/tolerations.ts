import { parseInt64 } from '../../machinery/selector/label-requirement.ts';
import type { Taint, Toleration } from '../generated/core/v1/types.ts';

/** Whether one toleration covers a taint (`core/v1` Toleration). */
function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  const value = toleration.value ?? '';
  switch (toleration.operator || 'Equal') {
    case 'Equal':
      return value === (taint.value ?? '');
    case 'Exists':
      return true;
    case 'Lt':
      return compared(taint.value, value) === 'less';
    case 'Gt':
      return compared(taint.value, value) === 'greater';
    default:
      return false;
  }
}

function compared(left: string | undefined, right: string): 'less' | 'equal' | 'greater' | 'not' {
  const [a, b] = [parseInt64(left ?? ''), parseInt64(right)];
  if (a === undefined || b === undefined) return 'not';
  if (a === b) return 'equal';
  return a < b ? 'less' : 'greater';
}

/** The first of `taints` that none of the tolerations covers. */
export function untolerated(
  taints: readonly Taint[],
  tolerations: readonly Toleration[],
): Taint | undefined {
  if (taints.length === 0) return undefined;
  return taints.find((taint) => !tolerations.some((each) => tolerates(each, taint)));
}

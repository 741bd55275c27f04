import type { FieldPath } from '../../machinery/field-path.ts';
import { parseQuantity } from '../../machinery/quantity.ts';
import { quote } from '../../machinery/quote.ts';
import type { PersistentVolumeClaimSpec } from '../generated/core/v1/types.ts';

/** What is accepted in a claim and shouldn't be done. */
export function claimSpecWarnings(spec: PersistentVolumeClaimSpec, path: FieldPath): string[] {
  return (['requests', 'limits'] as const).flatMap((side) => {
    const size = spec.resources?.[side]?.storage;
    if (size === undefined || parseQuantity(size).isWhole) return [];
    const at = path.at('resources', side).key('storage');
    return [`${at}: fractional byte value ${quote(size)} is invalid, must be an integer`];
  });
}

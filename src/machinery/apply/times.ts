import { isEqual, isSemanticallyEqual } from '../equal.ts';
import type { ManagedFieldsEntry, ObjectMeta } from '../object.ts';

interface HasMetadata {
  readonly metadata: Partial<ObjectMeta>;
}

/**
 * The managedFields to store with an object that is about to replace another: those of before, if
 * nothing but their times differs. So applying the same again and again isn't a write.
 *
 * @param strict takes empty and absent for different, as custom resources do
 */
export function settledManagedFields(
  next: HasMetadata,
  previous: HasMetadata,
  { strict = false }: { strict?: boolean } = {},
): readonly ManagedFieldsEntry[] | undefined {
  const [now, then] = [next.metadata.managedFields, previous.metadata.managedFields];
  if (!now || !then || now.length !== then.length) return now;
  if (now.every(({ time }, i) => time === then[i]!.time)) return now;
  if (!isEqual(now.map(timeless), then.map(timeless))) return now;
  const isSame = strict ? isEqual : isSemanticallyEqual;
  return isSame(withoutManagedFields(next), withoutManagedFields(previous)) ? then : now;
}

const timeless = ({ time: _, ...entry }: ManagedFieldsEntry): object => entry;

function withoutManagedFields(object: HasMetadata): object {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

import { type Draft, draftOf, type KubeObject } from '../../machinery/object.ts';
import type { ServedResource } from '../registry/served-resource.ts';

/** An object in the version of another resource, which means the same. */
export async function inVersion(
  target: ServedResource,
  source: ServedResource,
  object: KubeObject,
): Promise<KubeObject> {
  if (target === source) return object;
  // A copy: what was converted is remembered by what it was converted from, and drafts change.
  const stored = await source.toStored(draftOf(object) as KubeObject);
  await target.ready([stored]);
  return target.fromStored(stored);
}

/**
 * Gives a draft the contents of another, in place: whoever made it holds on to it. Who owns which
 * fields stays, since nobody comes to own what admission sets.
 */
export function replaceContents(draft: Draft<KubeObject>, next: Draft<KubeObject>): void {
  const { managedFields } = draft.metadata;
  const [fields, others] = [draft, next] as unknown as Record<string, unknown>[];
  for (const name of Object.keys(fields!)) if (!(name in others!)) delete fields![name];
  Object.assign(fields!, others);
  if (managedFields !== undefined) draft.metadata.managedFields = managedFields;
  else delete (draft.metadata as { managedFields?: unknown }).managedFields;
}

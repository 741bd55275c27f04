import { setMember } from '../member.ts';
import { type Fields, fieldsOf } from './kind-of.ts';

// What the server sets, or what names the object: nobody owns it.
const UNTRACKED_METADATA = new Set([
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'clusterName',
  'generation',
  'managedFields',
  'resourceVersion',
]);

/** The parts of an object that can have an owner. Has `metadata` even when there is nothing in it. */
export function trackedPartsOf(object: object): Fields {
  const parts: Record<string, unknown> = {};
  for (const key of Object.keys(object)) {
    if (key !== 'apiVersion' && key !== 'kind') setMember(parts, key, (object as Fields)[key]);
  }
  const metadata: Record<string, unknown> = {};
  const all = fieldsOf(parts.metadata);
  for (const key of Object.keys(all)) {
    if (!UNTRACKED_METADATA.has(key)) setMember(metadata, key, all[key]);
  }
  parts.metadata = metadata;
  return parts;
}

/** The same of a configuration: without `metadata` when there is nothing in it. */
export function trackedConfiguration(object: object): Fields {
  const parts = trackedPartsOf(object);
  for (const _ in parts.metadata as Fields) return parts;
  const { metadata: _, ...rest } = parts;
  return rest;
}

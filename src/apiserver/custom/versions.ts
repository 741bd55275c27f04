import type { StoredAs } from '../../api/definition.ts';
import type { Versions } from '../../machinery/apply/versions.ts';
import { deepFreeze, type KubeObject } from '../../machinery/object.ts';
import type { SchemaForm } from './form.ts';

/** The forms of a kind in its versions, by apiVersion. */
export type Forms = ReadonlyMap<string, SchemaForm>;

/** An object with the type that it has in another version; the rest stays. */
function retyped(object: KubeObject, apiVersion: string): KubeObject {
  const { kind, apiVersion: _, ...others } = object;
  return { kind, apiVersion, ...others } as KubeObject;
}

/**
 * Versions that differ in their schema only: an object is the same in all of them, but for what a
 * version doesn't know.
 */
export function storedUnconverted(
  form: SchemaForm,
  { group, version, apiVersion }: { group: string; version: string; apiVersion: string },
): StoredAs {
  const storedVersion = `${group}/${version}`;
  return {
    group,
    version,
    toStored: (object) =>
      object.apiVersion === storedVersion ? object : retyped(object, storedVersion),
    fromStored(stored) {
      if (stored.apiVersion === apiVersion) return form.read(stored);
      return form.read(deepFreeze(retyped(stored, apiVersion)));
    },
  };
}

/** The versions in which managers of such a kind may have named their fields. */
export const unconvertedVersions = (forms: Forms): Versions => ({
  typeOf: (apiVersion) => forms.get(apiVersion)?.applyType,
  convert(object, apiVersion) {
    if (!forms.has(apiVersion)) return undefined;
    const { apiVersion: own } = object as KubeObject;
    return own === apiVersion ? object : retyped(object as KubeObject, apiVersion);
  },
});

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
 * version doesn't know. What the stored version doesn't know is lost, and of what was left out
 * only that version's defaults come back.
 */
export function storedUnconverted(
  forms: Forms,
  { group, version, apiVersion }: { group: string; version: string; apiVersion: string },
): StoredAs {
  const storedVersion = `${group}/${version}`;
  const form = forms.get(apiVersion)!;
  return {
    group,
    version,
    toStored(object) {
      if (object.apiVersion === storedVersion) return object;
      const other = retyped(object, storedVersion);
      return forms.get(storedVersion)?.converted(other) ?? other;
    },
    fromStored(stored) {
      if (stored.apiVersion === apiVersion) return form.read(stored);
      const whole = forms.get(stored.apiVersion)?.read(stored) ?? stored;
      return deepFreeze(form.converted(retyped(whole, apiVersion)));
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

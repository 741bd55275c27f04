import type { ResourceDefinition } from '../../api/definition.ts';
import { definitions } from '../../api/definitions.ts';
import { applyTypeOf } from '../../machinery/apply/type.ts';
import { onlyVersion, type Versions } from '../../machinery/apply/versions.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { apiVersionOf } from '../../machinery/resource.ts';

/** The versions in which a built-in kind is served, for managers who named fields in another one. */
export function versionsOf(definition: ResourceDefinition): Versions {
  const others = definitions.filter((each) => restsWith(each, definition));
  if (others.length < 2)
    return onlyVersion(apiVersionOf(definition), applyTypeOf(definition.shape));
  const byVersion = new Map(others.map((each) => [apiVersionOf(each), each]));
  return {
    typeOf(apiVersion) {
      const other = byVersion.get(apiVersion);
      return other && applyTypeOf(other.shape);
    },
    convert(object, apiVersion) {
      const [from, to] = [
        byVersion.get((object as KubeObject).apiVersion),
        byVersion.get(apiVersion),
      ];
      if (from === to || from === undefined) return to && object;
      const whole = withParts(from, object as KubeObject);
      // Built-in kinds are converted on the spot.
      const stored = (from.storedAs?.toStored(whole) ?? whole) as KubeObject;
      return to && (to.storedAs?.fromStored(stored) ?? stored);
    },
  };
}

/** An object of which only some fields are looked at, with the parts that every object has. */
function withParts({ shape }: ResourceDefinition, object: KubeObject): KubeObject {
  const parts = ['metadata', 'spec', 'status'] as const;
  const missing = parts.filter(
    (name) => shape.fieldsByName.has(name) && !(object as unknown as Record<string, unknown>)[name],
  );
  return { ...object, ...Object.fromEntries(missing.map((name) => [name, {}])) };
}

/** Whether both are forms of the same objects in the store. */
const restsWith = (a: ResourceDefinition, b: ResourceDefinition): boolean =>
  a.plural === b.plural && (a.storedAs?.group ?? a.group) === (b.storedAs?.group ?? b.group);

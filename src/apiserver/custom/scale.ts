import type { ScaleSubresource } from '../../api/definition.ts';
import type { CustomResourceSubresourceScale } from '../../api/generated/apiextensions/v1/types.ts';
import { type FieldError, invalid } from '../../machinery/field-error.ts';
import { FieldPath } from '../../machinery/field-path.ts';
import { isMap, memberOf, setMember } from '../../machinery/member.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { StatusError } from '../../machinery/status.ts';

const MAX_INT32 = 2 ** 31 - 1;

/** `.spec.replicas` as the names on the way. */
const namesOf = (path: string): readonly string[] => path.replace(/^\./, '').split('.');

function valueAt(object: KubeObject, path: string): unknown {
  let value: unknown = object;
  for (const name of namesOf(path)) {
    if (!isMap(value)) return undefined;
    value = memberOf(value, name);
  }
  return value;
}

/** How the number of replicas of a custom resource is read and written. */
export function customScale(paths: CustomResourceSubresourceScale): ScaleSubresource<KubeObject> {
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = paths;
  return {
    replicas(object) {
      const value = valueAt(object, specReplicasPath);
      if (typeof value !== 'number') throw missing(specReplicasPath);
      return value;
    },
    setReplicas(draft, replicas) {
      let target = draft as unknown as Record<string, unknown>;
      const names = [...namesOf(specReplicasPath)];
      const last = names.pop() ?? '';
      for (const name of names) {
        if (!isMap(memberOf(target, name))) setMember(target, name, {});
        target = target[name] as Record<string, unknown>;
      }
      setMember(target, last, replicas);
    },
    statusReplicas(object) {
      const value = valueAt(object, statusReplicasPath);
      return typeof value === 'number' ? value : 0;
    },
    selector(object) {
      const value = labelSelectorPath ? valueAt(object, labelSelectorPath) : undefined;
      return typeof value === 'string' ? value : '';
    },
    replicasPath: namesOf(specReplicasPath),
    isCheckedByKind: true,
  };
}

function missing(path: string): StatusError {
  const message = `the spec replicas field "${path}" does not exist`;
  const details = { causes: [{ message }] };
  return new StatusError('InternalError', `Internal error occurred: ${message}`, details);
}

/** Numbers of replicas that can't be. */
export const validateReplicas = (
  object: KubeObject,
  paths: CustomResourceSubresourceScale,
  { isStatus = false } = {},
): FieldError[] => [
  ...(isStatus ? [] : validateNumber(object, paths.specReplicasPath)),
  ...validateNumber(object, paths.statusReplicasPath),
];

function validateNumber(object: KubeObject, path: string): FieldError[] {
  const value = valueAt(object, path);
  const at = FieldPath.root.at(path);
  if (value === undefined) return [];
  if (typeof value !== 'number') {
    const detail = `${path} accessor error: ${JSON.stringify(value)} is of the type ${typeof value}, expected int64`;
    return [invalid(at, 0, detail)];
  }
  if (value < 0) return [invalid(at, value, 'should be a non-negative integer')];
  if (value <= MAX_INT32) return [];
  return [invalid(at, value, `should be less than or equal to ${MAX_INT32}`)];
}

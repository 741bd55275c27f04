import type { ScaleSubresource } from '../../api/definition.ts';
import type { CustomResourceSubresourceScale } from '../../api/generated/apiextensions/v1/types.ts';
import { type FieldError, invalid } from '../../machinery/field-error.ts';
import { FieldPath } from '../../machinery/field-path.ts';
import { isMap, memberOf, setMember } from '../../machinery/member.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { printPlain, printType } from '../../machinery/print.ts';
import { StatusError } from '../../machinery/status.ts';

const MAX_INT32 = 2 ** 31 - 1;

/** `.spec.replicas` as the names on the way. */
const namesOf = (path: string): readonly string[] => path.replace(/^\./, '').split('.');

/** What stands under a path, or why nothing can: something on the way isn't an object. */
interface Found {
  readonly value?: unknown;
  readonly fault?: string;
}

function find(object: KubeObject, path: string): Found {
  let value: unknown = object;
  const names = namesOf(path);
  for (const [i, name] of names.entries()) {
    // A null on the way is as if nothing were there; one at the end is a value.
    if (value === undefined || value === null) return {};
    if (!isMap(value)) {
      return { fault: accessorFault(names.slice(0, i + 1), value, 'map[string]interface{}') };
    }
    value = memberOf(value, name);
  }
  return { value };
}

function accessorFault(names: readonly string[], value: unknown, wanted: string): string {
  const type = value === null ? '<nil>' : printType(value);
  const path = names.join('.');
  return `.${path} accessor error: ${printPlain(value)} is of the type ${type}, expected ${wanted}`;
}

const valueAt = (object: KubeObject, path: string): unknown => find(object, path).value;

/** How the number of replicas of a custom resource is read and written. */
export function customScale(paths: CustomResourceSubresourceScale): ScaleSubresource<KubeObject> {
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = paths;
  return {
    replicas(object) {
      const value = valueAt(object, specReplicasPath);
      if (typeof value !== 'number') throw missing(specReplicasPath);
      return value;
    },
    missingPath: (object) =>
      typeof valueAt(object, specReplicasPath) === 'number' ? undefined : specReplicasPath,
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

/** Numbers of replicas that can't be, and a selector that is no text. */
export const validateReplicas = (
  object: KubeObject,
  { specReplicasPath, statusReplicasPath, labelSelectorPath }: CustomResourceSubresourceScale,
  { isStatus = false } = {},
): FieldError[] => [
  ...(isStatus ? [] : validateNumber(object, specReplicasPath)),
  ...validateNumber(object, statusReplicasPath),
  ...(labelSelectorPath ? validateSelector(object, labelSelectorPath) : []),
];

function validateNumber(object: KubeObject, path: string): FieldError[] {
  const { value, fault } = find(object, path);
  const at = FieldPath.root.at(path);
  if (fault !== undefined) return [invalid(at, 0, fault)];
  if (value === undefined) return [];
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    return [invalid(at, 0, accessorFault(namesOf(path), value, 'int64'))];
  }
  if (value < 0) return [invalid(at, value, 'should be a non-negative integer')];
  if (value <= MAX_INT32) return [];
  return [invalid(at, value, `should be less than or equal to ${MAX_INT32}`)];
}

function validateSelector(object: KubeObject, path: string): FieldError[] {
  const { value, fault } = find(object, path);
  const at = FieldPath.root.at(path);
  if (fault !== undefined) return [invalid(at, '', fault)];
  if (value === undefined || typeof value === 'string') return [];
  return [invalid(at, '', accessorFault(namesOf(path), value, 'string'))];
}

import { conflict, type StatusError } from '../../machinery/status.ts';
import type { Call } from '../call.ts';
import type { ServedResource } from './served-resource.ts';

/** Where Kubernetes keeps kinds that it doesn't keep under their plural. */
const PLACES: Readonly<Record<string, string>> = {
  '/endpoints': 'services/endpoints',
  '/nodes': 'minions',
  '/replicationcontrollers': 'controllers',
  '/services': 'services/specs',
  'networking.k8s.io/ingresses': 'ingress',
};

/** Groups whose kinds Kubernetes keeps under the group's name, as those of custom resources. */
const GROUPS_APART = ['apiextensions.k8s.io', 'apiregistration.k8s.io'];

/**
 * The conflict of a write that names another object than the one stored under the name, which may
 * be none. Its text names the key in etcd, which clients have come to know.
 */
export const uidConflict = (call: Call, given: string, actual: string): StatusError =>
  preconditionConflict(call, 'UID', given, actual);

/** The conflict of a write that is meant for another revision of the object than the one stored. */
export const revisionConflict = (call: Call, given: string, actual: string): StatusError =>
  preconditionConflict(call, 'ResourceVersion', given, actual);

function preconditionConflict(
  { resource, request }: Call,
  what: 'UID' | 'ResourceVersion',
  given: string,
  actual: string,
): StatusError {
  const { name = '', namespace } = request;
  const place = namespace ? `${namespace}/${name}` : name;
  const key = `/registry/${placeOf(resource)}/${place}`;
  const detail = `Precondition failed: ${what} in precondition: ${given}, ${what} in object meta: ${actual}`;
  const text = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${detail}`;
  return conflict(resource, name, text);
}

function placeOf({ group, plural, isCustom }: ServedResource): string {
  if (isCustom || GROUPS_APART.includes(group)) return `${group}/${plural}`;
  return PLACES[`${group}/${plural}`] ?? plural;
}

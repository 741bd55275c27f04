import { DecodeError } from '../../../machinery/decode-error.ts';
import { type FieldError, forbiddenField, invalid } from '../../../machinery/field-error.ts';
import type { FieldPath } from '../../../machinery/field-path.ts';
import { decodeJson } from '../../../machinery/json-codec.ts';
import { parseJson } from '../../../machinery/json-text.ts';
import type { ObjectMeta } from '../../../machinery/object.ts';
import { jsonKind } from '../../../machinery/patch/json-patch-parser.ts';
import { quote } from '../../../machinery/quote.ts';
import type { Pod, PodSpec, Toleration } from '../../generated/core/v1/types.ts';
import { validateDescendingPath } from './path-rules.ts';
import { tolerationShape } from './pod-struct.ts';
import { validateTolerations } from './scheduling-rules.ts';
import { containersWithPaths } from './windows-rules.ts';

/** Set by a node on the API's copy of a pod that it runs by itself. */
export const MIRROR_POD = 'kubernetes.io/config.mirror';
const TOLERATIONS = 'scheduler.alpha.kubernetes.io/tolerations';
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
export const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
export const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/';
/** How AppArmor profiles were given before they had a field. */
export const APP_ARMOR_CONTAINER = 'container.apparmor.security.beta.kubernetes.io/';

type Annotations = ObjectMeta['annotations'];

/**
 * What some annotations of a pod, or of a template, mean to Kubernetes. A cost that was accepted
 * before it had to be a number may stay.
 */
export function validatePodAnnotations(
  annotations: Annotations,
  spec: PodSpec,
  path: FieldPath,
  previous?: Annotations,
): FieldError[] {
  if (!annotations) return [];
  const errors: FieldError[] = [];
  const mirror = annotations[MIRROR_POD];
  if (mirror !== undefined && !spec.nodeName) {
    const detail = 'must set spec.nodeName if mirror pod annotation is set';
    errors.push(invalid(path.key(MIRROR_POD), mirror, detail));
  }
  if (annotations[TOLERATIONS]) {
    errors.push(...validateToleratedByText(annotations[TOLERATIONS], path));
  }
  if (!hasValidCost(annotations) && hasValidCost(previous)) {
    const cost = annotations[DELETION_COST];
    errors.push(invalid(path.key(DELETION_COST), cost, 'must be a 32bit integer'));
  }
  const seccomp = annotations[SECCOMP_POD];
  if (seccomp !== undefined) errors.push(...validateSeccomp(seccomp, path.at(SECCOMP_POD)));
  for (const key in annotations) {
    if (!key.startsWith(SECCOMP_CONTAINER)) continue;
    errors.push(...validateSeccomp(annotations[key]!, path.at(key)));
  }
  for (const key in annotations) {
    if (!key.startsWith(APP_ARMOR_CONTAINER)) continue;
    errors.push(...validateAppArmor(key, annotations[key]!, spec, path));
  }
  return errors;
}

const hasValidCost = (annotations: Annotations): boolean =>
  annotations?.[DELETION_COST] === undefined || isInt32(annotations[DELETION_COST]);

const isInt32 = (text: string): boolean =>
  /^[+-]?[0-9]+$/.test(text) &&
  !/^(\+|-?0[0-9])/.test(text) &&
  Number(text) >= -(2 ** 31) &&
  Number(text) < 2 ** 31;

/** Tolerations as JSON: how they were given before they had a field. */
function validateToleratedByText(text: string, path: FieldPath): FieldError[] {
  try {
    return validateTolerations(readTolerations(text), path.at(TOLERATIONS));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return [invalid(path, TOLERATIONS, error.message)];
  }
}

function readTolerations(text: string): Toleration[] {
  const { value } = parseJson(text);
  if (value === null) return [];
  if (!Array.isArray(value)) {
    const type = '[]core.Toleration';
    throw new DecodeError(
      `json: cannot unmarshal ${jsonKind(value)} into Go value of type ${type}`,
    );
  }
  return value.map((each) => decodeJson(tolerationShape(), each).object as Toleration);
}

function validateSeccomp(profile: string, path: FieldPath): FieldError[] {
  if (['runtime/default', 'docker/default', 'unconfined'].includes(profile)) return [];
  if (profile.startsWith('localhost/')) {
    return validateDescendingPath(profile.slice('localhost/'.length), path);
  }
  return [invalid(path, profile, 'must be a valid seccomp profile')];
}

function validateAppArmor(
  key: string,
  profile: string,
  spec: PodSpec,
  path: FieldPath,
): FieldError[] {
  const name = key.slice(APP_ARMOR_CONTAINER.length);
  const errors: FieldError[] = [];
  if (!containersWithPaths(spec, path).some(([container]) => container.name === name)) {
    errors.push(invalid(path.key(key), name, 'container not found'));
  }
  const known = ['', 'runtime/default', 'unconfined'].includes(profile);
  if (!known && !profile.startsWith('localhost/')) {
    const detail = `invalid AppArmor profile name: ${quote(profile)}`;
    errors.push(invalid(path.key(key), profile, detail));
  }
  return errors;
}

/** Annotations that no update of a pod may touch, and what the others mean. */
export function validatePodAnnotationsUpdate(
  { metadata: { annotations: next = {} }, spec }: Pod,
  { metadata: { annotations: previous = {} } }: Pod,
  path: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  const check = (key: string, verb: string) => {
    if (key.startsWith(APP_ARMOR_CONTAINER)) {
      errors.push(forbiddenField(path.key(key), `may not ${verb} AppArmor annotations`));
    }
    if (key === MIRROR_POD) {
      errors.push(forbiddenField(path.key(key), `may not ${verb} mirror pod annotation`));
    }
  };
  for (const key in previous) if (next[key] !== previous[key]) check(key, 'remove or update');
  for (const key in next) if (previous[key] === undefined) check(key, 'add');
  return [...errors, ...validatePodAnnotations(next, spec, path, previous)];
}

interface Profile {
  readonly type?: string;
  readonly localhostProfile?: string;
}

/** Who gives a profile by annotation and by field has to give the same. */
export function validateProfilesAgree(
  annotations: Annotations,
  spec: PodSpec,
  path: FieldPath,
): FieldError[] {
  if (!annotations) return [];
  const errors: FieldError[] = [];
  const ofPod = spec.securityContext;
  if (ofPod?.seccompProfile) {
    const at = path.at('securityContext', 'seccompProfile');
    errors.push(...validateAgrees('seccomp', annotations[SECCOMP_POD], ofPod.seccompProfile, at));
  }
  const containers = containersWithPaths(spec, path);
  for (const [{ name, securityContext }, containerPath] of containers) {
    const at = containerPath.at('securityContext', 'seccompProfile');
    const text = annotations[SECCOMP_CONTAINER + name];
    errors.push(...validateAgrees('seccomp', text, securityContext?.seccompProfile, at));
  }
  if (spec.os?.name === 'windows') return errors;
  for (const [{ name, securityContext }, containerPath] of containers) {
    const at = containerPath.at('securityContext', 'appArmorProfile');
    const profile = securityContext?.appArmorProfile ?? ofPod?.appArmorProfile;
    errors.push(
      ...validateAgrees('apparmor', annotations[APP_ARMOR_CONTAINER + name], profile, at),
    );
  }
  return errors;
}

const TEXT_OF_TYPE: Readonly<Record<string, readonly string[]>> = {
  Unconfined: ['unconfined'],
  RuntimeDefault: ['runtime/default', 'docker/default'],
};

function validateAgrees(
  what: string,
  text: string | undefined,
  profile: Profile | undefined,
  path: FieldPath,
): FieldError[] {
  if (text === undefined || !profile) return [];
  const refuse = (field: string, word: string) => [
    forbiddenField(path.at(field), `${what} ${word} in annotation and field must match`),
  ];
  if (profile.type === 'Localhost') {
    if (!text.startsWith('localhost/')) return refuse('type', 'type');
    const same = profile.localhostProfile === text.slice('localhost/'.length);
    return same ? [] : refuse('localhostProfile', 'profile');
  }
  const texts = TEXT_OF_TYPE[profile.type ?? ''];
  return !texts || texts.includes(text) ? [] : refuse('type', 'type');
}

import type { PatchType, RequestOptions } from '../../machinery/api-request.ts';
import {
  type FieldError,
  forbiddenField,
  invalidObject,
  notSupported,
} from '../../machinery/field-error.ts';
import { FieldPath } from '../../machinery/field-path.ts';
import {
  type DeletionOptions,
  validateDeleteOptions,
  validatePatchOptions,
  validateWriteOptions,
} from '../../machinery/validation/options.ts';

const at = (name: string): FieldPath => FieldPath.root.at(name);

function refuse(kind: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidObject({ group: 'meta.k8s.io', kind }, '', errors);
}

/** Throws Invalid unless the options may come with a create. */
export const checkCreateOptions = (options: RequestOptions): void =>
  refuse('CreateOptions', validateWriteOptions(options));

/** Throws Invalid unless the options may come with an update. */
export const checkUpdateOptions = (options: RequestOptions): void =>
  refuse('UpdateOptions', validateWriteOptions(options));

/** Throws Invalid unless the options may come with a patch of this type. */
export const checkPatchOptions = (options: RequestOptions, type: PatchType): void =>
  refuse('PatchOptions', validatePatchOptions(options, type));

/** Throws Invalid unless these are possible options of a delete. */
export const checkDeleteOptions = (options: DeletionOptions): void =>
  refuse('DeleteOptions', validateDeleteOptions(options));

/** Throws Invalid unless the options may come with a list. */
export function checkListOptions(options: RequestOptions): void {
  const { resourceVersionMatch: match, sendInitialEvents } = options;
  if (!match && sendInitialEvents === undefined) return;
  const errors = match ? listMatchErrors(options, match) : [];
  if (sendInitialEvents !== undefined) {
    const detail = 'sendInitialEvents is forbidden for list';
    errors.push(forbiddenField(at('sendInitialEvents'), detail));
  }
  refuse('ListOptions', errors);
}

/** Throws Invalid unless the options may come with a watch. */
export function checkWatchOptions(options: RequestOptions): void {
  const { resourceVersionMatch: match, sendInitialEvents, continue: token } = options;
  const path = at('resourceVersionMatch');
  const errors: FieldError[] = [];
  const say = (detail: string) => errors.push(forbiddenField(path, detail));
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    say('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  }
  if (match) {
    if (sendInitialEvents === undefined) {
      say('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
    }
    if (match !== 'NotOlderThan') errors.push(notSupported(path, match, ['NotOlderThan']));
    if (token) say('resourceVersionMatch is forbidden when continue is provided');
  }
  refuse('ListOptions', errors);
}

function listMatchErrors(options: RequestOptions, match: string): FieldError[] {
  const path = at('resourceVersionMatch');
  const errors: FieldError[] = [];
  const say = (detail: string) => errors.push(forbiddenField(path, detail));
  if (!options.resourceVersion) {
    say('resourceVersionMatch is forbidden unless resourceVersion is provided');
  }
  if (options.continue) say('resourceVersionMatch is forbidden when continue is provided');
  if (match !== 'Exact' && match !== 'NotOlderThan') {
    errors.push(notSupported(path, match, ['Exact', 'NotOlderThan', '']));
  }
  if (match === 'Exact' && options.resourceVersion === '0') {
    say('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  }
  return errors;
}

import { apiVersionOf } from '../../machinery/resource.ts';
import { forbidden, StatusError } from '../../machinery/status.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import type { AdmissionAttributes, ObjectKind } from './admission.ts';
import { namespaceOf } from './matching.ts';
import { viewOf } from './view.ts';

/**
 * What policies and webhooks are told of a request, beside its objects: an `admission.k8s.io/v1`
 * AdmissionRequest, in the version in which it matched.
 */
export function reviewRequestOf(attributes: AdmissionAttributes, matched: ServedResource): object {
  const { resource, subresource, name, operation, user, dryRun } = attributes;
  const namespace = namespaceOf(attributes);
  return {
    kind: kindOf(viewOf(attributes, matched).kind),
    resource: resourceOf(matched),
    ...(subresource && { subResource: subresource }),
    requestKind: kindOf(viewOf(attributes, resource).kind),
    requestResource: resourceOf(resource),
    ...(subresource && { requestSubResource: subresource }),
    ...(name && { name }),
    ...(namespace && { namespace }),
    operation,
    userInfo: userInfoOf(user),
    dryRun,
    options: optionsOf(attributes),
  };
}

const kindOf = ({ group, version, kind }: ObjectKind) => ({ group, version, kind });
const resourceOf = ({ group, version, plural }: ServedResource) => ({
  ...{ group, version, resource: plural },
});

function userInfoOf({ name, uid, groups, extra = {} }: AdmissionAttributes['user']): object {
  return {
    username: name,
    ...(uid && { uid }),
    ...(groups.length > 0 && { groups }),
    ...(Object.keys(extra).length > 0 && { extra }),
  };
}

const OPTION_KINDS = { CREATE: 'CreateOptions', UPDATE: 'UpdateOptions', DELETE: 'DeleteOptions' };
const META = apiVersionOf({ group: 'meta.k8s.io', version: 'v1' });

function optionsOf({ operation, options, deleteOptions }: AdmissionAttributes): object | null {
  if (operation === 'CONNECT') return null;
  const type = { kind: OPTION_KINDS[operation], apiVersion: META };
  if (operation === 'DELETE') return { ...deleteOptions, ...type };
  const { dryRun, fieldManager, fieldValidation } = options;
  return {
    ...type,
    ...(dryRun?.length && { dryRun }),
    ...(fieldManager && { fieldManager }),
    ...(fieldValidation && { fieldValidation }),
  };
}

/** The refusal of a write, in the words of admission. */
export const refusedWrite = (attributes: AdmissionAttributes, why: string): StatusError =>
  forbidden(attributes.definition, shownName(attributes), why);

/** How messages name an object that may have no name yet. */
function shownName({ name, object }: AdmissionAttributes): string {
  return name || object?.metadata.name || object?.metadata.generateName || 'Unknown';
}

/** Something went wrong that the client can do nothing about. */
export const internalError = (why: string): StatusError =>
  new StatusError('InternalError', `Internal error occurred: ${why}`, {
    causes: [{ message: why }],
  });

/** Adds a warning, unless it was given before. */
export function warn({ warnings }: AdmissionAttributes, text: string): void {
  if (!warnings.includes(text)) warnings.push(text);
}

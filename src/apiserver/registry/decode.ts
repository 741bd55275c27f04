import { type Draft, draftOf, type KubeObject } from '../../machinery/object.ts';
import { badRequest } from '../../machinery/status.ts';
import type { Call } from '../call.ts';

/**
 * The object in the request's body: a fresh draft of the resource's kind with its defaults, whose
 * first members are `kind` and `apiVersion`. Throws BadRequest for what isn't such an object.
 * Unknown fields are dropped, told of, or refused, as the request says (`fieldValidation`).
 */
export function decodeBody(call: Call): Draft<KubeObject> {
  return decodeObject(call, call.request.body);
}

/** As `decodeBody`, for any plain data that claims to be an object of the resource's kind. */
export function decodeObject({ resource }: Call, body: unknown): Draft<KubeObject> {
  if (typeof body !== 'object' || body === null) throw badRequest('not an object');
  const { kind, apiVersion, ...rest } = draftOf(body) as Draft<KubeObject>;
  if (apiVersion && apiVersion !== resource.apiVersion) {
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${resource.apiVersion})`,
    );
  }
  rest.metadata ??= {} as Draft<KubeObject['metadata']>;
  const draft = { kind: kind || resource.kind, apiVersion: resource.apiVersion, ...rest };
  resource.definition.defaults?.(draft);
  return draft;
}

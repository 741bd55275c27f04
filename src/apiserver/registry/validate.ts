import type { NameRule } from '../../api/definition.ts';
import { type FieldError, invalidObject } from '../../machinery/field-error.ts';
import { FieldPath } from '../../machinery/field-path.ts';
import type { KubeObject } from '../../machinery/object.ts';
import {
  checkNameIsDns1035Label,
  checkNameIsLabel,
  checkNameIsSubdomain,
  checkPathSegmentName,
  type NameCheck,
} from '../../machinery/validation/names.ts';
import {
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '../../machinery/validation/object-meta.ts';
import type { Call } from '../call.ts';

const NAME_CHECKS: Readonly<Record<NameRule, NameCheck>> = {
  'dns-subdomain': checkNameIsSubdomain,
  'dns-label': checkNameIsLabel,
  'dns-label-1035': checkNameIsDns1035Label,
  'path-segment': checkPathSegmentName,
  'ip-address': checkPathSegmentName, // The kind itself checks the address.
};

const metaPath = FieldPath.root.at('metadata');

/** Throws Invalid unless the object may be created. */
export function validateNew({ resource, request }: Call, object: KubeObject): void {
  const { definition, namespaced } = resource;
  const checkName = NAME_CHECKS[definition.nameRule ?? 'dns-subdomain'];
  const errors = validateObjectMeta(object.metadata, { namespaced, checkName }, metaPath);
  const context = { path: FieldPath.root, subresource: request.subresource };
  const own = definition.validate?.(object, context);
  refuse(resource, object, own === undefined || own.length === 0 ? errors : [...errors, ...own]);
}

/**
 * Throws Invalid unless the object may take the place of the previous one. What is wrong with the
 * metadata is said twice, as Kubernetes does: once by rule, once by the kind.
 */
export function validateChange(call: Call, object: KubeObject, previous: KubeObject): void {
  const { resource, request } = call;
  const { definition, namespaced } = resource;
  const { subresource } = request;
  const options = { namespaced, checkName: checkPathSegmentName };
  const errors = validateObjectMeta(object.metadata, options, metaPath);
  const changes = validateObjectMetaUpdate(object.metadata, previous.metadata, metaPath);
  if (changes.length > 0) errors.push(...changes, ...changes);
  const context = { path: FieldPath.root, subresource };
  if (subresource === undefined || subresource === 'scale') {
    if (definition.validate) errors.push(...definition.validate(object, context));
    if (definition.validateUpdate) {
      errors.push(...definition.validateUpdate(object, previous, context));
    }
  } else {
    const form = subresource === 'status' ? definition.status : definition.updates?.[subresource];
    if (form?.validateUpdate) errors.push(...form.validateUpdate(object, previous, context));
  }
  refuse(resource, object, errors);
}

function refuse(
  kind: { group: string; kind: string },
  { metadata }: KubeObject,
  errors: readonly FieldError[],
): void {
  if (errors.length > 0) throw invalidObject(kind, metadata.name ?? '', errors);
}

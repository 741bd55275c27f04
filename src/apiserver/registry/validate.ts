import type { NameRule, ResourceDefinition } from '../../api/definition.ts';
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
  validateQualifiedFinalizers,
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
  const { definition } = resource;
  const context = { path: FieldPath.root, subresource: request.subresource };
  const own = [
    ...(definition.validate?.(object, context) ?? []),
    ...(definition.validateCreate?.(object, context) ?? []),
  ];
  if (definition.checksMetadata === 'never') {
    refuse(resource, object, own);
    refuse(resource, object, metadataErrors({ ...definition, nameRule: 'path-segment' }, object));
  } else {
    refuse(resource, object, [...metadataErrors(definition, object), ...own]);
  }
}

/**
 * Throws Invalid unless the object may take the place of the previous one. What is wrong with the
 * metadata is said twice, as Kubernetes does: once by rule, once by the kind.
 */
export function validateChange(call: Call, object: KubeObject, previous: KubeObject): void {
  const { resource } = call;
  const { namespaced } = resource;
  const options = { namespaced, checkName: checkPathSegmentName };
  const changes = validateObjectMetaUpdate(object.metadata, previous.metadata, metaPath);
  const own = [...changes, ...finalizerErrors(resource.definition, object)];
  refuse(resource, object, [
    ...validateObjectMeta(object.metadata, options, metaPath),
    ...changes,
    ...(resource.definition.checksMetadata === undefined ? own : []),
    ...changeErrors(call, object, previous),
  ]);
}

function metadataErrors(definition: ResourceDefinition, object: KubeObject): FieldError[] {
  const { namespaced, nameRule = 'dns-subdomain' } = definition;
  const checkName = NAME_CHECKS[nameRule];
  return [
    ...validateObjectMeta(object.metadata, { namespaced, checkName }, metaPath),
    ...finalizerErrors(definition, object),
  ];
}

const finalizersPath = metaPath.at('finalizers');

const finalizerErrors = (
  { plainFinalizers, checksMetadata }: ResourceDefinition,
  { metadata }: KubeObject,
): FieldError[] =>
  plainFinalizers || checksMetadata === 'never'
    ? []
    : validateQualifiedFinalizers(metadata.finalizers, finalizersPath);

/** What the kind says of a change, by the form in which the request makes it. */
function changeErrors(
  { resource: { definition }, request: { subresource }, warnings }: Call,
  object: KubeObject,
  previous: KubeObject,
): FieldError[] {
  const warn = (text: string) => void warnings.push(text);
  const context = { path: FieldPath.root, previous, subresource, warn };
  if (subresource !== undefined && subresource !== 'scale') {
    const form = subresource === 'status' ? definition.status : definition.updates?.[subresource];
    return form?.validateUpdate?.(object, previous, context) ?? [];
  }
  const own = definition.validate?.(object, context) ?? [];
  if (definition.checksMetadataAgain) own.unshift(...metadataErrors(definition, object));
  const change = definition.validateUpdate?.(object, previous, context) ?? [];
  return definition.updateRulesFirst ? [...change, ...own] : [...own, ...change];
}

function refuse(
  kind: { group: string; kind: string },
  { metadata }: KubeObject,
  errors: readonly FieldError[],
): void {
  if (errors.length > 0) throw invalidObject(kind, metadata.name ?? '', errors);
}

import type { NameRule, ResourceDefinition } from '../../api/definition.ts';
import { type FieldError, internalFieldError, invalidObject } from '../../machinery/field-error.ts';
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
  validateNames,
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
export const validateNew = (call: Call, object: KubeObject): void =>
  countable(call, object, () => judgeNew(call, object));

/** Throws Invalid unless the object may take the place of the previous one. */
export const validateChange = (call: Call, object: KubeObject, previous: KubeObject): void =>
  countable(call, object, () => judgeChange(call, object, previous));

/** Rules hand their faults on as arguments of calls, which take no more than 100,000 or so. */
function countable({ resource }: Call, { metadata }: KubeObject, judge: () => void): void {
  try {
    judge();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalidObject(resource, metadata.name ?? '', [TOO_MANY_FAULTS]);
  }
}

const TOO_MANY_FAULTS = internalFieldError(FieldPath.root, 'more faults than can be told');

function judgeNew({ resource, request }: Call, object: KubeObject): void {
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

/** What is wrong with the metadata is said twice, as Kubernetes does: once by rule, once by the kind. */
function judgeChange(call: Call, object: KubeObject, previous: KubeObject): void {
  const { resource } = call;
  const { namespaced, definition } = resource;
  const options = { namespaced, checkName: checkPathSegmentName };
  const general = validateObjectMeta(object.metadata, options, metaPath);
  const changes = validateObjectMetaUpdate(object.metadata, previous.metadata, metaPath);
  const finalizers = finalizerErrors(definition, object);
  refuse(resource, object, [
    ...general,
    ...changes,
    ...(definition.checksMetadata === undefined ? [...changes, ...finalizers] : []),
    ...changeErrors(call, object, previous, general.length + finalizers.length === 0),
  ]);
}

function metadataErrors(definition: ResourceDefinition, object: KubeObject): FieldError[] {
  const options = { namespaced: definition.namespaced, checkName: nameCheckOf(definition) };
  return [
    ...validateObjectMeta(object.metadata, options, metaPath),
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

const nameCheckOf = ({ nameRule = 'dns-subdomain' }: ResourceDefinition): NameCheck =>
  NAME_CHECKS[nameRule];

/** Whether an object, in whose metadata nothing else is wrong, has names such as its kind's. */
const isNamedWell = (definition: ResourceDefinition, { metadata }: KubeObject): boolean =>
  validateNames(metadata, nameCheckOf(definition), metaPath).length === 0;

/**
 * What the kind says of a change, by the form in which the request makes it. What was found to be
 * good in the metadata by the rules for all kinds isn't looked at once more.
 */
function changeErrors(
  { resource: { definition }, request: { subresource }, warnings }: Call,
  object: KubeObject,
  previous: KubeObject,
  hasGoodMetadata: boolean,
): FieldError[] {
  const warn = (text: string) => void warnings.push(text);
  const context = { path: FieldPath.root, previous, subresource, warn };
  if (subresource !== undefined && subresource !== 'scale') {
    const form = subresource === 'status' ? definition.status : definition.updates?.[subresource];
    return form?.validateUpdate?.(object, previous, context) ?? [];
  }
  const own = definition.validate?.(object, context) ?? [];
  if (definition.checksMetadataAgain && !(hasGoodMetadata && isNamedWell(definition, object))) {
    own.unshift(...metadataErrors(definition, object));
  }
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

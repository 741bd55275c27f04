import type { ScaleSubresource } from '../../api/definition.ts';
import { shapeOf, shapes } from '../../api/shapes.ts';
import { toTime } from '../../base/clock.ts';
import { applyConfiguration } from '../../machinery/apply/apply.ts';
import { type ManagedResource, managedResourceOf } from '../../machinery/apply/resource.ts';
import { managedFieldsAfterScale, scaleManagedFields } from '../../machinery/apply/scale.ts';
import { forgetsOwners, managedFieldsAfterUpdate } from '../../machinery/apply/update.ts';
import { DecodeError } from '../../machinery/decode-error.ts';
import { invalid, invalidObject } from '../../machinery/field-error.ts';
import { FieldPath } from '../../machinery/field-path.ts';
import { decodeJson, readTypeMeta } from '../../machinery/json-codec.ts';
import {
  type Draft,
  draftOf,
  type KubeObject,
  type ManagedFieldsEntry,
} from '../../machinery/object.ts';
import { quote } from '../../machinery/quote.ts';
import { parseApiVersion } from '../../machinery/resource.ts';
import {
  badRequest,
  conflict,
  type GroupResource,
  isStatusError,
  notFound,
} from '../../machinery/status.ts';
import { type Call, fieldValidationOf } from '../call.ts';
import { noConversion, notRegistered } from '../registry/decode.ts';
import { checkName, ensureNamespace } from '../registry/object-meta.ts';
import { checkPatchOptions, checkUpdateOptions } from '../registry/options.ts';
import type { RegistryParts } from '../registry/parts.ts';
import { configurationOf, patchAndRead } from '../registry/patched.ts';
import { read } from '../registry/read.ts';
import { replace } from '../registry/replace.ts';
import type { Subresource } from '../registry/subresource.ts';
import { setManagedFields } from '../registry/track-fields.ts';
import { uidConflict } from '../registry/uid-conflict.ts';
import { givenManagedFields } from '../registry/writes.ts';
import { typeOf } from './body.ts';

/** `autoscaling/v1` Scale. */
export interface Scale extends KubeObject {
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly replicas: number; readonly selector?: string };
}

type Form = ScaleSubresource<KubeObject>;
type Entries = readonly ManagedFieldsEntry[] | undefined;

/** The kind that it speaks. */
export const SCALE = { group: 'autoscaling', version: 'v1', kind: 'Scale' };
const SCALE_VERSION = 'autoscaling/v1';
const REPLICAS_PATH = ['spec', 'replicas'];

const replicasPathOf = ({ replicasPath = REPLICAS_PATH }: Form): string[] => [...replicasPath];

/** `scale`: how many replicas there are and shall be, in the same form for all kinds that have any. */
export const scaleSubresource = <T extends KubeObject>(scale: ScaleSubresource<T>): Subresource => {
  const form = scale as unknown as Form;
  return {
    name: 'scale',
    verbs: ['get', 'patch', 'update'],
    kind: SCALE,
    handle(parts, call) {
      const { verb } = call.request;
      if (verb !== 'get') return setScale(parts, call, form);
      return { object: scaleOf(form, readParent(parts, call)), warnings: call.warnings };
    },
  };
};

/** Kinds of which a read of the scale says that the scale isn't there, not the object. */
const SCALES_READ_APART: Readonly<Record<string, GroupResource>> = {
  'apps/replicasets': { group: 'apps', plural: 'replicasets/scale' },
  '/replicationcontrollers': { group: 'autoscaling', plural: 'replicationcontrollers/scale' },
};

function readParent(parts: RegistryParts, call: Call): KubeObject {
  const { group, plural } = call.resource;
  const apart = SCALES_READ_APART[`${group}/${plural}`];
  try {
    return read(parts, call);
  } catch (error) {
    if (!apart || !isStatusError(error, 'NotFound')) throw error;
    throw notFound(apart, call.request.name ?? '');
  }
}

/** A write of the scale speaks of the scale, unless the kind is a custom one. */
const scaleResource = ({ resource: { group, plural, isCustom } }: Call): GroupResource => ({
  group,
  plural: isCustom ? plural : `${plural}/scale`,
});

async function setScale(parts: RegistryParts, call: Call, form: Form) {
  const { request, warnings } = call;
  if (request.verb === 'update') checkUpdateOptions(request.options);
  else checkPatchOptions(request.options, request.patchType ?? 'merge');
  const { object } = await replace(parts, call, {
    isMadeAnyway: true,
    make(existing) {
      if (existing === undefined) {
        if (request.verb === 'update') givenScale(call, request.body);
        throw notFound(scaleResource(call), request.name ?? '');
      }
      const { after, entries } = changedScale(call, form, existing);
      checkSet(form, after, existing);
      checkScale(call, form, after, existing);
      const draft = draftOf(existing) as Draft<KubeObject>;
      form.setReplicas(draft, after.spec?.replicas ?? 0);
      // The revision that it is meant for is checked as if it were the object's.
      const { resourceVersion } = after.metadata;
      if (resourceVersion) draft.metadata.resourceVersion = resourceVersion;
      const { apiVersion } = call.resource;
      const paths = { [apiVersion]: replicasPathOf(form) };
      const owners = existing.metadata.managedFields;
      setManagedFields(draft, managedFieldsAfterScale(owners, entries, { paths, apiVersion }));
      return draft;
    },
  });
  return { object: scaleOf(form, object), warnings };
}

/** What the request makes of the scale, and who owns its fields then. */
function changedScale(
  call: Call,
  form: Form,
  existing: KubeObject,
): { readonly after: Scale; readonly entries: Entries } {
  const { request, resource, now } = call;
  const managed = managedScale();
  const owners = existing.metadata.managedFields;
  const managedFields = scaleManagedFields(owners, {
    [resource.apiVersion]: replicasPathOf(form),
  });
  const isUnset = form.missingPath?.(existing) !== undefined;
  const shown = scaleOf(form, existing, isUnset ? UNSET_REPLICAS : undefined);
  const before = { ...shown, metadata: { ...shown.metadata, managedFields } };
  const manager = request.options.fieldManager ?? '';
  const time = toTime(now);
  if (request.patchType === 'apply') {
    const force = request.options.force === true;
    const configuration = configurationOf(request);
    const options = { live: before, configuration, manager, force, time };
    const applied = applyConfiguration(managed, options);
    const after = decodeScale(call, applied.object);
    checkAddress(call, after);
    return { after, entries: applied.managedFields };
  }
  const { after, wanted } =
    request.verb === 'patch' ? patchedScale(call, before) : givenScale(call, request.body);
  const forget = forgetsOwners(givenManagedFields(wanted));
  const update = { live: before, next: after, forget, manager: manager || 'unknown', time };
  return { after, entries: managedFieldsAfterUpdate(managed, update) };
}

// Stands for a number that isn't there yet; none that is asked for is as small.
const UNSET_REPLICAS = -(2 ** 31);

/** Throws BadRequest for a scale that still has no number. */
function checkSet(form: Form, after: Scale, existing: KubeObject): void {
  const missing = form.missingPath?.(existing);
  if (missing === undefined || after.spec?.replicas !== UNSET_REPLICAS) return;
  throw badRequest(`the spec replicas field ${quote(missing)} cannot be empty`);
}

interface WantedScale {
  readonly after: Scale;
  /** The same as it came, which may say more. */
  readonly wanted: unknown;
}

function givenScale(call: Call, body: unknown): WantedScale {
  const wanted = plainObject(body);
  checkIsScale(wanted);
  const after = decodeScale(call, wanted);
  checkAddress(call, after);
  return { after, wanted };
}

/** Throws BadRequest for a scale that is none of the object at the request's path. */
function checkAddress({ request, resource }: Call, { metadata }: Scale): void {
  const meta = metadata as Draft<KubeObject['metadata']>;
  ensureNamespace(meta, resource, request.namespace);
  checkName(meta, request.name ?? '');
}

function patchedScale(call: Call, live: object): WantedScale {
  const shape = shapeOf(SCALE);
  const { value, document } = patchAndRead(call, {
    shape,
    live,
    decode(data) {
      if (call.request.patchType !== 'strategic') checkSaysScale(data);
      const { object, strictErrors } = decodeJson(shape, data);
      return { value: wholeScale(object), strictErrors };
    },
  });
  checkAddress(call, value);
  return { after: value, wanted: document };
}

/** Throws DecodeError for what a patch has made something else. */
function checkSaysScale(data: unknown): void {
  const { kind, apiVersion } = readTypeMeta(data);
  const type = { kind: kind || SCALE.kind, apiVersion: apiVersion || SCALE_VERSION };
  if (type.kind === SCALE.kind && type.apiVersion === SCALE_VERSION) return;
  const isKnown = shapes.ofKind({ ...parseApiVersion(type.apiVersion), kind: type.kind });
  throw new DecodeError(isKnown ? noConversion(SCALE, type) : notRegistered(type));
}

const wholeScale = (object: object): Scale =>
  ({ kind: 'Scale', apiVersion: SCALE_VERSION, metadata: {}, ...object }) as unknown as Scale;

let managed: ManagedResource | undefined;

function managedScale(): ManagedResource {
  const shape = shapeOf(SCALE);
  managed ??= managedResourceOf(
    { apiVersion: SCALE_VERSION, kind: 'Scale', shape },
    { subresource: 'scale' },
  );
  return managed;
}

function plainObject(body: unknown): object {
  if (typeof body === 'object' && body !== null) return body;
  throw badRequest('the body is not a Scale');
}

/** Throws BadRequest for what says that it is something else. */
function checkIsScale(value: unknown): void {
  const { kind, apiVersion } = typeOf(SCALE, value);
  const isScale = kind === SCALE.kind;
  if (isScale && apiVersion === SCALE_VERSION) return;
  const { version } = parseApiVersion(apiVersion);
  const why = `converting (${version}.${kind}) to (autoscaling.Scale): unknown conversion`;
  throw badRequest(`${kind} in version ${quote(version)} cannot be handled as a Scale: ${why}`);
}

function decodeScale(call: Call, value: unknown): Scale {
  try {
    const { object, strictErrors } = decodeJson(shapeOf(SCALE), value);
    tellUnknown(call, strictErrors);
    return wholeScale(object);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw badRequest(`Scale in version "v1" cannot be handled as a Scale: ${error.message}`);
  }
}

/** What is no field of a Scale is told, refused or dropped, as the request says. */
function tellUnknown(call: Call, found: readonly string[]): void {
  const directive = fieldValidationOf(call);
  if (found.length === 0 || directive === 'Ignore') return;
  if (directive === 'Warn') return void call.warnings.push(...found);
  const why = `strict decoding error: ${found.join(', ')}`;
  throw badRequest(`Scale in version "v1" cannot be handled as a Scale: ${why}`);
}

function checkScale(
  call: Call,
  { isCheckedByKind }: Form,
  after: Scale,
  { metadata }: KubeObject,
): void {
  const { request } = call;
  const checkMeant = () => checkUid(call, after.metadata.uid, metadata.uid);
  // What an update says of it is asked of the store, and so before all else.
  if (request.verb === 'update') checkMeant();
  const replicas = after.spec?.replicas ?? 0;
  if (replicas < 0 && !isCheckedByKind) {
    const path = FieldPath.root.at('spec', 'replicas');
    const errors = [invalid(path, replicas, 'must be greater than or equal to 0')];
    throw invalidObject(SCALE, request.name ?? '', errors);
  }
  checkMeant();
}

/** Whole scales name the object that they mean; a patch that does is checked in other words. */
function checkUid(call: Call, given: string | undefined, actual: string): void {
  if (!given || given === actual) return;
  if (call.request.verb === 'update') throw uidConflict(call, given, actual);
  const why = `Precondition failed: UID in precondition: ${given}, UID in object meta: ${actual}`;
  throw conflict(scaleResource(call), call.request.name ?? '', why);
}

/** The scale of an object. */
export function scaleOf(
  form: Form,
  object: KubeObject,
  replicas: number = form.replicas(object),
): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = form.selector(object);
  return {
    kind: 'Scale',
    apiVersion: SCALE_VERSION,
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: form.statusReplicas(object), ...(selector && { selector }) },
  };
}

import type { TokenRequest } from '../../api/generated/authentication/v1/types.ts';
import type { Pod } from '../../api/generated/core/v1/types.ts';
import { shapeOf } from '../../api/shapes.ts';
import { toTime } from '../../base/clock.ts';
import { uuid } from '../../base/random.ts';
import type { ApiAnswer } from '../../machinery/api-request.ts';
import { managedResourceOf } from '../../machinery/apply/resource.ts';
import { managedFieldsAfterUpdate } from '../../machinery/apply/update.ts';
import { invalid, invalidObject } from '../../machinery/field-error.ts';
import { FieldPath } from '../../machinery/field-path.ts';
import type { Draft, FieldsV1, KubeObject, ManagedFieldsEntry } from '../../machinery/object.ts';
import { quote } from '../../machinery/quote.ts';
import { apiVersionOf } from '../../machinery/resource.ts';
import { badRequest, conflict, notFound } from '../../machinery/status.ts';
import type { BoundObject, ServiceAccountTokens } from '../auth/service-account-tokens.ts';
import type { Call } from '../call.ts';
import { admitSpoken } from '../registry/attributes.ts';
import { checkCreateOptions } from '../registry/options.ts';
import type { RegistryParts } from '../registry/parts.ts';
import { read } from '../registry/read.ts';
import { setManagedFields } from '../registry/track-fields.ts';
import { bodyOf } from './body.ts';

const TOKEN_REQUEST = { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' };
const TYPE = { kind: TOKEN_REQUEST.kind, apiVersion: apiVersionOf(TOKEN_REQUEST) };
const DEFAULT_SECONDS = 3600;
const MIN_SECONDS = 600;
const MAX_SECONDS = 2 ** 32;

const BINDABLE = {
  Pod: { prefix: '/registry/pods/', plural: 'pods', namespaced: true },
  Secret: { prefix: '/registry/secrets/', plural: 'secrets', namespaced: true },
  Node: { prefix: '/registry/nodes/', plural: 'nodes', namespaced: false },
} as const;

/** `serviceaccounts/token`: a token for an account, which ends with what it is bound to. */
export async function requestToken(
  tokens: ServiceAccountTokens,
  parts: RegistryParts,
  call: Call,
): Promise<ApiAnswer> {
  const { request, warnings, now } = call;
  checkCreateOptions(request.options);
  const body = bodyOf<TokenRequest>(call, TOKEN_REQUEST);
  checkName(request.name ?? '', body.metadata?.name);
  const account = read(parts, call);
  checkUid(account, body.metadata?.uid);
  const said = Object.entries(body.spec ?? {}).filter(([, value]) => value !== null);
  const given = structuredClone(Object.fromEntries(said));
  const spec = wholeSpec(tokens, body.spec);
  checkSeconds(spec.expirationSeconds);
  const { namespace = '' } = request;
  await admitRequest(parts, call, spec);
  const bound = spec.boundObjectRef
    ? boundObject(parts, { namespace, account: account.metadata.name }, spec.boundObjectRef)
    : undefined;
  const { name, uid } = account.metadata;
  const { token, expires } = await tokens.issue({
    namespace,
    serviceAccount: { name, uid },
    audiences: spec.audiences,
    expirationSeconds: spec.expirationSeconds,
    ...(bound && { bound: bound.reference, node: nodeOf(parts, bound.object) }),
    id: uuid(parts.random),
  });
  const metadata = { name, namespace, uid, creationTimestamp: toTime(now) };
  const object = { ...TYPE, metadata, spec } as unknown as Draft<KubeObject>;
  trackRequest(call, object, { ...given, expirationSeconds: spec.expirationSeconds });
  Object.assign(object, { status: { token, expirationTimestamp: toTime(expires) } });
  return { object, created: true, warnings };
}

const wholeSpec = ({ issuer }: ServiceAccountTokens, spec: TokenRequest['spec'] | undefined) => ({
  audiences: spec?.audiences?.length ? spec.audiences : [issuer],
  expirationSeconds: spec?.expirationSeconds ?? DEFAULT_SECONDS,
  boundObjectRef: spec?.boundObjectRef ?? null,
});

/** Asks admission about a request, which may change what is asked for. */
async function admitRequest(parts: RegistryParts, call: Call, spec: object): Promise<void> {
  const { name = '', namespace = '' } = call.request;
  const asked = { ...TYPE, metadata: { name, namespace }, spec } as unknown as Draft<KubeObject>;
  const asking = admitSpoken(parts, call, 'CREATE', TOKEN_REQUEST, asked);
  if (asking === undefined) return;
  await asking;
  Object.assign(spec, (asked as unknown as { readonly spec: object }).spec);
}

/** Even what is never stored tells who asked for which of its fields: not what it got beside them. */
function trackRequest({ request, now }: Call, object: Draft<KubeObject>, asked: object): void {
  const { apiVersion, kind } = object;
  const type = { apiVersion, kind, shape: shapeOf(TOKEN_REQUEST) };
  const managed = managedResourceOf(type, { subresource: 'token' });
  const manager = request.options.fieldManager || 'unknown';
  const next = { ...object, spec: asked } as unknown as KubeObject;
  const update = { live: undefined, next, manager, time: toTime(now) };
  const entries = managedFieldsAfterUpdate(managed, update);
  setManagedFields(object, entries?.map(withoutReference));
}

/** A reference that isn't made is there too, as null: so nobody owns that there is one. */
function withoutReference(entry: ManagedFieldsEntry): ManagedFieldsEntry {
  const fields = entry.fieldsV1 as { 'f:spec'?: { 'f:boundObjectRef'?: FieldsV1 } } | undefined;
  const spec = fields?.['f:spec'];
  const reference = spec?.['f:boundObjectRef'];
  if (reference === undefined) return entry;
  const { '.': _, ...members } = reference;
  return { ...entry, fieldsV1: { 'f:spec': { ...spec, 'f:boundObjectRef': members } } };
}

function checkName(name: string, given: string | undefined): void {
  if (!given || given === name) return;
  const detail = 'must match the service account name if specified';
  const errors = [invalid(FieldPath.root.at('metadata', 'name'), given, detail)];
  throw invalidObject(TOKEN_REQUEST, name, errors);
}

/** Whoever says which account is meant gets no token for another one of the name. */
function checkUid({ metadata: { name, uid } }: KubeObject, given: string | undefined): void {
  if (!given || given === uid) return;
  const why = `the UID in the token request (${given}) does not match the UID of the service account (${uid})`;
  throw conflict({ group: TOKEN_REQUEST.group, plural: TOKEN_REQUEST.kind }, name, why);
}

function checkSeconds(seconds: number): void {
  const path = FieldPath.root.at('spec', 'expirationSeconds');
  const fail = (detail: string) => {
    const errors = [invalid(path, seconds, detail)];
    return invalidObject({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, '', errors);
  };
  if (seconds < MIN_SECONDS) throw fail('may not specify a duration less than 10 minutes');
  if (seconds > MAX_SECONDS) throw fail('may not specify a duration larger than 2^32 seconds');
}

type Reference = NonNullable<TokenRequest['spec']['boundObjectRef']>;

function boundObject(
  { store }: RegistryParts,
  { namespace, account }: { readonly namespace: string; readonly account: string },
  { kind = '', name = '', uid, apiVersion = '' }: Reference,
): { readonly reference: BoundObject; readonly object: KubeObject } {
  const isCore = !apiVersion.includes('/');
  const isBindable = isCore && Object.hasOwn(BINDABLE, kind);
  const type = isBindable ? BINDABLE[kind as keyof typeof BINDABLE] : undefined;
  if (type === undefined) {
    const full = isCore ? `/${apiVersion}` : apiVersion;
    throw badRequest(
      `cannot bind token for serviceaccount to object of type ${full}, Kind=${kind}`,
    );
  }
  const { prefix, plural, namespaced } = type;
  const object = store.latest(namespaced ? `${prefix}${namespace}/${name}` : prefix + name)?.value;
  if (object === undefined) throw notFound({ group: '', plural }, name);
  if (kind === 'Pod' && (object as Pod).spec.serviceAccountName !== account) {
    throw badRequest(
      `cannot bind token for serviceaccount ${quote(account)} to pod running with different serviceaccount name.`,
    );
  }
  if (uid && uid !== object.metadata.uid) {
    const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw conflict({ group: '', plural: kind }, name, why);
  }
  return {
    reference: { kind: kind as BoundObject['kind'], name, uid: object.metadata.uid },
    object,
  };
}

function nodeOf({ store }: RegistryParts, bound: KubeObject) {
  const name = (bound as Pod).spec?.nodeName;
  if (bound.kind !== 'Pod' || !name) return undefined;
  const uid = store.latest(`/registry/nodes/${name}`)?.value.metadata.uid;
  return { name, ...(uid && { uid }) };
}

import type { DeviceClaim, ResourceClaim } from '../../api/generated/resource/v1/types.ts';
import { forbiddenField, invalidObject } from '../../machinery/field-error.ts';
import { FieldPath } from '../../machinery/field-path.ts';
import type { KubeObject } from '../../machinery/object.ts';
import type { HookContext, WriteHooks } from '../registry/hooks.ts';

const LABEL = 'resource.kubernetes.io/admin-access';
const DETAIL = `admin access to devices requires the \`${LABEL}: true\` label on the containing namespace`;
const REQUESTS = FieldPath.root.at('spec', 'devices', 'requests');
const RESULTS = FieldPath.root.at('status', 'allocation', 'devices', 'results');

/**
 * Keeps access to devices that others use to the namespaces of administrators (KEP-5018). By
 * `group/plural`. Whoever asks for it elsewhere is told so before all that is wrong beside it.
 */
export function adminAccessHooks(): ReadonlyMap<string, WriteHooks> {
  return new Map([
    ['resource.k8s.io/resourceclaims', CLAIMS],
    ['resource.k8s.io/resourceclaimtemplates', TEMPLATES],
  ]);
}

const CLAIMS: WriteHooks = {
  create: (context, draft) => checkRequests(context, draft, (draft as ResourceClaim).spec.devices),
  update(context, draft, existing) {
    const wanted = grantedAt(draft);
    if (context.call.request.subresource !== 'status' || wanted < 0) return;
    if (grantedAt(existing) < 0) confirmLabelled(context, draft, RESULTS.index(wanted));
  },
};

const TEMPLATES: WriteHooks = {
  create(context, draft) {
    const { spec } = (draft as KubeObject & { spec: { spec: { devices: DeviceClaim } } }).spec;
    checkRequests(context, draft, spec.devices);
  },
};

/** Which result of an allocation gives such access; negative if none does. */
const grantedAt = (claim: unknown): number =>
  ((claim as ResourceClaim).status?.allocation?.devices?.results ?? []).findIndex(
    ({ adminAccess }) => adminAccess,
  );

function checkRequests(context: HookContext, object: KubeObject, { requests }: DeviceClaim): void {
  const wanted = (requests ?? []).findIndex(({ exactly }) => exactly?.adminAccess);
  if (wanted >= 0) confirmLabelled(context, object, REQUESTS.index(wanted));
}

function confirmLabelled(
  { parts, call: { resource } }: HookContext,
  { metadata }: KubeObject,
  path: FieldPath,
): void {
  const namespace = parts.store.latest(`/registry/namespaces/${metadata.namespace}`)?.value;
  if (namespace?.metadata.labels?.[LABEL] === 'true') return;
  const errors = [forbiddenField(path.at('adminAccess'), DETAIL)];
  throw invalidObject(resource, metadata.name, errors);
}

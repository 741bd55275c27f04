import type { ScaleSubresource } from '../../api/definition.ts';
import { invalid, invalidObject } from '../../machinery/field-error.ts';
import { FieldPath } from '../../machinery/field-path.ts';
import { type Draft, draftOf, type KubeObject } from '../../machinery/object.ts';
import { badRequest, conflict } from '../../machinery/status.ts';
import type { Call } from '../call.ts';
import { checkPatchOptions, checkUpdateOptions } from '../registry/options.ts';
import type { RegistryParts } from '../registry/parts.ts';
import { patchPlain } from '../registry/patch.ts';
import { read } from '../registry/read.ts';
import { OPTIMISTIC_LOCK_MESSAGE, replace } from '../registry/replace.ts';
import type { Subresource } from '../registry/subresource.ts';

/** `autoscaling/v1` Scale. */
interface Scale extends KubeObject {
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly replicas: number; readonly selector?: string };
}

const SCALE = { group: 'autoscaling', version: 'v1', kind: 'Scale' };

/** `scale`: how many replicas there are and shall be, in the same form for all kinds that have any. */
export const scaleSubresource = <T extends KubeObject>(scale: ScaleSubresource<T>): Subresource => {
  const form = scale as unknown as ScaleSubresource<KubeObject>;
  return {
    name: 'scale',
    verbs: ['get', 'patch', 'update'],
    kind: SCALE,
    handle(parts, call) {
      const { verb } = call.request;
      if (verb === 'get') return { object: scaleOf(form, read(parts, call)) };
      return setScale(parts, call, form);
    },
  };
};

async function setScale(parts: RegistryParts, call: Call, form: ScaleSubresource<KubeObject>) {
  const { request, warnings } = call;
  if (request.verb === 'update') checkUpdateOptions(request.options);
  else checkPatchOptions(request.options, request.patchType ?? 'merge');
  const { object } = await replace(parts, call, {
    make(existing) {
      const before = scaleOf(form, existing!);
      const after = wantedScale(call, before);
      checkScale(call, after, before);
      const draft = draftOf(existing!) as Draft<KubeObject>;
      form.setReplicas(draft, after.spec?.replicas ?? 0);
      return draft;
    },
  });
  return { object: scaleOf(form, object), warnings };
}

function wantedScale(call: Call, before: Scale): Scale {
  const { request } = call;
  if (request.verb === 'patch') return patchPlain(call, before) as Scale;
  const { body } = request;
  if (typeof body !== 'object' || body === null) throw badRequest('the body is not a Scale');
  return body as Scale;
}

function checkScale({ resource, request }: Call, after: Scale, before: Scale): void {
  const { name, resourceVersion } = after.metadata ?? {};
  if (name !== undefined && name !== request.name) {
    throw badRequest(
      `the name of the object (${name}) does not match the name on the URL (${request.name})`,
    );
  }
  if (resourceVersion && resourceVersion !== before.metadata.resourceVersion) {
    throw conflict(resource, request.name ?? '', OPTIMISTIC_LOCK_MESSAGE);
  }
  const replicas = after.spec?.replicas ?? 0;
  if (replicas >= 0) return;
  const path = FieldPath.root.at('spec', 'replicas');
  const errors = [invalid(path, replicas, 'must be greater than or equal to 0')];
  throw invalidObject(SCALE, request.name ?? '', errors);
}

function scaleOf(form: ScaleSubresource<KubeObject>, object: KubeObject): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = form.replicas(object);
  const selector = form.selector(object);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: form.statusReplicas(object), ...(selector && { selector }) },
  };
}

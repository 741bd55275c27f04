// What policies and webhooks see of an object: the object itself, in the version in which it
// matched, or what a subresource speaks of it.
import { shapeOf } from '../../api/shapes.ts';
import { type ApplyType, applyTypeOf } from '../../machinery/apply/type.ts';
import { decodeJson } from '../../machinery/json-codec.ts';
import { type Draft, draftOf, type KubeObject } from '../../machinery/object.ts';
import { apiVersionOf } from '../../machinery/resource.ts';
import { type DecodedDraft, decodePlain } from '../registry/decode.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import { managedResource } from '../registry/track-fields.ts';
import { SCALE, type Scale, scaleOf } from '../subresources/scale.ts';
import type { AdmissionAttributes, ObjectKind } from './admission.ts';
import { inVersion, replaceContents } from './versioned.ts';

/** One way of seeing objects, and of changing them by what was seen. */
export interface ObjectView {
  readonly kind: ObjectKind;
  readonly type: ApplyType;
  read(object: KubeObject): KubeObject | Promise<KubeObject>;
  /** A document as an object of the kind, with its defaults. Throws DecodeError. */
  decode(document: unknown): DecodedDraft;
  /** Makes a draft what was made of its view. */
  write(draft: Draft<KubeObject>, next: Draft<KubeObject>): Promise<void>;
}

/** How a write is seen in the version of the resource in which it matched. */
export function viewOf(attributes: AdmissionAttributes, matched: ServedResource): ObjectView {
  const { kind, subresource, definition } = attributes;
  if (kind !== undefined) return ofKind(kind);
  if (subresource === 'scale' && definition.scale) return ofScale(definition.scale);
  return inOwnKind(attributes.resource, matched);
}

const inOwnKind = (own: ServedResource, matched: ServedResource): ObjectView => ({
  kind: matched,
  get type() {
    return managedResource(matched, undefined).type;
  },
  read: (object) => inVersion(matched, own, object),
  decode: (document) => decodePlain(matched, document),
  async write(draft, next) {
    const converted = await inVersion(own, matched, next as KubeObject);
    replaceContents(draft, draftOf(converted) as Draft<KubeObject>);
  },
});

/** Of a built-in kind that nothing else is known of but its shape. */
const ofKind = (kind: ObjectKind): ObjectView => ({
  kind,
  get type() {
    return applyTypeOf(shapeOf(kind));
  },
  read(object) {
    if (shapeOf(kind).fieldsByName.has('metadata')) return object;
    const { metadata: _, ...others } = object;
    return others as KubeObject;
  },
  decode(document) {
    const { object, strictErrors } = decodeJson(shapeOf(kind), document);
    const type = { kind: kind.kind, apiVersion: apiVersionOf(kind), metadata: {} };
    return { draft: { ...type, ...object } as unknown as Draft<KubeObject>, strictErrors };
  },
  async write(draft, next) {
    replaceContents(draft, next);
  },
});

type ScaleForm = NonNullable<ServedResource['definition']['scale']>;

const ofScale = (form: ScaleForm): ObjectView => ({
  ...ofKind(SCALE),
  read: (object) => scaleOf(form, object),
  async write(draft, next) {
    form.setReplicas(draft, (next as unknown as Scale).spec?.replicas ?? 0);
  },
});

/** Both objects of a write, as they are seen. */
export async function objectsIn(
  view: ObjectView,
  { object, oldObject }: AdmissionAttributes,
): Promise<{ readonly object: KubeObject | null; readonly oldObject: KubeObject | null }> {
  const read = (each: KubeObject | undefined) => (each === undefined ? null : view.read(each));
  return {
    object: await read(object as KubeObject | undefined),
    oldObject: await read(oldObject),
  };
}

import { shapeOf, shapes } from '../../api/shapes.ts';
import { type ApplyType, applyTypeOf } from '../../machinery/apply/type.ts';
import type { MessageShape } from '../../machinery/shape.ts';

const META_NAME = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** The metadata that every object has. */
export const metaShape: MessageShape = shapes.named(META_NAME)!;

/** As apply sees it. */
export const metaType: ApplyType = applyTypeOf(metaShape);

// Any kind of which a part is metadata would do.
const HEAD = shapeOf({ group: '', version: 'v1', kind: 'ConfigMap' }).fields.filter(({ name }) =>
  ['kind', 'apiVersion', 'metadata'].includes(name),
);
const HEAD_BY_NAME = new Map(HEAD.map((field) => [field.name, field]));

/** The shape of a custom resource: what every object has. The rest, its schema tells. */
export const customShape = (name: string): MessageShape => ({
  name,
  fields: HEAD,
  fieldsByName: HEAD_BY_NAME,
  embedded: [],
  atomic: false,
  union: false,
});

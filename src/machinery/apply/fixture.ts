import type { MessageShape } from '../shape.ts';
import { ShapeSet } from '../shape-set.ts';
import { type ManagedResource, managedResourceOf } from './resource.ts';

/**
 * A made-up kind with one field of every sort that apply tells apart, for the tests in this folder.
 * `docs/design/api.md` has the grammar of the lines.
 */
const shapes = new ShapeSet([
  {
    folder: 'orchard/v1',
    group: 'orchard',
    version: 'v1',
    prefix: 'orchard.v1',
    kinds: ['Basket'],
    enums: {},
    messages: {
      Basket: [
        'kind 0 string -',
        'apiVersion 0 string -',
        'metadata 1 Meta .',
        'spec 2 Spec .',
        'status 3 Status .',
      ],
      Meta: [
        'name 1 string -',
        'namespace 2 string -',
        'uid 3 string -',
        'resourceVersion 4 string -',
        'generation 5 int64 -',
        'labels 6 {}string -',
        'annotations 7 {}string -',
        'finalizers 8 []string - list=set',
        'managedFields 9 []any - list=atomic',
      ],
      Spec: [
        'size 1 int32 *-',
        'note 2 string -',
        'open 3 bool -',
        'limit 4 quantity -',
        'tags 5 []string - list=set',
        'args 6 []string - list=atomic',
        'fruits 7 []Fruit - list=map:name',
        'ports 8 []Port - list=map:port,protocol',
        'labels 9 {}string -',
        'exact 10 {}string -=',
        'selector 11 Selector *-',
        'inner 12 Inner *-',
        'free 13 json -',
        'whole 14 rawExtension *-',
        'older 15 []Fruit - patch=merge:name',
      ],
      Fruit: ['name 1 string !', 'weight 2 int32 -', 'parts 3 []Fruit - list=map:name'],
      Port: ['port 1 int32 *-', 'protocol 2 string - default="TCP"', 'name 3 string -'],
      Selector: ['@atomic', 'match 1 {}string -'],
      Inner: ['a 1 string -', 'b 2 string -', 'deeper 3 Inner *-'],
      Status: ['phase 1 string -', 'box 2 Inner .'],
    },
  },
]);

export const basketShape: MessageShape = shapes.ofKind({
  group: 'orchard',
  version: 'v1',
  kind: 'Basket',
})!;

/** The resource of baskets. */
export const baskets: ManagedResource = managedResourceOf({
  apiVersion: 'orchard/v1',
  kind: 'Basket',
  shape: basketShape,
});

/** A basket with this spec, and this metadata besides its name. */
export function basket(spec: object, metadata: object = {}): Record<string, unknown> {
  return {
    apiVersion: 'orchard/v1',
    kind: 'Basket',
    metadata: { name: 'b', ...metadata },
    spec,
  };
}

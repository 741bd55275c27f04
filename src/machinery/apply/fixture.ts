import { deepFreeze, type FieldsV1, type ManagedFieldsEntry } from '../object.ts';
import type { MessageShape } from '../shape.ts';
import { ShapeSet } from '../shape-set.ts';
import { applyConfiguration } from './apply.ts';
import { type ManagedResource, managedResourceOf } from './resource.ts';
import { managedFieldsAfterUpdate } from './update.ts';

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

/** A basket as it is stored. */
export type Basket = Record<string, unknown> & {
  metadata: { managedFields?: readonly ManagedFieldsEntry[]; annotations?: Record<string, string> };
};

/** What an update may change. */
export interface BasketDraft {
  metadata: { managedFields?: unknown; annotations?: Record<string, string> };
  spec: {
    size?: number;
    note?: string;
    labels?: Record<string, string>;
    fruits: ({ name: string; weight?: number } | null)[];
  };
  status?: object;
}

/** A store of one basket: writes as the API server would, one second apart. */
export class Desk {
  live: Basket | undefined;
  readonly #resource: ManagedResource;
  #seconds = 0;

  constructor(resource: ManagedResource = baskets) {
    this.#resource = resource;
  }

  apply(manager: string, configuration: object, { force = false, subresource = '' } = {}): Basket {
    const resource = { ...this.#resource, subresource };
    const request = { live: this.live, configuration, manager, force, time: this.#time() };
    const { object, managedFields } = applyConfiguration(resource, deepFreeze(request));
    return this.#store(object, managedFields);
  }

  update(manager: string, change: (draft: BasketDraft) => void): Basket {
    const draft = (this.live ? structuredClone(this.live) : basket({})) as unknown as BasketDraft;
    change(draft);
    const next = deepFreeze(draft) as unknown as Basket;
    const update = { live: this.live, next, manager, time: this.#time() };
    return this.#store(draft, managedFieldsAfterUpdate(this.#resource, update));
  }

  /** What each manager owns: `{ 'one Apply': {…} }`. */
  get owners(): Record<string, FieldsV1> {
    const entries = this.live?.metadata.managedFields ?? [];
    return Object.fromEntries(
      entries.map((entry) => [nameOf(entry), entry.fieldsV1 as FieldsV1] as const),
    );
  }

  get times(): Record<string, string | undefined> {
    const entries = this.live?.metadata.managedFields ?? [];
    return Object.fromEntries(entries.map((entry) => [nameOf(entry), entry.time]));
  }

  #store(object: object, managedFields: readonly ManagedFieldsEntry[] | undefined): Basket {
    const { metadata } = object as Basket;
    const { managedFields: _, ...rest } = metadata;
    const stored = {
      ...object,
      metadata: { ...rest, uid: 'u', ...(managedFields && { managedFields }) },
    };
    this.live = deepFreeze(JSON.parse(JSON.stringify(stored)) as Basket);
    return this.live;
  }

  #time(): string {
    return `2026-01-01T00:00:${String(this.#seconds++).padStart(2, '0')}Z`;
  }
}

const nameOf = ({ manager, operation, subresource }: ManagedFieldsEntry): string =>
  [manager, operation, subresource].filter(Boolean).join(' ');

import type { MessageShape } from '../shape.ts';
import type { FieldSet } from './field-set.ts';
import { type ApplyType, applyTypeOf, emptyObjectOf } from './type.ts';
import { onlyVersion, type Versions } from './versions.ts';

/** What the bookkeeping of owners has to know of the resource that is written. */
export interface ManagedResource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly type: ApplyType;
  /** The object in which nothing is set: what a new one is compared with. */
  readonly empty: object;
  readonly versions: Versions;
  /** Set when a subresource is written: its writers are managers of their own. */
  readonly subresource?: string;
  /** What writes to this resource don't change, such as `status`: nobody owns it through them. */
  readonly ignored?: (apiVersion: string) => FieldSet;
}

/** A built-in resource that is served in one version. */
export function managedResourceOf(
  resource: { readonly apiVersion: string; readonly kind: string; readonly shape: MessageShape },
  more: Partial<Pick<ManagedResource, 'versions' | 'subresource' | 'ignored'>> = {},
): ManagedResource {
  const { apiVersion, kind, shape } = resource;
  const type = applyTypeOf(shape);
  const versions = onlyVersion(apiVersion, type);
  return { apiVersion, kind, type, empty: emptyObjectOf(shape), versions, ...more };
}

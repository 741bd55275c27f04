import type { Cancel } from '../base/clock.ts';
import type { Resource } from '../machinery/resource.ts';

/** A resource that a server offers, in the version to be preferred. */
export interface OfferedResource extends Resource {
  readonly verbs: readonly string[];
}

/** What a server offers at the moment: custom resources come and go. */
export interface ResourceCatalog {
  resources(): readonly OfferedResource[];
  /** Calls `listener` after each change. */
  onChange(listener: () => void): Cancel;
}

/** Whether all of these can be done with a resource. */
export const offers = ({ verbs }: OfferedResource, ...wanted: readonly string[]): boolean =>
  wanted.every((verb) => verbs.includes(verb));

import type { Cancel } from '../../base/clock.ts';
import { StatusError } from '../../machinery/status.ts';
import type { ServedResource } from './served-resource.ts';

const tableKey = (group: string, version: string, plural: string): string =>
  `${group}/${version}/${plural}`;

/** Which resources are served. Changes while the server runs, as custom resources come and go. */
export class ResourceTable {
  readonly #resources = new Map<string, ServedResource>();
  readonly #listeners = new Set<() => void>();
  #generation = 0;

  /** Goes up with every change: what was derived from an older table is stale. */
  get generation(): number {
    return this.#generation;
  }

  find(group: string, version: string, plural: string): ServedResource | undefined {
    return this.#resources.get(tableKey(group, version, plural));
  }

  /** As `find`; throws the StatusError of an unknown resource. */
  get(group: string, version: string, plural: string): ServedResource {
    const resource = this.#resources.get(tableKey(group, version, plural));
    if (resource === undefined) throw resourceNotServed();
    return resource;
  }

  /** In the order of their adding. */
  list(): readonly ServedResource[] {
    return [...this.#resources.values()];
  }

  /** Whether the group is one of ours, in which whatever isn't served has an answer all the same. */
  hasGroup(group: string): boolean {
    return this.list().some((resource) => resource.group === group && !resource.isCustom);
  }

  /** Adds resources, replacing those of the same group, version and plural. */
  add(resources: Iterable<ServedResource>): void {
    for (const resource of resources) {
      const { group, version, plural } = resource;
      this.#resources.set(tableKey(group, version, plural), resource);
    }
    this.#changed();
  }

  /** Takes resources out and others in, as one change. */
  exchange(removed: Iterable<ServedResource>, added: Iterable<ServedResource>): void {
    for (const { group, version, plural } of removed) {
      this.#resources.delete(tableKey(group, version, plural));
    }
    this.add(added);
  }

  remove(resources: Iterable<ServedResource>): void {
    for (const { group, version, plural } of resources) {
      this.#resources.delete(tableKey(group, version, plural));
    }
    this.#changed();
  }

  /** Calls `listener` after each change. */
  onChange(listener: () => void): Cancel {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #changed(): void {
    this.#generation++;
    for (const listener of this.#listeners) listener();
  }
}

/** The 404 for a group, version, resource or subresource that isn't served. */
export const resourceNotServed = (): StatusError =>
  new StatusError('NotFound', 'the server could not find the requested resource', {});

/** The 405 for a verb that a resource doesn't serve. */
export const methodNotAllowed = (): StatusError =>
  new StatusError(
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );

/** Answers what discovery shows and nobody serves. */
export function notImplemented(): never {
  throw new StatusError('', 'the server does not implement this resource', undefined, 501);
}

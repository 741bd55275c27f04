import type { ResourceDefinition } from '../api/definition.ts';
import { definitions } from '../api/definitions.ts';
import { objectCodec } from '../apiserver/encoding/json.ts';
import { ServedResource } from '../apiserver/registry/served-resource.ts';
import { DecodeError } from '../machinery/decode-error.ts';
import { decodeJson } from '../machinery/json-codec.ts';
import { type Draft, draftOf, type KubeObject } from '../machinery/object.ts';
import { apiVersionOf, type Resource } from '../machinery/resource.ts';
import { type Kept, memoryStoreWith } from '../store/memory.ts';
import type { Store } from '../store/store.ts';
import type { LiveState } from './collect.ts';

/** A store in memory that holds a live state, and what of it couldn't be taken over. */
export interface Rebuilt {
  readonly store: Store<KubeObject>;
  readonly gaps: readonly string[];
}

/** By group and kind, in the version that rests in the store. */
const served: ReadonlyMap<string, ServedResource> = new Map(
  definitions
    .filter(({ storedAs, virtual }) => !storedAs && !virtual)
    .map((each) => [typeOf(each), new ServedResource(each as ResourceDefinition, new Map())]),
);

function typeOf({ group, kind }: Resource): string {
  return `${group}/${kind}`;
}

/**
 * Puts a live state into a store as an API server would have it there: with its UIDs, its
 * resourceVersions and its owners, in the form in which objects rest.
 */
export function rebuild({ objects, partial }: LiveState): Rebuilt {
  const gaps: string[] = [];
  const kept: Kept<KubeObject>[] = [];
  for (const { resource, object } of objects) {
    const isPartial = partial.has(object.metadata.uid);
    try {
      kept.push(keptOf(resource, object, isPartial));
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      const { namespace = '', name } = object.metadata;
      gaps.push(`${resource.kind} ${namespace}/${name} is not understood: ${error.message}`);
    }
  }
  return { store: memoryStoreWith(kept, objectCodec), gaps };
}

function keptOf(resource: Resource, object: KubeObject, isPartial: boolean): Kept<KubeObject> {
  const { namespace, name, resourceVersion } = object.metadata;
  const revision = revisionOf(resourceVersion);
  const known = served.get(typeOf(resource));
  const draft = known && !isPartial ? settled(known, object) : bare(resource, object);
  const value = objectCodec.seal(draft, revision);
  return { key: known?.key(namespace, name) ?? customKey(resource, object), revision, value };
}

function settled(known: ServedResource, object: KubeObject): Draft<KubeObject> {
  const { kind, apiVersion, definition } = known;
  const decoded = decodeJson(definition.shape, object).object;
  const draft = { ...decoded, kind, apiVersion } as unknown as Draft<KubeObject>;
  definition.defaults?.(draft); // An older server may not know all of them.
  return known.settle(ordered(draft));
}

const bare = (resource: Resource, object: KubeObject): Draft<KubeObject> =>
  ordered({
    ...draftOf(object),
    kind: resource.kind,
    apiVersion: apiVersionOf(resource),
  } as Draft<KubeObject>);

/** With `kind` and `apiVersion` before all else. */
function ordered({ kind, apiVersion, ...rest }: Draft<KubeObject>): Draft<KubeObject> {
  return { kind, apiVersion, ...rest };
}

/** Where the objects of custom kinds rest. */
function customKey({ group, plural, namespaced }: Resource, { metadata }: KubeObject): string {
  const place = namespaced ? `${metadata.namespace}/` : '';
  return `/registry/${group}/${plural}/${place}${metadata.name}`;
}

/** Revisions are numbers where the store keeps etcd's contract; elsewhere they tell nothing. */
function revisionOf(resourceVersion: string): number {
  const number = Number(resourceVersion);
  return Number.isSafeInteger(number) && number > 0 ? number : 1;
}

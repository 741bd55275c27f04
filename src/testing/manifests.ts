import { type Manifest, manifestsAt, parseManifests } from '../cli/manifests.ts';

interface TypedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** Not the same to the compiler: in what is written on the spot, it takes no field for unknown. */
interface LiteralObject extends TypedObject {
  readonly metadata: TypedObject['metadata'] & { readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

/** An object as one would write it in a manifest. */
export type ManifestObject = TypedObject | LiteralObject;

/**
 * What can be applied: the path of a file or folder, a text of YAML or JSON (which has more than
 * one line), an object, or several of these.
 */
export type Manifests = string | ManifestObject | readonly Manifests[];

/** The manifests in whatever was given, in order. Throws with file and line where one is wrong. */
export function manifestsIn(given: Manifests): Manifest[] {
  if (Array.isArray(given)) return given.flatMap(manifestsIn);
  if (given === undefined || given === null || given === '') {
    throw new TypeError('there is nothing to apply: neither a path, nor a text, nor an object');
  }
  if (typeof given !== 'string') return parseManifests(JSON.stringify(given), 'the object');
  if (given.includes('\n')) return parseManifests(given, 'the text');
  return manifestsAt(given);
}

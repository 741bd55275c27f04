import type { ApplyType } from './type.ts';

/** The versions of a kind, in which managers may have named the fields they own. */
export interface Versions {
  /** The type in a version; undefined when it isn't served any more. */
  typeOf(apiVersion: string): ApplyType | undefined;
  /** The object in a version; itself when it is in it, undefined when that version is gone. */
  convert(object: object, apiVersion: string): object | undefined;
}

/** A kind that is served in one version only, as nearly all are. */
export function onlyVersion(apiVersion: string, type: ApplyType): Versions {
  return {
    typeOf: (wanted) => (wanted === apiVersion ? type : undefined),
    convert: (object, wanted) => (wanted === apiVersion ? object : undefined),
  };
}

import type { KubeObject } from '../machinery/object.ts';

/** Which object. */
export interface ResourceReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** The reference to an object. */
export const referenceTo = ({ apiVersion, kind, metadata }: KubeObject): ResourceReference => ({
  apiVersion,
  kind,
  ...(metadata.namespace && { namespace: metadata.namespace }),
  name: metadata.name,
});

/** `pod/web-1`, as commands take it. */
export const nameOf = ({ kind, name }: Pick<ResourceReference, 'kind' | 'name'>): string =>
  `${kind.toLowerCase()}/${name}`;

import type { StoredAs } from '../../api/definition.ts';
import type { CustomResourceDefinition } from '../../api/generated/apiextensions/v1/types.ts';
import { type Forms, storedUnconverted } from './versions.ts';

/** Says how objects of a kind come to rest and read back in a version. */
export interface Converters {
  storedAs(definition: CustomResourceDefinition, forms: Forms, apiVersion: string): StoredAs;
}

/** The version that objects of a definition rest in. */
export const storageVersionOf = ({ spec }: CustomResourceDefinition): string =>
  spec.versions.find(({ storage }) => storage)?.name ?? spec.versions[0]?.name ?? '';

/** For kinds whose versions differ in their schema only. */
export const unconverted: Converters = {
  storedAs(definition, forms, apiVersion) {
    const { group } = definition.spec;
    return storedUnconverted(forms, { group, version: storageVersionOf(definition), apiVersion });
  },
};

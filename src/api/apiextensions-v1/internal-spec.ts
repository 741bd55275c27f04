import { isEqual } from '../../machinery/equal.ts';
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
  JSONSchemaProps,
  SelectableField,
} from '../generated/apiextensions/v1/types.ts';

/**
 * A definition as Kubernetes holds it inside: what all versions have in common stands beside them.
 * Nobody would know but for messages, which name fields by where they stand there.
 */
export interface InternalSpec {
  readonly schema?: JSONSchemaProps;
  readonly subresources?: CustomResourceSubresources;
  readonly columns?: readonly CustomResourceColumnDefinition[];
  readonly selectableFields?: readonly SelectableField[];
  readonly versions: readonly CustomResourceDefinitionVersion[];
}

/** The inner form of a spec. */
export function internalSpec({ versions }: CustomResourceDefinitionSpec): InternalSpec {
  const [first, ...others] = versions ?? [];
  if (first === undefined) return { versions: [] };
  const isCommon = (name: keyof CustomResourceDefinitionVersion): boolean =>
    first[name] !== undefined && others.every((other) => isEqual(other[name], first[name]));
  const common = (
    ['schema', 'subresources', 'additionalPrinterColumns', 'selectableFields'] as const
  ).filter(isCommon);
  const own = versions.map(
    (version) =>
      Object.fromEntries(
        Object.entries(version).filter(([name]) => !common.includes(name as 'schema')),
      ) as unknown as CustomResourceDefinitionVersion,
  );
  const { schema, subresources, additionalPrinterColumns: columns, selectableFields } = first;
  return {
    ...(common.includes('schema') && schema?.openAPIV3Schema && { schema: schema.openAPIV3Schema }),
    ...(common.includes('subresources') && subresources && { subresources }),
    ...(common.includes('additionalPrinterColumns') && columns && { columns }),
    ...(common.includes('selectableFields') && selectableFields && { selectableFields }),
    versions: own,
  };
}

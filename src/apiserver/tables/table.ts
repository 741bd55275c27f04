import { ageColumn, defaultColumns, nameColumn } from '../../api/columns.ts';
import { type Column, column, type ResourceDefinition } from '../../api/definition.ts';
import type { KubeList, KubeObject, ListMeta } from '../../machinery/object.ts';
import { badRequest } from '../../machinery/status.ts';
import { type MetaVersion, partialMetadata } from './partial-metadata.ts';

/** What the rows of a table carry of their objects. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

export interface TableOptions {
  readonly version: MetaVersion;
  readonly includeObject: IncludeObject;
  /** Wall-clock milliseconds, for ages. */
  readonly now: number;
  readonly withColumns: boolean;
}

/** `meta.k8s.io/v1` Table: what `kubectl get` prints. */
export interface Table {
  readonly kind: 'Table';
  readonly apiVersion: string;
  readonly metadata: ListMeta;
  readonly columnDefinitions: readonly object[] | null;
  readonly rows: readonly object[];
}

/** Reads the parameter. Throws BadRequest for what it can't be. */
export function includeObjectOf(text: string | undefined): IncludeObject {
  if (!text) return 'Metadata';
  if (text === 'None' || text === 'Metadata' || text === 'Object') return text;
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: "${text}": must be 'Metadata', 'Object', 'None', or empty`,
  );
}

/** An object, or the objects of a list, as rows. */
export function tableOf(
  definition: ResourceDefinition,
  subject: KubeObject | KubeList,
  options: TableOptions,
): Table {
  const columns = columnsOf(definition, subject);
  const told = columns.filter(({ isUntold }) => !isUntold);
  const objects = 'items' in subject ? subject.items : [subject];
  const metadata =
    'items' in subject
      ? subject.metadata
      : { resourceVersion: (subject as KubeObject).metadata.resourceVersion };
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${options.version}`,
    metadata,
    columnDefinitions: options.withColumns ? told.map(columnDefinition) : null,
    rows: objects.map((object) => rowOf(definition, columns, object, options)),
  };
}

/** A subresource may answer another kind than that of its object. */
function columnsOf(
  { kind, columns }: ResourceDefinition,
  subject: KubeObject | KubeList,
): readonly Column<KubeObject>[] {
  if ('items' in subject || subject.kind === kind) return columns ?? defaultColumns;
  return subject.kind === 'Scale' ? scaleColumns : defaultColumns;
}

type Scale = KubeObject & {
  readonly spec: { readonly replicas?: number };
  readonly status: { readonly replicas?: number };
};

const scaleColumns = [
  nameColumn,
  column('Desired', 'integer', ({ spec }: Scale) => spec.replicas ?? 0),
  column('Available', 'integer', ({ status }: Scale) => status.replicas ?? 0),
  ageColumn,
] as readonly Column<never>[] as readonly Column<KubeObject>[];

const columnDefinition = ({
  name,
  type,
  format = '',
  description,
  priority,
}: Column<KubeObject>): object => ({ name, type, format, description, priority });

function rowOf(
  { kind, rowConditions }: ResourceDefinition,
  columns: readonly Column<KubeObject>[],
  object: KubeObject,
  { now, includeObject, version }: TableOptions,
): object {
  const isOther = object.kind !== undefined && object.kind !== kind;
  const conditions = (!isOther && rowConditions?.(object)) || [];
  return {
    cells: columns.map(({ cell }) => cell(object, { now })),
    ...(conditions.length > 0 && { conditions }),
    object: carried(object, includeObject, version),
  };
}

function carried(object: KubeObject, include: IncludeObject, version: MetaVersion) {
  if (include === 'None') return null;
  return include === 'Object' ? object : partialMetadata(object, version);
}

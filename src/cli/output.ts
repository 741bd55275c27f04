import { stringify } from 'yaml';
import type { KubeList, KubeObject } from '../machinery/object.ts';
import { CommandError } from './command.ts';
import { formatTable, type Io } from './io.ts';

export type OutputFormat = 'table' | 'wide' | 'json' | 'yaml' | 'name';

/** The format that `-o` asks for. Throws CommandError for one we don't have. */
export function outputFormat(text: string | undefined): OutputFormat {
  if (text === undefined || text === '') return 'table';
  if (text === 'json' || text === 'yaml' || text === 'name' || text === 'wide') return text;
  throw new CommandError(`-o doesn't know "${text}"`, {
    advice: 'It takes json, yaml, name or wide; kubectl has jsonpath and templates as well.',
  });
}

/** Writes an object or list as JSON or YAML. */
export async function printObject(
  io: Io,
  object: KubeObject | KubeList,
  format: 'json' | 'yaml',
): Promise<void> {
  await io.write(format === 'json' ? `${JSON.stringify(object, null, 4)}\n` : stringify(object));
}

/** A Table of `meta.k8s.io/v1`, as servers answer it to those who ask for tables. */
export interface Table {
  readonly metadata: { readonly resourceVersion?: string };
  readonly columnDefinitions?: readonly { readonly name: string; readonly priority: number }[];
  readonly rows?: readonly {
    readonly cells: readonly unknown[];
    readonly object?: KubeObject;
  }[];
}

export interface TableOptions {
  readonly wide: boolean;
  readonly withNamespace: boolean;
  /** Put before each name, such as `pod/`, where kinds are mixed. */
  readonly prefix: string;
  readonly headings: boolean;
}

/** The lines of a table, with the columns that are asked for. */
export function tableLines(
  { columnDefinitions = [], rows = [] }: Table,
  { wide, withNamespace, prefix, headings }: TableOptions,
): string[] {
  const shown = columnDefinitions
    .map((column, index) => ({ ...column, index }))
    .filter(({ priority }) => wide || priority === 0);
  const names = shown.map(({ name }) => name.toUpperCase());
  const cells = rows.map(({ cells, object }) => {
    const row = shown.map(({ index }) => formatCell(cells[index]));
    row[0] = prefix + row[0];
    return withNamespace ? [object?.metadata.namespace ?? '', ...row] : row;
  });
  const lines = formatTable(withNamespace ? ['NAMESPACE', ...names] : names, cells);
  return headings ? lines : lines.slice(1);
}

const formatCell = (cell: unknown): string =>
  cell === null || cell === undefined ? '<none>' : String(cell);

import type { KubeObject } from '../machinery/object.ts';
import { terminalText } from './terminal-text.ts';

/** Rows under headings, in columns as wide as they must be, three spaces apart, as kubectl does. */
export function formatTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): string[] {
  return new TableWriter().lines([headings, ...rows]);
}

/** Writes rows below each other. Columns get wider as they must, and never narrower again. */
export class TableWriter {
  readonly #widths: number[] = [];

  lines(given: readonly (readonly string[])[]): string[] {
    const rows = given.map((row) => row.map(terminalText));
    for (const row of rows) {
      for (const [i, cell] of row.entries()) {
        this.#widths[i] = Math.max(this.#widths[i] ?? 0, cell.length);
      }
    }
    return rows.map((row) =>
      row
        .map((cell, i) => this.#pad(cell, i))
        .join('   ')
        .trimEnd(),
    );
  }

  #pad(cell: string, column: number): string {
    return cell.padEnd(this.#widths[column]!);
  }
}

/** A Table of `meta.k8s.io/v1`, as servers answer it to those who ask for tables. */
export interface Table {
  readonly metadata?: { readonly resourceVersion?: string };
  readonly columnDefinitions?: readonly {
    readonly name: string;
    readonly format?: string;
    readonly priority: number;
  }[];
  readonly rows?: readonly {
    readonly cells: readonly unknown[];
    readonly object?: KubeObject;
  }[];
}

/** What of a table is shown. */
export interface TableStyle {
  readonly wide: boolean;
  readonly withNamespace: boolean;
  /** Put before each name, such as `pod/`, where kinds are mixed. */
  readonly prefix: string;
}

/** The headings of the columns that are asked for. */
export function headingsOf(table: Table, style: TableStyle): string[] {
  const names = shownColumns(table, style).map(({ name }) => name.toUpperCase());
  return style.withNamespace ? ['NAMESPACE', ...names] : names;
}

/** The cells of the columns that are asked for, row by row. */
export function cellsOf(table: Table, style: TableStyle): string[][] {
  const shown = shownColumns(table, style);
  return (table.rows ?? []).map(({ cells, object }) => {
    const row = shown.map(
      ({ index, isName }) => (isName ? style.prefix : '') + format(cells[index]),
    );
    return style.withNamespace ? [object?.metadata.namespace ?? '', ...row] : row;
  });
}

function shownColumns({ columnDefinitions = [] }: Table, { wide }: TableStyle) {
  return columnDefinitions
    .map(({ name, format, priority }, index) => ({
      name,
      priority,
      index,
      isName: format === 'name' || name === 'Name',
    }))
    .filter(({ priority }) => wide || priority === 0);
}

/** A cell has one line: of a text with more, what stands in its first. */
function format(cell: unknown): string {
  if (cell === null || cell === undefined) return '<none>';
  const [first = '', ...more] = String(cell).split(/[\r\n]/);
  return more.length > 0 ? `${first}...` : first;
}

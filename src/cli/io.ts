/** Where a command reads and writes. */
export interface Io {
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Whether standard output is a terminal: spinners and colours only there. */
  readonly isTerminal: boolean;
  /** Columns of the terminal. */
  readonly width: number;
  /** Writes to standard output as it is. Resolves when there is room for more. */
  write(text: string | Uint8Array): Promise<void>;
  /** One line to standard output. */
  line(text?: string): void;
  /** One line to standard error: progress, warnings, failures. */
  note(text: string): void;
}

/** Rows under headings, in columns as wide as they must be, three spaces apart, as kubectl does. */
export function formatTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): string[] {
  const widths = headings.map((heading, i) =>
    Math.max(heading.length, ...rows.map((row) => row[i]?.length ?? 0)),
  );
  const formatRow = (row: readonly string[]) =>
    row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i]!))).join('   ');
  return [headings, ...rows].map((row) => formatRow(row).trimEnd());
}

/** Everything that standard input holds, as text. */
export async function readAll(stdin: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stdin) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** Where a command reads and writes. */
export interface Io {
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Whether standard output is a terminal that can go back: spinners only there. */
  readonly isTerminal: boolean;
  /** Whether to use colours. */
  readonly hasColours: boolean;
  /** Columns and lines of the terminal, as they are now. */
  readonly width: number;
  readonly height: number;
  /** Writes to standard output as it is. Resolves when there is room for more. */
  write(text: string | Uint8Array): Promise<void>;
  /** One line to standard output. */
  line(text?: string): void;
  /** One line to standard error: progress, warnings, failures. */
  note(text: string): void;
}

/** Everything that standard input holds. */
export async function readAll(stdin: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stdin) chunks.push(chunk);
  return Buffer.concat(chunks);
}

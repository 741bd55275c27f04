import { type Cancel, type Clock, every } from '../base/clock.ts';
import type { Io } from './io.ts';

export interface LiveRow {
  readonly label: string;
  readonly text: string;
  readonly state: 'healthy' | 'progressing' | 'failed';
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 80;
const MARKS = { healthy: '\x1b[32m✓\x1b[0m', failed: '\x1b[31m✗\x1b[0m' } as const;
const WORDS = { healthy: 'ok', progressing: '..', failed: 'FAILED' } as const;

/**
 * Rows that change while one looks: redrawn in place on a terminal, with a spinner before what is
 * under way; elsewhere a line whenever a row has changed.
 */
export class LiveView {
  readonly #io: Io;
  readonly #told = new Map<string, string>();
  #rows: readonly LiveRow[] = [];
  #drawn = 0;
  #frame = 0;
  #stop: Cancel = () => {};

  constructor(io: Io, clock: Clock) {
    this.#io = io;
    if (io.isTerminal) this.#stop = every(clock, FRAME_MS, () => this.#draw());
  }

  show(rows: readonly LiveRow[]): void {
    this.#rows = rows;
    if (this.#io.isTerminal) this.#draw();
    else this.#tellChanges();
  }

  /** Leaves the last state standing. */
  close(): void {
    this.#stop();
    if (this.#io.isTerminal) this.#draw();
  }

  #tellChanges(): void {
    for (const { label, text, state } of this.#rows) {
      const line = `${WORDS[state]}  ${label}  ${text}`;
      if (this.#told.get(label) === line) continue;
      this.#told.set(label, line);
      this.#io.line(line);
    }
  }

  #draw(): void {
    const spinner = FRAMES[this.#frame++ % FRAMES.length]!;
    const labelWidth = Math.max(0, ...this.#rows.map(({ label }) => label.length));
    const room = Math.max(20, this.#io.width - labelWidth - 6);
    const lines = this.#rows.map(({ label, text, state }) => {
      const mark = state === 'progressing' ? spinner : MARKS[state];
      return `\x1b[2K${mark} ${label.padEnd(labelWidth)}  ${text.slice(0, room)}\n`;
    });
    const back = this.#drawn > 0 ? `\x1b[${this.#drawn}A` : '';
    void this.#io.write(back + lines.join(''));
    this.#drawn = lines.length;
  }
}

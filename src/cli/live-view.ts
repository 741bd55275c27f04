import { type Cancel, type Clock, every } from '../base/clock.ts';
import type { Io } from './io.ts';
import { terminalText } from './terminal-text.ts';

/** One thing that is under way, done, failed, or left as it is (`idle`). Its label says which, from call to call. */
export interface LiveRow {
  readonly label: string;
  readonly text: string;
  readonly state: 'healthy' | 'progressing' | 'failed' | 'idle';
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 80;
const MARKS = { healthy: '✓', failed: '✗', idle: '!' } as const;
const COLOURS = { healthy: 32, progressing: 36, failed: 31, idle: 33 } as const;
const WORDS = { healthy: 'ok', progressing: '..', failed: 'FAILED', idle: '!!' } as const;

/**
 * Rows that change while one looks: redrawn in place on a terminal, with a spinner before what is
 * under way; elsewhere a line whenever a row has changed.
 */
export class LiveView {
  readonly #io: Io;
  readonly #told = new Map<string, string>();
  #rows: readonly LiveRow[] = [];
  /** How many lines are on the screen. */
  #drawn = 0;
  #frame = 0;
  #stop: Cancel = () => {};

  constructor(io: Io, clock: Clock) {
    this.#io = io;
    if (!io.isTerminal) return;
    this.#stop = every(clock, FRAME_MS, () => {
      this.#frame++;
      this.#draw(this.#fitting());
    });
  }

  /** Shows these rows, and no others. */
  show(rows: readonly LiveRow[]): void {
    this.#rows = rows.map((row) => ({ ...row, text: terminalText(row.text) }));
    if (this.#io.isTerminal) this.#draw(this.#fitting());
    else this.#tellChanges();
  }

  /** One line to standard error that stays, above the rows. */
  note(text: string): void {
    this.#draw([]);
    this.#io.note(text);
    this.#draw(this.#fitting());
  }

  /** Leaves the last state of all rows standing. */
  close(): void {
    this.#stop();
    this.#draw(this.#rows.map((row) => this.#line(row)));
    this.#drawn = 0;
  }

  #tellChanges(): void {
    for (const { label, text, state } of this.#rows) {
      const line = `${WORDS[state]}  ${label}  ${text}`;
      if (this.#told.get(label) === line) continue;
      this.#told.set(label, line);
      this.#io.line(line);
    }
  }

  /** As many lines as the screen can hold: what has gone off it can't be redrawn. */
  #fitting(): string[] {
    const room = Math.max(2, this.#io.height - 2);
    if (this.#rows.length <= room) return this.#rows.map((row) => this.#line(row));
    const isDone = ({ state }: LiveRow) => state === 'healthy';
    const important = [...this.#rows.filter((row) => !isDone(row)), ...this.#rows.filter(isDone)];
    const kept = new Set(important.slice(0, room - 1));
    const lines = this.#rows.filter((row) => kept.has(row)).map((row) => this.#line(row));
    return [...lines, `  … and ${this.#rows.length - kept.size} more`];
  }

  #line({ label, text, state }: LiveRow): string {
    const spinner = FRAMES[this.#frame % FRAMES.length]!;
    const mark = state === 'progressing' ? spinner : MARKS[state];
    const labelWidth = Math.max(0, ...this.#rows.map((row) => row.label.length));
    // A line that wraps would be two to go back over.
    const shown = `${label.padEnd(labelWidth)}  ${text}`.slice(0, Math.max(8, this.#io.width - 3));
    const coloured = this.#io.hasColours ? `\x1b[${COLOURS[state]}m${mark}\x1b[0m` : mark;
    return `${coloured} ${shown.trimEnd()}`;
  }

  /** Replaces what was drawn last. */
  #draw(lines: readonly string[]): void {
    if (!this.#io.isTerminal) return;
    const back = this.#drawn > 0 ? `\x1b[${this.#drawn}A\x1b[J` : '';
    void this.#io.write(back + lines.map((line) => `${line}\n`).join(''));
    this.#drawn = lines.length;
  }
}

/**
 * Work that is done anew whenever somebody asks for it: never twice at a time, and once more after
 * all that was asked meanwhile.
 */
export class Repeater {
  readonly #work: () => Promise<void>;
  readonly #failed: (error: unknown) => void;
  #isStopped = false;
  #isRunning = false;
  #isDue = false;

  /** `failed` is told of what goes wrong, unless the repeater was stopped by then. */
  constructor(work: () => Promise<void>, failed: (error: unknown) => void) {
    this.#work = work;
    this.#failed = failed;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Asks for the work to be done. */
  ask(): void {
    this.#isDue = true;
    if (!this.#isRunning) void this.#run();
  }

  /** What is under way ends by itself; nothing new begins. */
  stop(): void {
    this.#isStopped = true;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#isDue && !this.#isStopped) {
      this.#isDue = false;
      try {
        await this.#work();
      } catch (error) {
        if (!this.#isStopped) this.#failed(error);
      }
    }
    this.#isRunning = false;
  }
}

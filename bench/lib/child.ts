import { type ChildProcess, fork } from 'node:child_process';

/** A process of our own that answers one message at a time. */
export class Child<Asked extends object, Answered extends object> {
  readonly #process: ChildProcess;
  readonly #ended: Promise<never>;

  constructor(file: string) {
    this.#process = fork(file, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#ended = new Promise((_, reject) => {
      this.#process.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)));
    });
    this.#ended.catch(() => {}); // It ends at some time; who asks is told.
  }

  get pid(): number {
    return this.#process.pid!;
  }

  /** Sends a message and resolves with the answer. Rejects when the process has ended. */
  ask(message: Asked): Promise<Answered> {
    const answered = new Promise<Answered>((resolve) => {
      this.#process.once('message', (answer) => resolve(answer as Answered));
    });
    this.#process.send(message);
    return Promise.race([answered, this.#ended]);
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }
}

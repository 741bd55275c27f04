import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The `tutti` of this checkout. */
export const launcher = join(import.meta.dirname, '../../tutti');

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A cluster of a test's own, with a data folder and a home that go when it is over. */
export class TestCluster {
  readonly name: string;
  readonly folder: string;
  readonly data: string;
  readonly environment: NodeJS.ProcessEnv;

  constructor(name: string) {
    this.name = name;
    this.folder = mkdtempSync(join(tmpdir(), `${name}-`));
    this.data = join(this.folder, 'data');
    const { KUBECONFIG: _, ...inherited } = process.env;
    const cache = process.env.XDG_CACHE_HOME ?? join(process.env.HOME ?? '/root', '.cache');
    this.environment = { ...inherited, HOME: this.folder, XDG_CACHE_HOME: cache };
  }

  /** Runs `tutti` with these words, on this cluster. */
  tutti(...words: string[]): Promise<Ran> {
    return this.run(launcher, '--name', this.name, '--data', this.data, ...words);
  }

  /** Runs another program as the user of this cluster. */
  run(file: string, ...words: string[]): Promise<Ran> {
    return finished(
      spawn(file, words, { env: this.environment, stdio: ['ignore', 'pipe', 'pipe'] }),
    );
  }

  /**
   * A copy of the example whose Service is at another port: a machine has each but once, and other
   * tests run at the same time. The folder that holds it all.
   */
  exampleAt(port: number): string {
    const copy = join(this.folder, 'hello');
    cpSync(join(import.meta.dirname, '../../examples/hello'), copy, { recursive: true });
    const file = join(copy, 'hello.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('port: 8080', `port: ${port}`));
    return copy;
  }

  /** Stops the cluster and deletes all that it had. */
  async remove(): Promise<void> {
    const { code, err } = await this.tutti('down', '--purge');
    if (code !== 0) throw new Error(`the cluster ${this.name} is not down: ${err}`);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function finished(child: ChildProcess): Promise<Ran> {
  return new Promise((resolve, reject) => {
    let [out, err] = ['', ''];
    child.stdout?.on('data', (text) => {
      out += text;
    });
    child.stderr?.on('data', (text) => {
      err += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

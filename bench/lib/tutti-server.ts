import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { readKubeconfig, targetOf } from '../../src/cli/kubeconfig.ts';
import type { Target } from './load/connection.ts';
import { ROOT } from './machine.ts';

export interface TuttiServerOptions {
  readonly folder: string;
  /** What to run, as `--components` has it. */
  readonly components: string;
  /** Where to leave a CPU profile when it ends. */
  readonly profileFolder?: string | undefined;
  readonly environment?: Readonly<Record<string, string>>;
}

const STOP_MAX_MS = 15_000;

/** `tutti server`, started as a user would. */
export class TuttiServer {
  readonly folder: string;
  readonly target: Target;
  readonly pid: number;
  readonly #process: ChildProcess;
  #isStopping = false;

  /** Resolves once it says that it is ready. Rejects with what it said, when it ends instead. */
  static async start(options: TuttiServerOptions): Promise<TuttiServer> {
    const { folder, components, profileFolder, environment } = options;
    mkdirSync(folder, { recursive: true });
    const words = ['server', '--data', folder, '--port', '0', '--components', components];
    const profiling = profileFolder && `--cpu-prof --cpu-prof-dir=${profileFolder}`;
    const child = spawn(join(ROOT, 'tutti'), words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...(profiling && { NODE_OPTIONS: profiling }), ...environment },
    });
    const said = await untilReady(child);
    return new TuttiServer(child, folder, said);
  }

  /** Of a process that is ready; `said` tells what it wrote to standard error. */
  constructor(child: ChildProcess, folder: string, said: () => string) {
    this.#process = child;
    child.once('close', (code) => {
      if (!this.#isStopping) console.error(`tutti server ended with ${code}:\n${said()}`);
    });
    this.folder = folder;
    this.pid = child.pid!; // The launcher turns into Node: it is the same process.
    const path = join(folder, 'kubeconfig');
    const { server, ca, certificate, key } = targetOf(readKubeconfig(path)!, path).endpoint;
    this.target = {
      port: Number(new URL(server).port),
      ca: ca!,
      cert: certificate!,
      key: key!,
    };
  }

  /** What a server beside it may show to the same clients. */
  get servingCertificate(): { readonly ca: string; readonly cert: string; readonly key: string } {
    const pem = (name: string) => readFileSync(join(this.folder, 'pki', name), 'utf8');
    return { ca: pem('ca.crt'), cert: pem('apiserver.crt'), key: pem('apiserver.key') };
  }

  /** Asks it to end, and waits until it has. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#isStopping = true;
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGTERM');
    const timer = setTimeout(() => this.kill(), STOP_MAX_MS);
    await ended;
    clearTimeout(timer);
  }

  kill(): void {
    this.#isStopping = true;
    this.#process.kill('SIGKILL');
  }
}

/** Resolves to what tells the end of its standard error, from then on. */
async function untilReady(child: ChildProcess): Promise<() => string> {
  let said = '';
  child.stderr!.on('data', (text) => {
    said = (said + text).slice(-4000);
  });
  const lines = createInterface({ input: child.stdout! });
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => line.startsWith('ready ') && resolve());
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`tutti server ended with ${code}:\n${said}`)));
  });
  return () => said;
}

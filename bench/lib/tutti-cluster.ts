import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { readKubeconfig, targetOf } from '../../src/cli/kubeconfig.ts';
import type { Target } from './load/connection.ts';
import { ROOT } from './machine.ts';

/** When what `tutti up` does was done, in milliseconds from its launch. */
export interface UpTimes {
  readonly apiReadyMs: number;
  readonly nodeReadyMs: number;
  readonly doneMs: number;
  /** What it printed at last: where the application answers. */
  readonly urls: readonly string[];
}

const TIMEOUT_MS = 120_000;

/** A cluster with a real node, started by `tutti up` on a data folder and context of its own. */
export class TuttiCluster {
  readonly folder: string;
  readonly #name: string;

  constructor(folder: string, name: string) {
    this.folder = folder;
    this.#name = name;
    mkdirSync(folder, { recursive: true });
  }

  get #place(): readonly string[] {
    return ['--name', this.#name, '--data', join(this.folder, 'data')];
  }

  get #environment(): NodeJS.ProcessEnv {
    return { ...process.env, KUBECONFIG: join(this.folder, 'user') };
  }

  /** Runs `tutti up` with more words, and notes when it says what. Rejects when it fails. */
  async up(...words: readonly string[]): Promise<UpTimes> {
    const startedAt = performance.now();
    const all = ['up', ...this.#place, '--port', '0', ...words];
    const child = spawn(join(ROOT, 'tutti'), all, {
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
    });
    const at = new Map<string, number>();
    const urls: string[] = [];
    let said = '';
    createInterface({ input: child.stdout }).on('line', (line) => {
      said += `${line}\n`;
      at.set(line.split(/\s{2,}/, 2).join(' '), performance.now() - startedAt);
      if (line.startsWith('http')) urls.push(line);
    });
    child.stderr.on('data', (text) => {
      said += text;
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    const [apiReadyMs, nodeReadyMs] = [at.get('ok API server'), at.get('ok node')];
    if (code !== 0 || apiReadyMs === undefined || nodeReadyMs === undefined) {
      throw new Error(`tutti up ended with ${code}:\n${said}`);
    }
    return { apiReadyMs, nodeReadyMs, doneMs: performance.now() - startedAt, urls };
  }

  get target(): Target {
    const path = join(this.folder, 'data/kubeconfig');
    const { server, ca, certificate, key } = targetOf(readKubeconfig(path)!, path).endpoint;
    return { port: Number(new URL(server).port), ca: ca!, cert: certificate!, key: key! };
  }

  /** The process that is the cluster, containerd and containers aside. */
  get pid(): number {
    return this.#running().process.pid;
  }

  /** Where its containerd listens. */
  get socket(): string {
    return this.#running().containerd.socketPath;
  }

  #running(): { process: { pid: number }; containerd: { socketPath: string } } {
    return JSON.parse(readFileSync(join(this.folder, 'data/running.json'), 'utf8'));
  }

  /** Ends it, with all that it has on this machine. Answers how long that took, in milliseconds. */
  down(): number {
    const startedAt = performance.now();
    const { status, stderr } = spawnSync(join(ROOT, 'tutti'), ['down', '--purge', ...this.#place], {
      env: this.#environment,
      timeout: TIMEOUT_MS,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`tutti down ended with ${status}:\n${stderr}`);
    return performance.now() - startedAt;
  }

  /** As `down`, for when something has gone wrong before. */
  kill(): void {
    this.down();
  }
}

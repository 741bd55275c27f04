import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url));

export interface Asking {
  readonly from: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly protocol?: 'tcp' | 'udp';
  readonly count?: number;
  /** From where UDP is sent; any that is free unless said. */
  readonly localPort?: number;
}

/**
 * Pretended pods and machines around this process's network namespace, which plays the node. Each
 * is a namespace of its own; `remove` takes all of them away. To be used in a namespace of its own.
 */
export class NetworkLab {
  readonly #id: string;
  readonly #namespaces: string[] = [];
  readonly #servers: ChildProcess[] = [];
  #links = 0;

  constructor() {
    this.#id = `tutti-lab-${process.pid}`;
  }

  /** A pod on a bridge of the node, with its gateway as the way out. */
  addPod(name: string, bridge: string, addresses: readonly string[], gateways: readonly string[]) {
    const link = this.#connect(name, addresses, gateways);
    ip('link', 'set', link, 'master', bridge);
    ip('link', 'set', link, 'type', 'bridge_slave', 'hairpin', 'on');
  }

  /** A machine on a wire to the node, whose own address on it is `nodeAddress`. */
  addMachine(name: string, addresses: readonly string[], nodeAddresses: readonly string[]) {
    const link = this.#connect(name, addresses, []);
    for (const address of nodeAddresses) ip('addr', 'add', address, 'dev', link, ...nodad(address));
    const inside = ['netns', 'exec', this.#full(name), 'ip'];
    for (const address of nodeAddresses) {
      ip(...inside, ...family(address), 'route', 'add', 'default', 'via', address.split('/')[0]!);
    }
  }

  /** Has the pod answer on these ports, TCP and UDP, with its name and who asks. */
  async serve(name: string, ...ports: number[]): Promise<void> {
    const args = [pathOf('echo-server.ts'), name, ...ports.map(String)];
    const server = spawn('ip', ['netns', 'exec', this.#full(name), process.execPath, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#servers.push(server);
    await once(server.stdout, 'data');
  }

  /** The answers, in order; an error's code in the place of one. From the node unless said. */
  async ask({
    from,
    host,
    port,
    protocol = 'tcp',
    count = 1,
    localPort,
  }: Asking): Promise<string[]> {
    const args = [pathOf('echo-client.ts'), protocol, host, String(port), String(count)];
    if (localPort !== undefined) args.push(String(localPort));
    return (await this.runIn(from, process.execPath, args)).trim().split('\n');
  }

  /** Runs a command in a namespace, or in the node's. */
  async runIn(from: string | undefined, command: string, args: readonly string[]): Promise<string> {
    const whole =
      from === undefined
        ? [command, ...args]
        : ['ip', 'netns', 'exec', this.#full(from), command, ...args];
    return (await run(whole[0]!, whole.slice(1))).stdout;
  }

  async remove(): Promise<void> {
    for (const server of this.#servers) {
      if (server.exitCode !== null) continue;
      server.kill('SIGKILL');
      await once(server, 'exit');
    }
    for (const namespace of this.#namespaces) ip('netns', 'del', namespace);
  }

  #full(name: string): string {
    return `${this.#id}-${name}`;
  }

  /** A namespace on a wire; answers the node's end. */
  #connect(name: string, addresses: readonly string[], gateways: readonly string[]): string {
    const namespace = this.#full(name);
    const link = `lab${this.#links++}`;
    ip('netns', 'add', namespace);
    this.#namespaces.push(namespace);
    ip('link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
    const inside = ['netns', 'exec', namespace, 'ip'];
    ip(...inside, 'link', 'set', 'lo', 'up');
    ip(...inside, 'link', 'set', 'eth0', 'up');
    for (const address of addresses) {
      ip(...inside, 'addr', 'add', address, 'dev', 'eth0', ...nodad(address));
    }
    for (const gateway of gateways) {
      ip(...inside, ...family(gateway), 'route', 'add', 'default', 'via', gateway);
    }
    ip('link', 'set', link, 'up');
    return link;
  }
}

const nodad = (address: string): string[] => (address.includes(':') ? ['nodad'] : []);
const family = (address: string): string[] => (address.includes(':') ? ['-6'] : ['-4']);

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

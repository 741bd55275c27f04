import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { CommandError } from '../cli/command.ts';

/** A part of the system that clusters run on: where it may be found, and what installs it. */
interface SystemPart {
  readonly package: string;
  readonly reason: string;
  /** One of these must be there. */
  readonly anyOf: readonly string[];
  /** Only for a container runtime of our own: others bring it, or not, as they like. */
  readonly ofRuntime?: boolean;
}

const PATHS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const program = (name: string): string[] => PATHS.map((folder) => `${folder}/${name}`);

const PARTS: readonly SystemPart[] = [
  {
    package: 'containerd',
    reason: 'runs containers',
    anyOf: program('containerd'),
    ofRuntime: true,
  },
  { package: 'runc', reason: 'starts them', anyOf: program('runc'), ofRuntime: true },
  {
    package: 'containernetworking-plugins',
    reason: 'connects pods to the network',
    anyOf: ['/usr/lib/cni/bridge', '/opt/cni/bin/bridge'],
    ofRuntime: true,
  },
  { package: 'nftables', reason: 'leads traffic to services', anyOf: program('nft') },
  { package: 'iproute2', reason: 'sets up network links', anyOf: program('ip') },
  {
    package: 'conntrack',
    reason: 'tells UDP clients when an endpoint has gone',
    anyOf: program('conntrack'),
  },
  { package: 'busybox-static', reason: 'is the base of local images', anyOf: program('busybox') },
];

/** The parts that this machine lacks for a node, which may have a runtime already. */
export function missingParts(
  hasRuntime: boolean,
  exists: (path: string) => boolean = isExecutable,
): SystemPart[] {
  const needed = PARTS.filter(({ ofRuntime = false }) => !(ofRuntime && hasRuntime));
  return needed.filter(({ anyOf }) => !anyOf.some(exists));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Installs packages with apt. Throws CommandError, with the end of apt's own output, when it fails. */
export async function installParts(
  parts: readonly SystemPart[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const packages = parts.map((part) => part.package);
  if (!program('apt-get').some(isExecutable)) {
    throw new CommandError(`these system parts are missing: ${packages.join(', ')}`, {
      advice: 'This machine has no apt-get; install them with its own package manager.',
    });
  }
  const env = { ...environment, DEBIAN_FRONTEND: 'noninteractive' };
  await apt(['update', '-qq'], env);
  await apt(['install', '-y', '-qq', '--no-install-recommends', ...packages], env);
}

function apt(words: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    // Detached: Ctrl-C is for the one who waits. Packages that are half installed help nobody.
    const child = spawn('apt-get', words, {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => {
        output = (output + text).slice(-4000);
      });
    }
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) return resolve();
      const lines = output.trim().split('\n');
      const said = lines.filter((line) => line.startsWith('E:')).slice(-3);
      const why = (said.length > 0 ? said : lines.slice(-3)).join('\n');
      const advice = `Run "apt-get ${words.join(' ')}" by hand to see more.`;
      reject(new CommandError(`apt-get ${words[0]} failed: ${why}`, { advice }));
    });
  });
}

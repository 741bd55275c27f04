import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { OWNER } from '../agent/spec/labels.ts';
import { type Clock, sleep } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { CommandError } from '../cli/command.ts';
import { networkNames } from '../network/pod-network.ts';
import { otherNetworks } from '../runtime/cni.ts';
import { RuntimeFailure } from '../runtime/cri.ts';
import { type CriClient, createCriClient } from '../runtime/cri-client.ts';
import type { RuntimeDetails } from '../runtime/runtime-details.ts';
import type { NotedRuntime } from './background.ts';
import type { DataFolder } from './data-folder.ts';
import { openLocalImages } from './local-images.ts';
import { cgroupRoot, podOwner } from './node.ts';
import type { NodeRuntime } from './node-runtime.ts';
import type { GivenRuntime } from './runtime-choice.ts';

interface OpenTools {
  readonly clock: Clock;
  readonly random: Random;
}

export interface OpenOptions {
  readonly folder: DataFolder;
  readonly cluster: string;
  readonly nodeName: string;
  /** Told of the runtime before anything is made in it, so that `down` finds it again. */
  readonly note: (noted: NotedRuntime) => void;
}

/** Finds a runtime and out what must be known of it. Throws CommandError when it won't do. */
export async function openGivenRuntime(
  tools: OpenTools,
  given: GivenRuntime,
  options: OpenOptions,
): Promise<NodeRuntime> {
  const { socketPath } = given;
  const runtime = createCriClient(tools.clock, socketPath);
  const release = () => runtime.close();
  try {
    const { name } = await answering(runtime, socketPath);
    const details = await runtime.details();
    const cniConfDir = await networkFolder(given, details, options);
    await assertFits(socketPath, details);
    const { snapshotter } = details;
    const images = name === 'containerd' && snapshotter ? { socketPath, snapshotter } : undefined;
    options.note({ socketPath, name, cniConfDir });
    if (images) await ensureSandboxImage(tools, runtime, { images, details, options });
    const network = networkNames(options.cluster, options.nodeName).network;
    const shared = { isOurs: false, cniConfDir, sharedAs: network };
    return { runtime, socketPath, images, ...shared, release, abandon: async () => release() };
  } catch (error) {
    release();
    throw error;
  }
}

async function answering(runtime: CriClient, socketPath: string) {
  try {
    return await runtime.version();
  } catch (cause) {
    if (!(cause instanceof RuntimeFailure)) throw cause;
    const message = `no container runtime answers at ${socketPath}: ${cause.message}`;
    const advice =
      'It has to speak CRI v1: containerd 1.6 or later does, unless "cri" is disabled.';
    throw new CommandError(message, { cause, advice });
  }
}

/** Where the runtime takes its network from, which has to be free for ours. */
async function networkFolder(
  { socketPath, cniConfDir: said }: GivenRuntime,
  { cniConfDir: told }: RuntimeDetails,
  { cluster, nodeName }: OpenOptions,
): Promise<string> {
  const folder = said ?? told;
  if (folder === undefined) {
    throw new CommandError(`the runtime at ${socketPath} doesn't tell where its network is set`, {
      advice: 'Name that folder with --cni-conf-dir; most have /etc/cni/net.d.',
    });
  }
  const [other] = await otherNetworks(folder, networkNames(cluster, nodeName).network);
  if (other === undefined) return folder;
  throw new CommandError(`the runtime at ${socketPath} has a network already: ${other}`, {
    advice:
      "Move that file away if nobody needs it, or leave --cri out: Tutti's own is no trouble.",
  });
}

const PLUGINS = ['bridge', 'host-local'];

async function assertFits(
  socketPath: string,
  { cgroupDriver, cniBinDirs = [] }: RuntimeDetails,
): Promise<void> {
  if (cgroupDriver === 'systemd') {
    throw new CommandError(`the runtime at ${socketPath} makes its cgroups by systemd`, {
      advice:
        'Tutti makes them itself: set SystemdCgroup = false (containerd), or cgroup_manager = "cgroupfs" (CRI-O).',
    });
  }
  for (const plugin of cniBinDirs.length > 0 ? PLUGINS : []) {
    const paths = cniBinDirs.map((folder) => join(folder, plugin));
    if ((await Promise.all(paths.map(isExecutable))).includes(true)) continue;
    throw new CommandError(`the runtime at ${socketPath} has no network plugin ${paths[0]}`, {
      advice:
        'Debian has it in containernetworking-plugins, at /usr/lib/cni: let the runtime look there (bin_dir), or link it.',
    });
  }
}

const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

/** So that sandboxes need no registry. */
async function ensureSandboxImage(
  { clock, random }: OpenTools,
  runtime: CriClient,
  {
    images: target,
    details,
    options,
  }: {
    readonly images: NonNullable<NodeRuntime['images']>;
    readonly details: RuntimeDetails;
    readonly options: OpenOptions;
  },
): Promise<void> {
  const sandboxImage = details.sandboxImage ?? (await missingSandboxImage(clock, runtime, options));
  if (sandboxImage === undefined || (await runtime.imageStatus(sandboxImage))) return;
  const images = await openLocalImages(clock, random, options.folder.images);
  await images.ensurePause();
  await images.sendPause(target, sandboxImage);
}

const TRIAL_MAX_MS = 20_000;

/**
 * The sandbox image that a runtime lacks and can't pull, if so. From 2.0 on, containerd tells that
 * setting only in the failure of who needs it: a sandbox is tried, on the machine's own network.
 */
async function missingSandboxImage(
  clock: Clock,
  runtime: CriClient,
  { folder, cluster, nodeName }: OpenOptions,
): Promise<string | undefined> {
  const labels = { [OWNER]: podOwner(cluster, nodeName) };
  if ((await runtime.listPodSandboxes({ labels })).length > 0) return undefined; // It can be done.
  const uid = networkNames(cluster, nodeName).network;
  const trial = runtime.runPodSandbox({
    metadata: { name: 'trial', namespace: 'kube-system', uid, attempt: 0 },
    hostname: '',
    logDirectory: folder.agent,
    portMappings: [],
    labels,
    annotations: {},
    cgroupParent: `${cgroupRoot(cluster)}/trial`,
    sysctls: {},
    security: {
      namespaces: { network: 'node', pid: 'container', ipc: 'pod' },
      supplementalGroups: [],
      privileged: false,
    },
  });
  try {
    // One that is slow to pull goes on: what comes of it is found as nobody's, and removed.
    const sandbox = await Promise.race([trial, sleep(clock, TRIAL_MAX_MS)]);
    if (sandbox !== undefined) await runtime.removePodSandbox(sandbox);
    trial.catch(() => {});
    return undefined;
  } catch (error) {
    // Whatever else is wrong will be told of the first pod.
    return /sandbox image "([^"]+)"/.exec((error as Error).message)?.[1];
  }
}

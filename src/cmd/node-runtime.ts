import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { PAUSE_IMAGE } from '../image/pause.ts';
import { startContainerd } from '../runtime/containerd.ts';
import type { CriClient } from '../runtime/cri-client.ts';
import type { DataFolder } from './data-folder.ts';
import { type OpenOptions, openGivenRuntime } from './given-runtime.ts';
import { type ContainerdTarget, type LocalImages, openLocalImages } from './local-images.ts';
import type { GivenRuntime } from './runtime-choice.ts';

export interface RuntimeTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** What runs a node's containers: a containerd of our own, or a runtime that was there before. */
export interface NodeRuntime {
  readonly runtime: CriClient;
  readonly socketPath: string;
  /** How it is given images; undefined when only its own tools can. */
  readonly images: ContainerdTarget | undefined;
  /** If not, others may have pods and images in it. */
  readonly isOurs: boolean;
  /** The folder from which it takes its network. */
  readonly cniConfDir: string;
  /** The name of our network, in a folder that isn't ours alone. */
  readonly sharedAs?: string;
  /** Lets go of it: it runs on. */
  release(): void;
  /** Ends it if it is ours and nobody's pods are in it; else lets go of it. */
  abandon(): Promise<void>;
}

export interface RuntimeOptions extends OpenOptions {
  /** What was there before; a containerd of our own is started unless this is set. */
  readonly given: GivenRuntime | undefined;
}

/**
 * Starts a containerd for a node, or finds the runtime that was given for it, and gives it the
 * images that it can't do without. Throws RuntimeFailure, and CommandError for what can be mended.
 */
export async function openRuntime(
  tools: RuntimeTools,
  options: RuntimeOptions,
): Promise<NodeRuntime> {
  const { folder, given } = options;
  const images = await openLocalImages(tools.clock, tools.random, folder.images);
  const opening = given ? openGivenRuntime(tools, given, options) : openOwnRuntime(tools, folder);
  try {
    const [runtime] = await Promise.all([opening, images.ensurePause()]);
    await sendMissing(images, runtime);
    return runtime;
  } catch (error) {
    await abandonRuntime(opening);
    throw error;
  }
}

async function openOwnRuntime(
  { clock, logger }: RuntimeTools,
  folder: DataFolder,
): Promise<NodeRuntime> {
  const cniConfDir = cniFolder(folder);
  const options = { folder: folder.containerd, sandboxImage: PAUSE_IMAGE, cniConfDir };
  const containerd = await startContainerd(clock, logger, options);
  const { runtime, socketPath, snapshotter } = containerd;
  return {
    runtime,
    socketPath,
    images: { socketPath, snapshotter },
    isOurs: true,
    cniConfDir,
    release: () => containerd.release(),
    async abandon() {
      const pods = await runtime.listPodSandboxes().catch(() => undefined);
      if (pods?.length === 0) await containerd.stop(0);
      else containerd.release(); // Its pods go on, to be found again.
    },
  };
}

/** Gives a runtime those images of this machine that it doesn't have yet. */
async function sendMissing(images: LocalImages, { runtime, images: target }: NodeRuntime) {
  if (!target) return;
  const present = new Set((await runtime.listImages()).flatMap(({ repoTags }) => repoTags));
  const missing = (await images.list())
    .map(({ reference }) => reference)
    .filter((reference) => !present.has(reference));
  if (missing.length > 0) await images.sendTo(target, missing);
}

/** Leaves no runtime behind that nobody needs; one with pods goes on, to be found again. */
export async function abandonRuntime(opening: Promise<NodeRuntime>): Promise<void> {
  const runtime = await opening.catch(() => undefined);
  await runtime?.abandon();
}

/** Where a containerd of our own has its network configuration. */
export const cniFolder = (folder: DataFolder): string => join(folder.network, 'cni');

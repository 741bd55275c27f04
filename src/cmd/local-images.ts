import { execFile } from 'node:child_process';
import { createReadStream, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { CommandError } from '../cli/command.ts';
import { loadArchive, writeArchive } from '../image/archive.ts';
import { baseImagesOf, buildImage, readContainerfile } from '../image/build.ts';
import { addBusyboxImage, BUSYBOX_IMAGE } from '../image/busybox.ts';
import { parseContainerfile } from '../image/containerfile.ts';
import { ContainerfileError } from '../image/containerfile-lines.ts';
import {
  createImageLibrary,
  fullName,
  ImageError,
  type ImageLibrary,
  type StoredImage,
} from '../image/library.ts';
import type { Index } from '../image/oci.ts';
import { addPauseImage, PAUSE_IMAGE } from '../image/pause.ts';
import { openBuildFolder } from '../runtime/build-folder.ts';
import { openImageFolder } from '../runtime/image-folder.ts';
import { importImages } from '../runtime/image-store.ts';

const BUSYBOX = '/bin/busybox';

/** The images that this machine made or was given, and how they get to its containerd. */
export interface LocalImages {
  /** Builds the Containerfile of a folder. Throws CommandError that names the line at fault. */
  build(folder: string, options: BuildCall): Promise<StoredImage & { warnings: readonly string[] }>;
  /** Takes the images of an archive (OCI or `docker save`) in; answers their names. */
  load(archive: string): Promise<readonly string[]>;
  list(): Promise<StoredImage[]>;
  /** Makes the sandbox image when it isn't there. */
  ensurePause(): Promise<void>;
  /** Gives a containerd those of the named images, and all of them when none is named. */
  sendTo(target: ContainerdTarget, names?: readonly string[]): Promise<void>;
  /** Gives a containerd the sandbox image, under the name by which it looks for one. */
  sendPause(target: ContainerdTarget, name: string): Promise<void>;
}

export interface BuildCall {
  readonly tag: string;
  readonly file?: string | undefined;
  readonly target?: string | undefined;
  readonly buildArgs?: Readonly<Record<string, string>>;
}

export interface ContainerdTarget {
  readonly socketPath: string;
  readonly snapshotter: string;
}

const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
const platform = { os: 'linux', architecture } as const;

/** Opens the image folder of a data folder. */
export async function openLocalImages(
  clock: Clock,
  random: Random,
  folder: string,
): Promise<LocalImages> {
  const library = createImageLibrary(await openImageFolder<Index>(clock, random, folder));
  return {
    build: (context, call) => told(() => build(library, context, call), context),
    load: (archive) => told(() => loadArchive(library, createReadStream(archive))),
    list: () => library.list(platform),
    async ensurePause() {
      if (!(await library.find(PAUSE_IMAGE, platform))) await addPauseImage(library, architecture);
    },
    async sendTo(target, names) {
      const all = names ?? (await library.list(platform)).map(({ reference }) => reference);
      if (all.length > 0) await importImages(writeArchive(library, all.map(fullName)), target);
    },
    sendPause: (target, name) => importImages(writeArchive(library, [PAUSE_IMAGE], name), target),
  };
}

/** Throws CommandError for a Containerfile that can't be built, with the line at fault. */
export function checkContainerfile(folder: string): Promise<void> {
  return told(async () => {
    const { file, source } = await readContainerfile(openBuildFolder(folder));
    parseContainerfile(source, file);
  }, folder);
}

async function build(library: ImageLibrary, folder: string, call: BuildCall) {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new CommandError(`there is no folder ${folder}`, {
      advice: 'Name the folder that has the Containerfile and what it copies.',
    });
  }
  const context = openBuildFolder(folder);
  const given = Object.entries({ ...call, platform }).filter(([, value]) => value !== undefined);
  const options = Object.fromEntries(given) as unknown as Parameters<typeof buildImage>[2];
  const { file, source } = await readContainerfile(context, call.file);
  const bases = baseImagesOf(parseContainerfile(source, file), options);
  if (bases.includes(BUSYBOX_IMAGE) && !(await library.find(BUSYBOX_IMAGE, platform))) {
    await addBusyboxImage(library, { ...(await readBusybox()), architecture });
  }
  return buildImage(library, context, options);
}

/** The machine's own busybox: a shell and the usual commands in one file. */
async function readBusybox() {
  try {
    const binary = await readFile(BUSYBOX);
    const { stdout } = await promisify(execFile)(BUSYBOX, ['--list']);
    return { binary, applets: stdout.trim().split('\n') };
  } catch (cause) {
    throw new CommandError(`${BUSYBOX_IMAGE} is made of ${BUSYBOX}, which can't be used`, {
      cause,
      advice: 'Install the package busybox-static.',
    });
  }
}

/** Mistakes in images and Containerfiles are the user's to mend: told without a stack. */
async function told<R>(work: () => Promise<R>, folder?: string): Promise<R> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof ContainerfileError) {
      const message = folder ? join(folder, cause.message) : cause.message; // It begins with the file.
      throw new CommandError(message, { cause, advice: 'Mend that line, then build it again.' });
    }
    if (cause instanceof ImageError) {
      const advice =
        '"tutti image list" shows what is here; "tutti image build --help" what is built.';
      throw new CommandError(cause.message, { cause, advice });
    }
    throw cause;
  }
}

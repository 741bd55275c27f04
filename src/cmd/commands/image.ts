import { basename, resolve } from 'node:path';
import { type CommandContext, CommandError, command } from '../../cli/command.ts';
import { outputOption } from '../../cli/options.ts';
import { formatValue, outputFormat } from '../../cli/output.ts';
import { formatTable } from '../../cli/table.ts';
import { BUSYBOX_IMAGE } from '../../image/busybox.ts';
import { containerdOf, findNode } from '../background.ts';
import { dataFolderAt, openDataFolder } from '../data-folder.ts';
import { type LocalImages, openLocalImages } from '../local-images.ts';

export const imageBuild = command({
  name: 'image build',
  summary: 'Build an image from a Containerfile, without a daemon',
  details: `Needs no daemon and no registry. Understands FROM, ARG, COPY, ADD (of local files), ENV,
WORKDIR, USER, EXPOSE, LABEL, VOLUME, STOPSIGNAL, SHELL, ENTRYPOINT and CMD. FROM takes scratch, an
image that was built or loaded here, or ${BUSYBOX_IMAGE}, which is made of the machine's own
busybox and has a shell.

Examples:
  tutti image build . -t web
  tutti image build app -t shop/app:2 --build-arg VERSION=2`,
  arguments: [{ name: 'DIR', description: 'The folder with the Containerfile and what it copies' }],
  options: {
    tag: { short: 't', value: 'NAME', description: "The image's name; the folder's unless said" },
    file: { short: 'f', value: 'FILE', description: 'The Containerfile, within the folder' },
    target: { value: 'STAGE', description: 'The stage to build; the last unless said' },
    'build-arg': { value: 'NAME=VALUE', repeated: true, description: 'A value for an ARG' },
  },
  async run({ arguments: [folder = '.'], options }, context) {
    const { io } = context;
    const images = await openImages(context);
    const tag = options.tag ?? basename(resolve(folder)).toLowerCase();
    const buildArgs = Object.fromEntries(options['build-arg'].map(parseBuildArg));
    const { file, target } = options;
    const image = await images.build(folder, { tag, file, target, buildArgs });
    for (const warning of image.warnings) io.note(`warning: ${warning}`);
    await sendToNode(images, [image.reference], context);
    io.line(`${image.reference} ${image.digest}`);
    return 0;
  },
});

export const imageLoad = command({
  name: 'image load',
  summary: 'Take in the images of an archive',
  arguments: [{ name: 'FILE', description: 'The archive, plain or gzipped' }],
  async run({ arguments: [archive = ''] }, context) {
    const images = await openImages(context);
    let names: readonly string[];
    try {
      names = await images.load(archive);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
      throw new CommandError(`there is no file ${archive}`, { cause });
    }
    await sendToNode(images, names, context);
    for (const name of names) context.io.line(name);
    return 0;
  },
});

export const imageList = command({
  name: 'image list',
  summary: 'Show the images that were built or loaded here',
  options: { output: outputOption },
  async run({ options }, context) {
    const { io } = context;
    const found = (await (await openImages(context)).list()).map(({ reference, digest, size }) => ({
      name: reference,
      digest,
      sizeBytes: size,
    }));
    const format = outputFormat(options.output);
    if (format === 'json' || format === 'yaml') await io.write(formatValue(found, format));
    else if (format === 'name') for (const { name } of found) io.line(name);
    else if (found.length === 0) io.note('No images: build one with "tutti image build".');
    else {
      const rows = found.map(({ name, digest, sizeBytes }) => [
        name,
        format === 'wide' ? digest : digest.slice(7, 19),
        sizeOf(sizeBytes),
      ]);
      for (const line of formatTable(['IMAGE', 'DIGEST', 'SIZE'], rows)) io.line(line);
    }
    return 0;
  },
});

const openImages = ({ clock, random, place }: CommandContext): Promise<LocalImages> =>
  openLocalImages(clock, random, openDataFolder(place.data).images);

/** Where a cluster runs its node gets the images now; otherwise when it starts. */
async function sendToNode(
  images: LocalImages,
  names: readonly string[],
  { place }: CommandContext,
): Promise<void> {
  const folder = dataFolderAt(place.data);
  if (findNode(folder)?.containerd) await images.sendTo(containerdOf(folder), names);
}

function parseBuildArg(text: string): [string, string] {
  const equals = text.indexOf('=');
  if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)];
  throw new CommandError(`--build-arg takes NAME=VALUE, not "${text}"`);
}

const sizeOf = (bytes: number): string =>
  bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

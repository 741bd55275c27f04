import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pack } from 'tar-stream';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { type ContainerdTarget, openLocalImages } from '../../src/cmd/local-images.ts';

/** dash as `sh`, and busybox for everything else. Runs `sleep` unless told otherwise. */
export const SHELL_IMAGE = 'tutti.local/test-shell:1';

const BUSYBOX = '/bin/busybox';
const DASH = '/bin/dash';
const USERS = 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n';

/** Brings the images of the tests into a containerd: what holds sandboxes, and a shell. */
export async function loadTestImages(target: ContainerdTarget, folder: string): Promise<void> {
  const images = await openLocalImages(systemClock, systemRandom, join(folder, 'images'));
  const archive = join(folder, 'shell.tar');
  writeFileSync(archive, await imageArchive(shellImage()));
  await Promise.all([images.ensurePause(), images.load(archive)]);
  await images.sendTo(target);
}

/** A file in an image; a link when it has a `target`. */
interface ImageFile {
  readonly path: string;
  readonly content?: Uint8Array | string;
  readonly target?: string;
  readonly mode?: number;
}

interface TestImage {
  readonly name: string;
  readonly files: readonly ImageFile[];
  /** `Entrypoint`, `Cmd`, `Env`, `User`, `WorkingDir`, … */
  readonly config: Record<string, unknown>;
}

/** Busybox' own shell drops variables whose names hold a dash, so another one is put in its place. */
function shellImage(): TestImage {
  const applets = execFileSync(BUSYBOX, ['--list'], { encoding: 'utf8' }).trim().split('\n');
  const links = applets.filter((name) => name !== 'busybox' && name !== 'sh');
  const programs = [
    { path: 'bin/busybox', file: BUSYBOX },
    { path: 'bin/sh', file: DASH },
    ...[...librariesOf(BUSYBOX), ...librariesOf(DASH)].map((file) => {
      return { path: file.slice(1), file };
    }),
  ];
  const byPath = new Map(programs.map((program) => [program.path, program]));
  return {
    name: SHELL_IMAGE,
    files: [
      ...Array.from(byPath.values(), ({ path, file }) => {
        return { path, content: readFileSync(realpathSync(file)), mode: 0o755 };
      }),
      ...links.map((name) => ({ path: `bin/${name}`, target: 'busybox' })),
      { path: 'etc/passwd', content: USERS },
      { path: 'etc/group', content: 'root:x:0:\nnogroup:x:65534:\n' },
      { path: 'tmp/.keep', content: '' },
    ],
    config: { Cmd: ['sleep', '1000000'], Env: ['PATH=/bin', 'FROM_IMAGE=yes'] },
  };
}

/** What a program is loaded with; nothing when it needs no library. */
function librariesOf(file: string): string[] {
  try {
    const stdio = ['ignore', 'pipe', 'ignore'] as const;
    const listed = execFileSync('ldd', [file], { encoding: 'utf8', stdio: [...stdio] });
    return [...listed.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path!);
  } catch {
    return [];
  }
}

/** An image as an OCI layout in a tar archive. */
async function imageArchive({ name, files, config }: TestImage): Promise<Buffer> {
  const layer = await tar(files);
  const configuration = json({
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config,
    rootfs: { type: 'layers', diff_ids: [digest(layer)] },
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: described('application/vnd.oci.image.config.v1+json', configuration),
    layers: [described('application/vnd.oci.image.layer.v1.tar', layer)],
  });
  const index = json({
    schemaVersion: 2,
    manifests: [
      {
        ...described('application/vnd.oci.image.manifest.v1+json', manifest),
        annotations: { 'io.containerd.image.name': name },
      },
    ],
  });
  const blobs = [layer, configuration, manifest].map((content) => {
    return { path: `blobs/sha256/${digest(content).slice(7)}`, content };
  });
  const layout = { path: 'oci-layout', content: json({ imageLayoutVersion: '1.0.0' }) };
  return tar([layout, { path: 'index.json', content: index }, ...blobs]);
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const digest = (content: Uint8Array): string =>
  `sha256:${createHash('sha256').update(content).digest('hex')}`;
const described = (mediaType: string, content: Uint8Array) => {
  return { mediaType, digest: digest(content), size: content.length };
};

async function tar(files: readonly ImageFile[]): Promise<Buffer> {
  const archive = pack();
  for (const { path, content = '', target, mode = 0o644 } of files) {
    if (target !== undefined) archive.entry({ name: path, type: 'symlink', linkname: target });
    else archive.entry({ name: path, mode }, Buffer.from(content));
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from 'tar-stream';
import { pauseProgram } from './pause.ts';

/** A file in an image; a link when it has a `target`. */
export interface ImageFile {
  readonly path: string;
  readonly content?: Uint8Array | string;
  readonly target?: string;
  readonly mode?: number;
}

export interface TestImage {
  readonly name: string;
  readonly files: readonly ImageFile[];
  /** `Entrypoint`, `Cmd`, `Env`, `User`, `WorkingDir`, … */
  readonly config: Record<string, unknown>;
}

/** What holds a pod's namespaces in tests. */
export const PAUSE_IMAGE = 'localhost/pause:test';
/** dash as `sh`, and busybox for everything else. Runs `sleep` unless told otherwise. */
export const SHELL_IMAGE = 'localhost/shell:test';

const APPLETS = [
  'sleep',
  'cat',
  'echo',
  'ls',
  'id',
  'env',
  'true',
  'false',
  'wget',
  'httpd',
].concat(
  ['nc', 'stat', 'mount', 'touch', 'readlink', 'head', 'seq', 'kill', 'ps', 'hostname', 'chmod'],
  ['date', 'rm', 'mkdir', 'sync', 'dd', 'df', 'sh-busybox', 'printf', 'nslookup', 'ip', 'vi', 'tr'],
  ['cut', 'test', 'grep', 'sed', 'awk', 'tail', 'wc', 'tee', 'find'],
);

/** The images of the tests, made of the machine's own busybox-static and dash. */
export function testImages(): TestImage[] {
  const libraries = ['/lib/x86_64-linux-gnu/libc.so.6', '/lib64/ld-linux-x86-64.so.2'];
  const user = 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n';
  return [
    {
      name: PAUSE_IMAGE,
      files: [{ path: 'pause', content: pauseProgram(process.arch)!, mode: 0o755 }],
      config: { Entrypoint: ['/pause'] },
    },
    {
      name: SHELL_IMAGE,
      files: [
        { path: 'bin/busybox', content: readFileSync('/usr/bin/busybox'), mode: 0o755 },
        { path: 'bin/sh', content: readFileSync('/usr/bin/dash'), mode: 0o755 },
        ...libraries.map((path) => {
          return { path: path.slice(1), content: readFileSync(realpathSync(path)), mode: 0o755 };
        }),
        ...APPLETS.map((name) => ({ path: `bin/${name}`, target: 'busybox' })),
        { path: 'etc/passwd', content: user },
        { path: 'etc/group', content: 'root:x:0:\nnogroup:x:65534:\n' },
        { path: 'tmp/.keep', content: '' },
      ],
      config: { Cmd: ['sleep', '1000000'], Env: ['PATH=/bin', 'FROM_IMAGE=yes'] },
    },
  ];
}

/** Brings images into a containerd, where the CRI finds them. */
export async function loadImages(socketPath: string, images: readonly TestImage[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'images-'));
  try {
    for (const image of images) {
      const file = join(folder, 'image.tar');
      writeFileSync(file, await imageArchive(image));
      const args = ['--address', socketPath, '--namespace', 'k8s.io', 'images', 'import', file];
      execFileSync('ctr', args, { stdio: ['ignore', 'ignore', 'inherit'] });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** An image as an OCI layout in a tar archive. */
export async function imageArchive({ name, files, config }: TestImage): Promise<Buffer> {
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

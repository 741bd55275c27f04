import type { Architecture } from './elf.ts';
import { putLayer } from './layer.ts';
import type { ImageLibrary, StoredImage } from './library.ts';
import { once } from './storage.ts';
import type { TarEntry } from './tar.ts';

/** The name of the base image for `FROM`, when a shell and the usual commands are wanted. */
export const BUSYBOX_IMAGE = 'tutti.local/busybox:1';

export interface Busybox {
  /** A busybox that needs no library, as Debian's `busybox-static` installs it. */
  readonly binary: Uint8Array;
  /** The commands it knows: what `busybox --list` says. */
  readonly applets: readonly string[];
  readonly architecture: Architecture;
}

const PASSWD = 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n';
const GROUP = 'root:x:0:\nnogroup:x:65534:\n';

/**
 * Makes a base image of the machine's own busybox, so that images with a shell can be built where
 * no registry is reached. The same busybox gives the same image.
 */
export async function addBusyboxImage(
  library: ImageLibrary,
  { binary, applets, architecture }: Busybox,
): Promise<StoredImage> {
  const links = [...new Set(applets)].filter((name) => name !== 'busybox').sort();
  const layer = await putLayer(library.storage, [
    folder('bin/'),
    file('bin/busybox', 0o755, binary),
    ...links.map(link),
    folder('etc/'),
    file('etc/group', 0o644, encoder.encode(GROUP)),
    file('etc/passwd', 0o644, encoder.encode(PASSWD)),
    folder('root/', 0o700),
    folder('tmp/', 0o1777),
  ]);
  return library.add(BUSYBOX_IMAGE, {
    layers: [layer],
    config: {
      os: 'linux',
      architecture,
      config: { Env: ['PATH=/bin'], Cmd: ['/bin/sh'], WorkingDir: '/' },
      rootfs: { type: 'layers', diff_ids: [layer.digest] },
    },
  });
}

const encoder = new TextEncoder();
const COMMON = { uid: 0, gid: 0, mtimeMs: 0 };

const folder = (name: string, mode = 0o755): TarEntry => ({
  header: { ...COMMON, name, type: 'directory', mode, size: 0 },
});

const file = (name: string, mode: number, bytes: Uint8Array): TarEntry => ({
  header: { ...COMMON, name, type: 'file', mode, size: bytes.length },
  content: once(bytes),
});

const link = (name: string): TarEntry => ({
  header: {
    ...COMMON,
    name: `bin/${name}`,
    type: 'symlink',
    mode: 0o777,
    size: 0,
    linkname: 'busybox',
  },
});

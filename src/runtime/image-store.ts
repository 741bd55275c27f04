import { runPipedCommand } from './piped-command.ts';

export interface ImportOptions {
  readonly socketPath: string;
  /** For which snapshotter layers are unpacked: the one that containers will use. */
  readonly snapshotter: string;
  /** The namespace of CRI unless said. */
  readonly namespace?: string;
  /** The program; looked up in PATH unless it is a path. */
  readonly binary?: string;
}

/**
 * Gives a containerd the images of an OCI image layout tar, under the names in it. What it has
 * already is told by CRI, which can do everything with images but this. It is done by containerd's
 * own client: the API behind it has changed twice while the command has stayed the same.
 */
export async function importImages(
  archive: AsyncIterable<Uint8Array>,
  { socketPath, snapshotter, namespace = 'k8s.io', binary = 'ctr' }: ImportOptions,
): Promise<void> {
  const connection = ['--address', socketPath, '--namespace', namespace];
  const args = [...connection, 'images', 'import', '--snapshotter', snapshotter, '-'];
  await runPipedCommand({ command: binary, args, input: archive });
}

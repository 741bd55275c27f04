import { join } from 'node:path';

// The kernel's limit for the path of a unix socket, with the final zero byte and the ttrpc suffix.
const SOCKET_PATH_MAX = 100;

/** Where a containerd of our own has its files. */
export function pathsUnder(folder: string) {
  return {
    root: join(folder, 'root'),
    state: join(folder, 'state'),
    socket: join(folder, 'containerd.sock'),
    config: join(folder, 'config.toml'),
    pid: join(folder, 'containerd.pid'),
    log: join(folder, 'containerd.log'),
  };
}

/** Whether a containerd can have its socket below this folder: such paths may not be long. */
export const isSocketPathShort = (folder: string): boolean =>
  Buffer.byteLength(pathsUnder(folder).socket) <= SOCKET_PATH_MAX;

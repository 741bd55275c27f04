import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Stands between clients and a server, passes bytes on, and cuts connections when it is told to. */
export interface CuttingProxy {
  readonly port: number;
  /** Where new connections go. */
  target: number;
  /** Connections made so far. */
  readonly accepted: number;
  /** Cuts every connection that there is. */
  cut(): void;
  /** Lets so many more bytes of answers through, over all connections, and then cuts them. */
  cutAfter(bytes: number): void;
  close(): Promise<void>;
}

export async function startCuttingProxy(target: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  let left = Number.POSITIVE_INFINITY;
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    accepted++;
    const far = connect(proxy.target, '127.0.0.1');
    for (const socket of [near, far]) keep(socket);
    near.pipe(far);
    far.on('data', (bytes: Buffer) => {
      const some = bytes.subarray(0, left);
      left -= some.length;
      if (left > 0) return near.write(some);
      left = Number.POSITIVE_INFINITY;
      return near.write(some, cut);
    });
    near.once('close', () => far.destroy());
    far.once('close', () => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: CuttingProxy = {
    port: (server.address() as AddressInfo).port,
    target,
    get accepted() {
      return accepted;
    },
    cut,
    cutAfter(bytes) {
      left = bytes;
    },
    close() {
      cut();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return proxy;
}

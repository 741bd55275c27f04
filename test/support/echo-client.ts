// Asks a server as often as said and prints each answer as a line, or the code of the error.
//   node echo-client.ts tcp|udp HOST PORT COUNT [LOCAL_UDP_PORT]
import { createSocket } from 'node:dgram';
import { get } from 'node:http';

const [protocol, host = '', port, count, localPort] = process.argv.slice(2);
const TIMEOUT_MS = 1500;

function askTcp(): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const request = get(
    { host, port: Number(port), agent: false, timeout: TIMEOUT_MS },
    (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve(text));
    },
  );
  request.on('timeout', () => request.destroy(Object.assign(new Error(), { code: 'TIMEOUT' })));
  request.on('error', (error: NodeJS.ErrnoException) => resolve(`${error.code}`));
  return promise;
}

function askUdp(): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  const timer = setTimeout(() => resolve('TIMEOUT'), TIMEOUT_MS);
  socket.on('message', (message) => resolve(message.toString()));
  socket.on('error', (error: NodeJS.ErrnoException) => resolve(`${error.code}`));
  socket.bind(Number(localPort ?? 0), () => {
    socket.connect(Number(port), host, () => socket.send('?'));
  });
  return promise.finally(() => {
    clearTimeout(timer);
    socket.close();
  });
}

for (let i = 0; i < Number(count); i++) {
  process.stdout.write(`${await (protocol === 'udp' ? askUdp() : askTcp())}\n`);
}

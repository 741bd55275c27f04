// Runs in the network namespace of a pretended pod. Answers with its name and who asks.
//   node echo-server.ts NAME PORT [PORT …]        HTTP on TCP, and the same on UDP
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';

const [name, ...ports] = process.argv.slice(2);
for (const port of ports) {
  const server = createServer((request, response) => {
    response.setHeader('connection', 'close');
    response.end(`${name} ${plain(request.socket.remoteAddress)}`);
  });
  server.listen(Number(port), '::');
  const socket = createSocket('udp6');
  socket.on('message', (_, from) => {
    socket.send(`${name} ${plain(from.address)}`, from.port, from.address);
  });
  socket.bind(Number(port), '::');
  await Promise.all([once(server, 'listening'), once(socket, 'listening')]);
}
process.stdout.write('ready\n');

function plain(address = ''): string {
  return address.replace(/^::ffff:/, '');
}

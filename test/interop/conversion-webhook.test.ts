import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { postJson, type WebhookAddress } from '../../src/apiserver/http/webhook-client.ts';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { Pki } from '../../src/cmd/pki.ts';

// Goal: a webhook is reached over real TLS, trusted by its bundle alone and only under its name.

let folder: string;
let pki: Pki;
let server: Server;
let address: WebhookAddress;
/** The connections on which something was answered. */
const known = new Set<unknown>();

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tutti-webhook-'));
  pki = new Pki(folder, systemClock, systemRandom);
  const serving = pki.keyPair('hook', {
    subject: { commonName: 'hook' },
    usages: ['server'],
    names: ['hook.default.svc'],
  });
  server = createServer(serving, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.url?.startsWith('/silent')) return;
      if (request.url?.startsWith('/once') && known.has(request.socket)) {
        return request.socket.destroy();
      }
      known.add(request.socket);
      if (request.url?.startsWith('/broken')) return response.end('{');
      if (request.url?.startsWith('/refused')) return response.writeHead(503).end();
      const asked = JSON.parse(Buffer.concat(chunks).toString());
      response.end(JSON.stringify({ asked, path: request.url }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const serverName = 'hook.default.svc';
  const at = { host: '127.0.0.1', port, path: '/convert', serverName };
  address = { ...at, ca: pki.ca, url: 'https://hook.default.svc:443/convert' };
});

after(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

test('a review comes back', async () => {
  const answer = await postJson(systemClock, address, { n: 1 });
  assert.deepEqual(answer, { asked: { n: 1 }, path: '/convert?timeout=30s' });
});

for (const { name, change, message } of [
  {
    name: 'a certificate of another authority',
    change: { ca: undefined },
    message: /: tls: failed to verify certificate: x509: certificate signed by unknown authority$/,
  },
  {
    name: 'a certificate for another name',
    change: { serverName: 'other.default.svc' },
    message:
      /: tls: failed to verify certificate: x509: certificate is valid for hook\.default\.svc, not other\.default\.svc$/,
  },
]) {
  test(`${name} fails`, async () => {
    const asked = postJson(systemClock, { ...address, ...change }, {});
    await assert.rejects(asked, (error: Error) => {
      assert.match(
        error.message,
        /^Post "https:\/\/hook\.default\.svc:443\/convert\?timeout=30s": /,
      );
      assert.match(error.message, message);
      return true;
    });
  });
}

for (const { name, path, message } of [
  {
    name: 'an answer that is no JSON',
    path: '/broken',
    message: "couldn't get version/kind; json parse error: unexpected end of JSON input",
  },
  {
    name: 'a refusal',
    path: '/refused',
    message: 'the server is currently unable to handle the request',
  },
]) {
  test(`${name} is told in the words of Kubernetes' clients`, async () => {
    const asked = postJson(systemClock, { ...address, path }, {});
    await assert.rejects(asked, { message });
  });
}

test('a webhook that does not answer in time', async () => {
  const asked = postJson(systemClock, { ...address, path: '/silent' }, {}, 0.01);
  await assert.rejects(asked, { message: /timeout=0.01s": context deadline exceeded$/ });
});

test('a connection is used again, unless the other end has given it up', async () => {
  await postJson(systemClock, address, {});
  const before = known.size;
  await postJson(systemClock, address, {});
  assert.equal(known.size, before);
  await postJson(systemClock, { ...address, path: '/once' }, {});
  assert.equal(known.size, before + 1);
});

// Goal: who holds the right certificate, and nobody else, reads logs and runs commands through the
// node's own server, on real containers.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { type RequestOptions, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import WebSocket from 'ws';
import { nodes } from '../../src/api/generated/core/v1/resources.ts';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { Pki } from '../../src/cmd/pki.ts';
import { isReady, NODE, shell, startTestNode, type TestNode } from '../support/agent.ts';
import { inOwnNetwork } from '../support/own-network.ts';

let node: TestNode;
let port: number;
let pki: Pki;
let folder: string;

const clientOf = (name: string, organizations: string[] = []) => {
  const { cert, key } = pki.keyPair(name, {
    subject: { commonName: name, organizations },
    usages: ['client'],
  });
  return { cert, key, ca: pki.ca, servername: 'node' };
};

/** The answer's status, and its text up to where `enough` says. */
function get(path: string, as: RequestOptions, enough?: (text: string) => boolean) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, ...as }, (response) => {
      let text = '';
      const done = () => {
        resolve({ status: response.statusCode ?? 0, text });
        asked.destroy();
      };
      response.on('data', (chunk) => {
        text += chunk;
        if (enough?.(text)) done();
      });
      response.on('end', done);
    });
    asked.on('error', reject);
    asked.end();
  });
}

inOwnNetwork(import.meta.url, () => {
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tutti-pki-'));
    pki = new Pki(folder, systemClock, systemRandom);
    const { cert, key } = pki.keyPair('node', {
      subject: { commonName: 'system:node:test' },
      usages: ['server'],
      names: ['node'],
    });
    node = await startTestNode({
      host: '127.0.0.1',
      cert,
      key,
      clientCa: pki.ca,
      allows: ({ name, groups }) => name === 'api' || groups.includes('system:masters'),
    });
    await node.run('web', {
      containers: [shell('main', 'echo one; echo two; echo three; exec sleep 1000')],
    });
    await node.until('web', isReady);
    const { status } = await node.client.get(nodes, { name: NODE });
    port = status.daemonEndpoints!.kubeletEndpoint!.Port;
  });
  after(async () => {
    await node.stop();
    rmSync(folder, { recursive: true });
  });

  test('logs, with the options that users know', async () => {
    const logs = async (query: string) =>
      (await get(`/containerLogs/default/web/main?${query}`, clientOf('api'))).text;
    assert.equal(await logs(''), 'one\ntwo\nthree\n');
    assert.equal(await logs('tailLines=1'), 'three\n');
    assert.equal(await logs('limitBytes=5'), 'one\nt');
    assert.match(await logs('timestamps=true&tailLines=1'), /^\d{4}-\d\d-\d\dT.*Z three\n$/);
    assert.equal(await logs('sinceTime=2099-01-01T00:00:00Z'), '');
  });

  test('a log that is followed goes on until the container ends', async () => {
    const script = 'echo begin; trap "echo end; exit 0" TERM; while :; do sleep 0.05; done';
    await node.run('talk', { restartPolicy: 'Never', containers: [shell('main', script)] });
    await node.until('talk', isReady);
    const following = get('/containerLogs/default/talk/main?follow=true', clientOf('api'));
    await get(
      '/containerLogs/default/talk/main?follow=true',
      clientOf('api'),
      (text) => text === 'begin\n',
    );
    await node.delete('talk', 10);
    assert.equal((await following).text, 'begin\nend\n');
  });

  test('the log of the run before', async () => {
    await node.run('again', { containers: [shell('main', 'echo run; exit 1')] });
    await node.until('again', ({ status }) => status.containerStatuses?.[0]?.restartCount === 1);
    const { status, text } = await get(
      '/containerLogs/default/again/main?previous=true',
      clientOf('api'),
    );
    assert.deepEqual([status, text], [200, 'run\n']);
  });

  for (const { name, path, status, text } of [
    {
      name: 'a container that has not started',
      path: '/containerLogs/default/waits/main',
      status: 400,
      text: 'container "main" in pod "waits" is waiting to start: ErrImageNeverPull',
    },
    {
      name: 'a run that never was',
      path: '/containerLogs/default/web/main?previous=true',
      status: 400,
      text: 'previous terminated container "main" in pod "web" not found',
    },
    {
      name: 'no such pod',
      path: '/containerLogs/default/no/main',
      status: 404,
      text: 'pod "no" does not exist\n',
    },
    {
      name: 'no such container',
      path: '/containerLogs/default/web/no',
      status: 404,
      text: 'container "no" not found in pod "web"\n',
    },
    { name: 'no such page', path: '/secrets', status: 404, text: '404 page not found\n' },
  ]) {
    test(`refuses: ${name}`, async () => {
      if (path.includes('/waits/')) {
        const image = { image: 'localhost/none:1', imagePullPolicy: 'Never' as const };
        await node.run('waits', { containers: [{ ...shell('main', ''), ...image }] });
        await node.until(
          'waits',
          (pod) =>
            pod.status.containerStatuses?.[0]?.state?.waiting?.reason === 'ErrImageNeverPull',
        );
      }
      assert.deepEqual(await get(path, clientOf('api')), { status, text });
    });
  }

  test('serves nobody else', async () => {
    const { status } = await get('/pods', clientOf('somebody'));
    assert.equal(status, 403);
    const { cert: _, key: __, ...nobody } = clientOf('api');
    await assert.rejects(get('/pods', nobody));
    assert.equal((await get('/healthz', clientOf('admin', ['system:masters']))).text, 'ok');
  });

  test('a command runs over a WebSocket', async () => {
    const command = ['sh', '-c', 'echo out; exit 3'].map(
      (word) => `command=${encodeURIComponent(word)}`,
    );
    const url = `wss://127.0.0.1:${port}/exec/default/web/main?output=1&error=1&${command.join('&')}`;
    const socket = new WebSocket(url, 'v4.channel.k8s.io', clientOf('api'));
    const streams: Record<number, string> = {};
    socket.on('message', (data: Buffer) => {
      const [stream = 0] = data;
      streams[stream] = (streams[stream] ?? '') + data.subarray(1).toString();
    });
    await new Promise((resolve, reject) => socket.on('close', resolve).on('error', reject));
    assert.equal(streams[1], 'out\n');
    assert.equal(JSON.parse(streams[3] ?? '{}').details.causes[0].message, '3');
  });
});

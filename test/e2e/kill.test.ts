import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { configMaps } from '../../src/api/generated/core/v1/resources.ts';
import { readKubeconfig, targetOf } from '../../src/cli/kubeconfig.ts';
import type { Client } from '../../src/client/client.ts';
import { connect } from '../../src/client/http/connection.ts';
import { createHttpTransport } from '../../src/client/http/transport.ts';
import { createClient } from '../../src/client/typed-client.ts';
import { isStatusError } from '../../src/machinery/status.ts';
import { TestCluster } from '../support/tutti.ts';

// Goal: what was answered is kept, and what runs goes on, when the cluster's process or its
// containerd is killed in the middle of work.

const cluster = new TestCluster('e2e-kill');
const example = cluster.exampleAt(8182);
const WRITERS = 16;

before(async () => {
  const { code, out, err } = await cluster.tutti('up', '--port', '0', '-f', example);
  assert.equal(code, 0, out + err);
});
after(() => cluster.remove());

function openClient(): { client: Client; close: () => void } {
  const path = join(cluster.data, 'kubeconfig');
  const { endpoint } = targetOf(readKubeconfig(path)!, path);
  const connection = connect({ ...endpoint, userAgent: 'test' });
  const client = createClient(createHttpTransport(connection), { fieldManager: 'test' });
  return { client, close: () => connection.close() };
}

interface Load {
  /** Names whose creation was answered. */
  readonly answered: string[];
  /** Resolves once the server has gone away under every writer. */
  readonly over: Promise<unknown>;
}

/** Creates ConfigMaps side by side, each writer until its request fails. */
function writeUntilBroken(client: Client): Load {
  const answered: string[] = [];
  let next = 0;
  const writer = async () => {
    for (;;) {
      const name = `kept-${next++}`;
      const metadata = { name, namespace: 'default' };
      try {
        await client.create(configMaps, {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata,
          data: { name },
        });
        answered.push(name);
      } catch (error) {
        if (isStatusError(error, 'Timeout', 'ServiceUnavailable')) return;
        throw error;
      }
    }
  };
  return { answered, over: Promise.all(Array.from({ length: WRITERS }, writer)) };
}

/** Waits until `holds`, looking again as soon as the last look is over. */
async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  for (let i = 0; i < 400; i++) if (await holds()) return;
  assert.fail(`${what}: not within 400 looks`);
}

test('a server killed under load has every answered write', async () => {
  const status = await cluster.tutti('status', '-o', 'json');
  const { process: pid } = JSON.parse(status.out) as { process: number };
  const { client, close } = openClient();
  const load = writeUntilBroken(client);
  await until(async () => {
    await client.list(configMaps, { namespace: 'default', limit: 1 });
    return load.answered.length > 300;
  }, 'writes under way');
  process.kill(pid, 'SIGKILL');
  await load.over;
  close();

  const { code, out, err } = await cluster.tutti('up', '--port', '0');
  assert.equal(code, 0, out + err);
  const again = openClient();
  const { items } = await again.client.list(configMaps, { namespace: 'default' });
  again.close();
  const there = new Set(items.map(({ metadata }) => metadata.name));
  const lost = load.answered.filter((name) => !there.has(name));
  assert.deepEqual(lost, [], `of ${load.answered.length} answered`);
});

test('a containerd killed is back by itself, without a restart of any container', async () => {
  const pidFile = join(cluster.data, 'containerd/containerd.pid');
  const containerdPid = () => (JSON.parse(readFileSync(pidFile, 'utf8')) as { pid: number }).pid;
  const pods = async () => (await cluster.tutti('get', 'pods', '--no-headers')).out;
  const names = async () => (await cluster.tutti('get', 'pods', '-o', 'name')).out;
  const before = await names();
  const killed = containerdPid();
  process.kill(killed, 'SIGKILL');
  await until(async () => {
    await names(); // Paces the looks, and the API must answer all the while.
    return containerdPid() !== killed;
  }, 'another containerd');

  const scaled = await cluster.tutti('scale', 'deploy/hello', '--replicas', '4');
  assert.equal(scaled.code, 0, scaled.err);
  const rolled = await cluster.tutti('rollout', 'status', 'deploy/hello', '--timeout', '60s');
  assert.equal(rolled.code, 0, rolled.out + rolled.err);
  for (const name of before.trim().split('\n')) assert.ok((await names()).includes(name), name);
  for (const line of (await pods()).trim().split('\n')) assert.match(line, /1\/1 +Running +0 /);
});

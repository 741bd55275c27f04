import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { deployments } from '../../src/api/generated/apps/v1/resources.ts';
import { pods, serviceAccounts } from '../../src/api/generated/core/v1/resources.ts';
import type { Pod } from '../../src/api/generated/core/v1/types.ts';
import type { Cluster } from '../../src/cli/cluster.ts';
import { logs } from '../../src/cli/commands/logs.ts';
import { memoryIo, servingCluster, testTools } from '../../src/cli/testing.ts';
import { StatusError } from '../../src/machinery/status.ts';
import { startVirtualApi } from '../support/virtual-api.ts';

// Goal: who follows a workload sees what all its pods write, whenever they come, each run once.

const namespace = 'default';
const template = {
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'main', image: 'web:1' }] },
};

const OPTIONS = {
  namespace: undefined,
  selector: undefined,
  container: undefined,
  follow: true,
  previous: false,
  timestamps: false,
  tail: undefined,
  since: undefined,
};

/** A Deployment `web`, and somebody who asks for its logs; logs themselves are made up. */
async function start(t: TestContext) {
  const api = await startVirtualApi();
  const io = memoryIo();
  const stop = new AbortController();
  t.after(() => {
    stop.abort();
    api.close();
  });
  const asked: string[] = [];
  async function open({ path }: { readonly path: string }) {
    const [, name, query] = /pods\/([^/]+)\/log\?(.*)/.exec(path)!;
    asked.push(`${name} ${query}`);
    if (name === 'broken') throw new StatusError('NotFound', 'its node is lost');
    return [Buffer.from(`this is ${name}\n`)];
  }
  const cluster = { ...servingCluster(), client: api.client, connection: { open } };
  const context = {
    ...testTools(io, { signal: stop.signal }),
    ...{ clock: api.clock, openCluster: async () => cluster as unknown as Cluster },
  };
  await api.client.create(serviceAccounts, { metadata: { name: 'default', namespace } } as never);
  await api.client.create(deployments, {
    metadata: { name: 'web', namespace },
    spec: { selector: { matchLabels: { app: 'web' } }, template },
  } as never);
  return {
    ...{ io, stop, asked },
    ask: (words: readonly string[], options: object = {}) =>
      logs.run(
        { arguments: words, options: { ...OPTIONS, ...options } as never },
        context as never,
      ),
    pass: () => api.clock.advance(1000),
    make: (name: string, labels: object = { app: 'web' }) =>
      api.client.create(pods, {
        metadata: { name, namespace, labels },
        spec: template.spec,
      } as never),
    async begin(name: string, { run = 1, ready = true } = {}) {
      const status = { state: { running: {} }, name: 'main', image: 'web:1', imageID: 'web:1' };
      const containerStatuses = [
        { ...status, ready, restartCount: run - 1, containerID: `test://${name}-${run}` },
      ];
      const body = { status: { containerStatuses } } as Partial<Pod>;
      const place = { namespace, name };
      await api.client.patch(pods, place, { type: 'merge', body }, { subresource: 'status' });
    },
  };
}

test('pods that come later are followed too, from their beginning', async (t) => {
  const { io, stop, asked, ask, pass, make, begin } = await start(t);
  await make('one');
  await begin('one');
  const done = ask(['deploy/web'], { tail: '5' });
  await pass();
  await make('two');
  await make('other', { app: 'db' });
  await pass();
  assert.equal(io.out, '[one] this is one\n', 'nothing has begun yet');
  await begin('two');
  await begin('other');
  await pass();
  stop.abort();
  assert.equal(await done, 0);
  assert.equal(io.out, '[one] this is one\n[two] this is two\n');
  assert.deepEqual(asked, [
    'one follow=true&tailLines=5&container=main',
    'two follow=true&container=main',
  ]);
});

test('each run is shown once', async (t) => {
  const { stop, asked, ask, pass, make, begin } = await start(t);
  await make('one');
  await begin('one');
  const done = ask([], { selector: 'app=web' });
  await pass();
  await begin('one', { ready: false });
  await pass();
  assert.equal(asked.length, 1);
  await begin('one', { run: 2 });
  await pass();
  stop.abort();
  await done;
  assert.equal(asked.length, 2);
});

test('one waits for the first pod, and for others when one fails', async (t) => {
  const { io, stop, ask, pass, make, begin } = await start(t);
  const done = ask(['deploy/web']);
  await pass();
  for (const name of ['broken', 'two']) {
    await make(name);
    await begin(name);
    await pass();
  }
  stop.abort();
  await done;
  assert.equal(io.out, '[two] this is two\n');
  assert.match(io.err, /^No pods yet\n\[broken\] .*its node is lost/);
});

test('who does not follow is told that there is nothing', async (t) => {
  const { ask } = await start(t);
  await assert.rejects(ask(['deploy/web'], { follow: false }), {
    message: 'deploy/web has no pods',
  });
});

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { objectCodec } from '../../../src/apiserver/encoding/json.ts';
import { openSqliteStore } from '../../../src/store/sqlite.ts';
import { WireServer } from '../../support/wire-server.ts';

// Goal: a server whose disk is out of reach says that it isn't ready, and answers all the same.

const folder = mkdtempSync(join(tmpdir(), 'tutti-store-lost-'));
after(() => rmSync(folder, { recursive: true }));

const PATH = '/api/v1/namespaces/default/configmaps';

test('it isn’t ready, refuses writes with a Status, and reads go on', async () => {
  let worker: Worker | undefined;
  process.once('worker', (started) => {
    worker = started;
  });
  const lost = Promise.withResolvers<unknown>();
  const options = { file: join(folder, 'state.db'), onLost: lost.resolve };
  const store = await openSqliteStore(objectCodec, options);
  const server = await WireServer.start(store);
  assert.equal((await server.send('GET', '/readyz')).status, 200);
  const body = { metadata: { name: 'a' } };
  assert.equal((await server.send('POST', PATH, { body })).status, 201);

  await worker!.terminate();
  await lost.promise;
  const ready = await server.send('GET', '/readyz');
  assert.equal(ready.status, 500);
  assert.match(ready.body.toString(), /^\[-\]etcd failed: reason withheld$/m);
  const refused = await server.send('POST', PATH, { body: { metadata: { name: 'b' } } });
  assert.equal(refused.status, 503);
  assert.equal(refused.headers['retry-after'], '1');
  const { reason, message } = JSON.parse(refused.body.toString());
  assert.equal(reason, 'ServiceUnavailable');
  assert.match(message, /^the thread of the database/);
  assert.equal((await server.send('GET', `${PATH}/a`)).status, 200);
  await server.stop();
  await store.close();
});

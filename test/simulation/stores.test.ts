import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { objectCodec } from '../../src/apiserver/encoding/json.ts';
import { drawConfiguration } from '../../src/sim/configuration.ts';
import { run } from '../../src/sim/simulation.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';

// Goal: the store on a disk is no other than the one in memory: under the same seed both leave the
// same trace, whatever crashes, is lost or forgotten.

const SEEDS = [1, 2];

for (const seed of SEEDS) {
  test(`seed ${seed} leaves one trace with both stores`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'tutti-sim-'));
    t.after(() => rm(folder, { recursive: true }));
    const configuration = drawConfiguration(seed);
    const sqlite = await openSqliteStore(objectCodec, { file: join(folder, 'state.db') });
    const onDisk = await run(configuration, { store: sqlite, takesTurns: true });
    await sqlite.close();
    const store = createMemoryStore(objectCodec);
    const inMemory = await run(configuration, { store, takesTurns: true });
    assert.equal(inMemory.failure, undefined);
    assert.equal(onDisk.hash, inMemory.hash);
  });
}

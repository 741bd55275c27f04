import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryStore } from '../../src/store/memory.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { type OpenedStore, storeContract } from './store.ts';
import { valueCodec } from './store-model.ts';

// Goal: every driver keeps the contract, and so does a fork of it.

async function openMemory(options: { historyLimit?: number }): Promise<OpenedStore> {
  const store = createMemoryStore(valueCodec, options);
  return { store, dispose: () => store.close() };
}

async function openSqlite(options: { historyLimit?: number }): Promise<OpenedStore> {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-store-'));
  const open = () => openSqliteStore(valueCodec, { ...options, file: join(folder, 'store.db') });
  const opened = await open();
  let store = opened;
  return {
    store: opened,
    async reopen() {
      await store.close();
      store = await open();
      return store;
    },
    async dispose() {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A fork of an empty store; the original is disposed of with it. */
const forked = (open: typeof openMemory) => async (options: { historyLimit?: number }) => {
  const original = await open(options);
  const store = original.store.fork();
  return {
    store,
    dispose: async () => {
      await store.close();
      await original.dispose();
    },
  };
};

storeContract({ name: 'memory', runs: 300, open: openMemory });
storeContract({ name: 'fork of memory', runs: 30, open: forked(openMemory) });
storeContract({ name: 'sqlite', runs: 40, open: openSqlite });
storeContract({ name: 'fork of sqlite', runs: 5, open: forked(openSqlite) });

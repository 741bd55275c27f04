import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { openCniFolder, openSharedCniFolder, otherNetworks } from './cni.ts';

// Goal: in our own folder we are alone; in a runtime's we touch nothing but our own file.

let folder: string;
const network = { name: 'tutti-a-1', plugins: [] };
const add = (name: string) => writeFileSync(join(folder, name), '{}');
const names = () => readdirSync(folder).sort();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tutti-cni-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('in a folder of our own, what is written is all there is', async () => {
  const cni = openCniFolder(folder);
  add('05-old.conf');
  assert.equal(await cni.write(network), true);
  assert.deepEqual(names(), ['10-tutti.conflist']);
  assert.equal(await cni.write(network), false, 'it was so before');
  await cni.clear();
  assert.deepEqual(names(), []);
});

test("in another's folder, what isn't a network stays, and all but ours when we go", async () => {
  const cni = openSharedCniFolder(folder, network.name);
  for (const name of ['README', '99-off.conflist.disabled']) add(name);
  assert.equal(await cni.write(network), true);
  assert.equal(await cni.write(network), false);
  assert.deepEqual(names(), ['10-tutti-a-1.conflist', '99-off.conflist.disabled', 'README']);
  await cni.clear();
  await cni.clear();
  assert.deepEqual(names(), ['99-off.conflist.disabled', 'README']);
});

for (const name of ['10-calico.conflist', '87-podman.conf', '10-tutti-b-2.conflist', 'x.json']) {
  test(`another network is not overridden: ${name}`, async () => {
    add(name);
    const cni = openSharedCniFolder(folder, network.name);
    await assert.rejects(cni.write(network), { name: 'RuntimeFailure', message: RegExp(name) });
    assert.deepEqual(names(), [name]);
    assert.deepEqual(await otherNetworks(folder, network.name), [join(folder, name)]);
  });
}

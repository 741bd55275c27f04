import assert from 'node:assert/strict';
import { configMaps, pods } from '../../src/api/generated/core/v1/resources.ts';
import type { ConfigMap } from '../../src/api/generated/core/v1/types.ts';
import type { NewObject } from '../../src/machinery/object.ts';
import type { StatusError } from '../../src/machinery/status.ts';
import { mapOf, type On, podOf, refused } from './client-bench.ts';

/** Creating, updating, patching and applying. */
export function writingTests(on: On): void {
  on('generates a name', async ({ client, namespace }) => {
    const metadata = { generateName: 'x-', namespace };
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata } as const;
    const { metadata: got } = await client.create(configMaps, object);
    assert.match(got.name, /^x-[a-z0-9]{5}$/);
  });

  on('updates what nobody changed meanwhile', async ({ client, make }) => {
    const before = await make('a', { k: '1' });
    const after = await client.update(configMaps, { ...before, data: { k: '2' } });
    assert.deepEqual(after.data, { k: '2' });
    await assert.rejects(
      client.update(configMaps, { ...before, data: { k: '3' } }),
      refused('Conflict', /^Operation cannot be fulfilled on configmaps "a": the object has been/, {
        code: 409,
        details: { name: 'a', kind: 'configmaps' },
      }),
    );
  });

  for (const [type, body] of [
    ['json', [{ op: 'replace', path: '/data/k', value: '2' }]],
    ['merge', { data: { k: '2' } }],
    ['strategic', { data: { k: '2' } }],
  ] as const) {
    on(`patches in the ${type} dialect`, async ({ client, namespace, make }) => {
      await make('a', { k: '1', other: 'o' });
      const patched = await client.patch(configMaps, { namespace, name: 'a' }, { type, body });
      assert.deepEqual(patched.data, { k: '2', other: 'o' });
    });
  }

  on('a strategic patch merges lists by their keys', async ({ client, namespace }) => {
    await client.create(pods, podOf(namespace));
    const body = { spec: { containers: [{ name: 'main', image: 'y' }] } };
    const pod = await client.patch(pods, { namespace, name: 'p' }, { type: 'strategic', body });
    assert.equal(pod.spec.containers[0]?.image, 'y');
    assert.equal(pod.spec.containers[0]?.imagePullPolicy, 'Always');
  });

  on('applies, tells of conflicts, and takes fields by force', async ({ client, namespace }) => {
    const name = { namespace, name: 'a' };
    const wanted = (k: string) => ({ ...mapOf(namespace, 'a', { k }) });
    await client.apply(configMaps, wanted('1'), { name, fieldManager: 'one' });
    await assert.rejects(
      client.apply(configMaps, wanted('2'), { name, fieldManager: 'two' }),
      refused('Conflict', 'Apply failed with 1 conflict: conflict with "one": .data.k', {
        details: {
          causes: [
            { reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.data.k' },
          ],
        },
      }),
    );
    const taken = await client.apply(configMaps, wanted('2'), {
      name,
      fieldManager: 'two',
      force: true,
    });
    assert.deepEqual(taken.data, { k: '2' });
    assert.deepEqual(
      taken.metadata.managedFields?.map(({ manager }) => manager),
      ['two'],
    );
  });

  on('names its field manager, and writes a subresource alone', async ({ client, namespace }) => {
    const pod = await client.create(pods, podOf(namespace));
    const options = { subresource: 'status' };
    const status = { ...pod.status, message: 'told' };
    const written = await client.update(pods, { ...pod, status }, options);
    assert.equal(written.status.message, 'told');
    const fields = written.metadata.managedFields ?? [];
    assert.deepEqual(
      fields.map(({ manager, subresource }) => [manager, subresource]),
      [
        ['test', undefined],
        ['test', 'status'],
      ],
    );
  });

  on('a dry run writes nothing', async ({ client, namespace }) => {
    const object = mapOf(namespace, 'a', {});
    const { metadata } = await client.create(configMaps, object, { dryRun: true });
    assert.equal(metadata.name, 'a');
    await assert.rejects(
      client.get(configMaps, { namespace, name: 'a' }),
      refused('NotFound', /a/),
    );
  });

  on('creates a subresource', async ({ client, namespace }) => {
    const { metadata } = await client.create(pods, podOf(namespace));
    const body = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'p', namespace, uid: metadata.uid },
      target: { apiVersion: 'v1', kind: 'Node', name: 'node-1' },
    };
    const name = { namespace, name: 'p' };
    const status = await client.createSubresource<{ status: string }>(pods, name, 'binding', body);
    assert.equal(status.status, 'Success');
    assert.equal((await client.get(pods, name)).spec.nodeName, 'node-1');
  });

  on('is told by code and cause what is wrong with a field', async ({ client, namespace }) => {
    const object = mapOf(namespace, 'a', { 'no key': '' });
    await assert.rejects(client.create(configMaps, object), (error) => {
      refused('Invalid', /^ConfigMap "a" is invalid: data\[no key\]: Invalid value/)(error);
      const { details } = error as StatusError;
      assert.equal(details?.kind, 'ConfigMap');
      assert.deepEqual(
        details?.causes?.map(({ reason, field }) => [reason, field]),
        [['FieldValueInvalid', 'data[no key]']],
      );
      return true;
    });
  });

  on('refuses unknown fields when it is strict', async ({ client, namespace }) => {
    const object = { ...mapOf(namespace, 'a', {}), unknown: 1 } as NewObject<ConfigMap>;
    await assert.rejects(
      client.create(configMaps, object, { fieldValidation: 'Strict' }),
      refused('BadRequest', /unknown field "unknown"/),
    );
  });
}

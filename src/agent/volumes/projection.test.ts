// Goal: pin which files a volume shows, with which permissions, and what is said when one is missing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Volume } from '../../api/generated/core/v1/types.ts';
import { podOf } from '../testing.ts';
import { projectedFiles, tokensOf } from './projection.ts';

const metadata = { name: 'x', uid: '', resourceVersion: '', creationTimestamp: '' };
const base64 = (text: string) => Buffer.from(text).toString('base64');

function filesOf(volume: Omit<Volume, 'name'>, user?: number) {
  const files = projectedFiles(
    { name: 'v', ...volume },
    {
      pod: podOf({ serviceAccountName: 'default' }, { labels: { b: 'two', a: 'o"ne' } }),
      podIps: [],
      hostIps: [],
      allocatable: {},
      user,
      token: ({ audience, expirationSeconds }) => `token ${audience} ${expirationSeconds}`,
      references: {
        configMap: (name) =>
          name === 'conf'
            ? {
                apiVersion: 'v1',
                kind: 'ConfigMap',
                metadata,
                data: { a: '1', b: '2' },
                binaryData: { bin: base64('\u0001') },
              }
            : undefined,
        secret: (name) =>
          name === 'sec'
            ? { apiVersion: 'v1', kind: 'Secret', metadata, data: { k: base64('s') } }
            : undefined,
      },
    },
  );
  return Object.fromEntries(
    Array.from(files, ([path, { content, mode, uid }]) => [
      path,
      `${content.toString()} ${mode.toString(8)}${uid ? ` of ${uid}` : ''}`,
    ]),
  );
}

const rows: { name: string; volume: Omit<Volume, 'name'>; want?: object; error?: string }[] = [
  {
    name: 'all of a ConfigMap',
    volume: { configMap: { name: 'conf' } },
    want: { a: '1 644', b: '2 644', bin: '\u0001 644' },
  },
  {
    name: 'some of it, elsewhere',
    volume: {
      configMap: {
        name: 'conf',
        items: [{ key: 'a', path: 'x/y', mode: 0o600 }],
        defaultMode: 0o444,
      },
    },
    want: { 'x/y': '1 600' },
  },
  {
    name: 'a Secret',
    volume: { secret: { secretName: 'sec', defaultMode: 0o400 } },
    want: { k: 's 400' },
  },
  {
    name: 'fields of the pod',
    volume: {
      downwardAPI: {
        items: [
          { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
          { path: 'cpu', resourceFieldRef: { containerName: 'main', resource: 'requests.cpu' } },
        ],
      },
    },
    want: { labels: 'a="o\\"ne"\nb="two" 644', cpu: '0 644' },
  },
  {
    name: 'many sources, of which later ones win',
    volume: {
      projected: {
        defaultMode: 0o440,
        sources: [
          { configMap: { name: 'conf', items: [{ key: 'a', path: 'k' }] } },
          { secret: { name: 'sec' } },
          { serviceAccountToken: { path: 'token', audience: 'vault', expirationSeconds: 600 } },
        ],
      },
    },
    want: { k: 's 440', token: 'token vault 600 440' },
  },
  { name: 'optional and missing', volume: { configMap: { name: 'no', optional: true } }, want: {} },
  {
    name: 'optional and without the key',
    volume: { secret: { secretName: 'sec', optional: true, items: [{ key: 'no', path: 'x' }] } },
    want: {},
  },
  {
    name: 'no ConfigMap',
    volume: { configMap: { name: 'no' } },
    error: 'configmap "no" not found',
  },
  { name: 'no Secret', volume: { secret: { secretName: 'no' } }, error: 'secret "no" not found' },
  {
    name: 'no key of a ConfigMap',
    volume: { configMap: { name: 'conf', items: [{ key: 'no', path: 'x' }] } },
    error: 'configmap references non-existent config key: no',
  },
  {
    name: 'no key of a Secret',
    volume: { secret: { secretName: 'sec', items: [{ key: 'no', path: 'x' }] } },
    error: 'references non-existent secret key: no',
  },
];
for (const { name, volume, want, error } of rows) {
  test(name, () => {
    if (error) assert.throws(() => filesOf(volume), { message: error });
    else assert.deepEqual(filesOf(volume), want);
  });
}

const token: Omit<Volume, 'name'> = {
  projected: { sources: [{ serviceAccountToken: { path: 't' } }] },
};

test('a token is for the user of the pod alone, where there is one', () =>
  assert.deepEqual(filesOf(token, 1000), { t: 'token  3600 600 of 1000' }));

test('says which tokens it needs', () =>
  assert.deepEqual(tokensOf({ name: 'v', ...token }), [{ audience: '', expirationSeconds: 3600 }]));

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { CommandError } from './command.ts';
import { type Manifest, parseManifests, readManifests } from './manifests.ts';
import { memoryIo } from './testing.ts';

const folder = mkdtempSync(join(tmpdir(), 'manifests-'));
after(() => rmSync(folder, { recursive: true }));

const object = (kind: string, name: string, more = '') =>
  `apiVersion: v1\nkind: ${kind}\nmetadata:\n  name: ${name}\n${more}`;
const briefly = (manifests: readonly Manifest[]) =>
  manifests.map(({ origin, kind, name }) => `${origin.replace(`${folder}/`, '')} ${kind}/${name}`);

function file(name: string, text: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

describe('what is in a text', () => {
  for (const { name, text, want } of [
    { name: 'one object', text: object('Pod', 'a'), want: ['f Pod/a'] },
    {
      name: 'several, by their lines',
      text: `${object('Pod', 'a')}---\n# b\n${object('Pod', 'b')}`,
      want: ['f:1 Pod/a', 'f:7 Pod/b'],
    },
    {
      name: 'lists, lists in lists and lists of a kind',
      text: JSON.stringify({
        kind: 'List',
        items: [
          { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } },
          { kind: 'PodList', items: [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'b' } }] },
        ],
      }),
      want: ['f, item 1 Pod/a', 'f, item 2, item 1 Pod/b'],
    },
    {
      name: 'an object that has items is no list',
      text: object('AllowList', 'a', 'items: [x]\n'),
      want: ['f AllowList/a'],
    },
    { name: 'nothing', text: '# nothing\n', want: [] },
  ]) {
    test(name, () => assert.deepEqual(briefly(parseManifests(text, 'f')), want));
  }

  test('group, version and namespace', () => {
    const text = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: space}\n';
    const [{ object: whole, ...manifest } = assert.fail()] = parseManifests(text, 'f');
    const place = { group: 'apps', version: 'v1', kind: 'Deployment' };
    assert.deepEqual(manifest, { origin: 'f', ...place, name: 'a', namespace: 'space' });
    assert.deepEqual(whole.metadata, { name: 'a', namespace: 'space' });
  });
});

describe('what is no object', () => {
  for (const { name, text, message } of [
    { name: 'a list', text: '[1]', message: 'f: this is no Kubernetes object, but a list' },
    {
      name: 'nothing in a list',
      text: 'kind: List\nitems: [null]',
      message: 'f, item 1: this is no Kubernetes object, but nothing',
    },
    {
      name: 'a map for a name',
      text: 'apiVersion: v1\nkind: { a: b }\nmetadata: { name: x }',
      message: 'f: kind is a map, not a text; quotes make it one',
    },
    { name: 'a text', text: 'hello', message: 'f: this is no Kubernetes object, but a string' },
    {
      name: 'all missing',
      text: '{}',
      message: 'f: apiVersion, kind and metadata.name are missing',
    },
    {
      name: 'no kind',
      text: 'apiVersion: v1\nmetadata: {name: a}',
      message: 'f: kind is missing',
    },
    {
      name: 'a name that is a number',
      text: 'apiVersion: v1\nkind: Pod\nmetadata: {name: 12}',
      message: 'f: metadata.name is a number, not a text; quotes make it one',
    },
    {
      name: 'a generated name',
      text: 'apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-}',
      message: 'f: metadata.name is missing',
    },
    {
      name: 'in the second document',
      text: `${object('Pod', 'a')}---\nkind: Pod\n`,
      message: 'f:6: apiVersion and metadata.name are missing',
    },
    {
      name: 'metadata that is a text',
      text: 'apiVersion: v1\nkind: Pod\nmetadata: x',
      message: 'f: metadata.name is missing',
    },
    {
      name: 'in a list',
      text: 'kind: List\nitems: [{}, 3]',
      message: 'f, item 1: apiVersion, kind and metadata.name are missing',
    },
  ]) {
    test(name, () => {
      assert.throws(
        () => parseManifests(text, 'f'),
        (error: CommandError) => {
          assert.equal(error.message, message);
          return Boolean(error.advice);
        },
      );
    });
  }
});

describe('files, folders and standard input', () => {
  test('a folder: its manifests by name, not its other files nor its folders', async () => {
    file('mixed/b.yaml', object('Pod', 'b'));
    file('mixed/a.yml', object('Pod', 'a'));
    file('mixed/c.json', '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"c"}}');
    file('mixed/Containerfile', 'FROM scratch');
    file('mixed/deeper/d.yaml', object('Pod', 'd'));
    const found = await readManifests([join(folder, 'mixed')], memoryIo());
    assert.deepEqual(briefly(found), [
      'mixed/a.yml Pod/a',
      'mixed/b.yaml Pod/b',
      'mixed/c.json Pod/c',
    ]);
  });

  test('several at once, with what others need first', async () => {
    const first = file('first.txt', object('Pod', 'a'));
    const io = memoryIo({ input: `${object('Service', 's')}---\n${object('Namespace', 'space')}` });
    assert.deepEqual(briefly(await readManifests([first, '-'], io)), [
      'standard input:6 Namespace/space',
      'standard input:1 Service/s',
      'first.txt Pod/a',
    ]);
  });

  for (const { name, path, message } of [
    {
      name: 'nothing there',
      path: () => join(folder, 'nowhere.yaml'),
      message: /^there is no file or folder .*nowhere\.yaml$/,
    },
    {
      name: 'below a file',
      path: () => join(file('plain', ''), 'x'),
      message: /^there is no file or folder /,
    },
    {
      name: 'an empty folder',
      path: () => {
        mkdirSync(join(folder, 'empty'));
        return join(folder, 'empty');
      },
      message: /^there are no manifests in .*empty$/,
    },
    {
      name: 'an empty file',
      path: () => file('empty.yaml', '# nothing\n'),
      message: /^there are no manifests in .*empty\.yaml$/,
    },
    {
      name: 'a program',
      path: () => file('program.yaml', Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0xff)),
      message: /program\.yaml is no text in UTF-8$/,
    },
    {
      name: 'zero bytes',
      path: () => file('zeros.yaml', new Uint8Array(10)),
      message: /zeros\.yaml is no text in UTF-8$/,
    },
    {
      name: 'a link to nowhere',
      path: () => {
        const link = join(folder, 'link.yaml');
        symlinkSync('/nowhere', link);
        return link;
      },
      message: /^there is no file or folder .*link\.yaml$/,
    },
    {
      name: 'an URL',
      path: () => 'https://example.org/app.yaml',
      message: /^there is no file or folder https:/,
    },
  ]) {
    test(name, async () => {
      await assert.rejects(readManifests([path()], memoryIo()), (error: CommandError) => {
        assert.match(error.message, message);
        return error.name === 'CommandError' && Boolean(error.advice);
      });
    });
  }

  test('a file that may not be read', async (t) => {
    const path = file('secret.yaml', object('Pod', 'a'));
    chmodSync(path, 0);
    chmodSync(folder, 0o755);
    if (process.getuid?.() === 0) process.seteuid?.(12_345); // Root may read everything.
    t.after(() => process.seteuid?.(process.getuid?.() ?? 0));
    await assert.rejects(readManifests([path], memoryIo()), {
      message: /^can't read .*: permission denied$/,
    });
  });

  test('none at all', async () => {
    await assert.rejects(readManifests([], memoryIo()), { message: 'no manifest was named' });
  });
});

test('an object that stands twice is warned of', async () => {
  const text = `${object('Pod', 'a')}---\n${object('Service', 'a')}---\n${object('Pod', 'a')}`;
  const path = file('twice.yaml', text);
  const io = memoryIo();
  await readManifests([path], io);
  assert.equal(io.err, `Warning: Pod "a" is in ${path}:11 and in ${path}:1; the last one holds\n`);
});

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { systemClock } from '../base/clock.ts';
import type { CommandError } from './command.ts';
import { readKubeconfig, readKubeconfigs, targetOf, updateKubeconfig } from './kubeconfig.ts';
import {
  type Kubeconfig,
  kubeconfigFor,
  mergeKubeconfig,
  removeFromKubeconfig,
  writeKubeconfig,
} from './kubeconfig-entries.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const PEM = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n';
const server = 'https://127.0.0.1:6443';
const one = (name: string, address = server): Kubeconfig =>
  kubeconfigFor(name, { server: address, ca: PEM, certificate: PEM, key: PEM });

describe('what is no kubeconfig', () => {
  for (const { name, text, message } of [
    { name: 'no YAML', text: 'clusters: [\n', message: /:[12]: / },
    { name: 'a text', text: 'hello\n', message: /is no kubeconfig: it is no map$/ },
    { name: 'another kind', text: 'kind: Pod\n', message: /is no kubeconfig: its kind is "Pod"$/ },
    {
      name: 'clusters that are none',
      text: 'clusters: {a: b}\n',
      message: /"clusters" is no list$/,
    },
    {
      name: 'a user without a name',
      text: 'users: [{user: {}}]\n',
      message: /"users" has an entry without a name or user$/,
    },
    {
      name: 'a context that is empty',
      text: 'contexts: [{name: a}]\n',
      message: /"contexts" has an entry without a name or context$/,
    },
    { name: 'a null in a list', text: 'contexts: [null]\n', message: /"contexts" has an entry/ },
  ]) {
    test(name, () => {
      assert.throws(
        () => readKubeconfig(file('broken', text)),
        (error: CommandError) => {
          assert.match(error.message, message);
          assert.match(error.advice ?? '', /--kubeconfig/);
          return true;
        },
      );
    });
  }

  test('none there is not a broken one', () => {
    assert.equal(readKubeconfig(join(folder, 'nowhere')), undefined);
    assert.deepEqual(readKubeconfig(file('empty', '')), {});
  });
});

describe('where a context leads', () => {
  const written = (config: object) => file('config', JSON.stringify({ ...one('a'), ...config }));
  const target = (config: object, context?: string) => {
    const path = written(config);
    return targetOf(readKubeconfig(path)!, path, context);
  };

  test('the current one, with its certificates', () => {
    const endpoint = { server, ca: PEM, certificate: PEM, key: PEM, insecure: false };
    assert.deepEqual(target({}), { endpoint, namespace: 'default' });
  });

  test('one that is named, with its namespace', () => {
    const contexts = [{ name: 'b', context: { cluster: 'a', user: 'nobody', namespace: 'n' } }];
    const endpoint = { server, ca: PEM, insecure: false };
    assert.deepEqual(target({ contexts }, 'b'), { endpoint, namespace: 'n' });
  });

  test('files beside the kubeconfig', () => {
    file('ca.pem', PEM);
    file('token', 'abc\n');
    const clusters = [{ name: 'a', cluster: { server, 'certificate-authority': 'ca.pem' } }];
    const users = [{ name: 'a', user: { tokenFile: join(folder, 'token') } }];
    const { endpoint } = target({ clusters, users });
    assert.deepEqual(endpoint, { server, ca: PEM, token: 'abc', insecure: false });
  });

  for (const { name, config, context, message } of [
    { name: 'no such context', config: {}, context: 'b', message: /has no context "b"$/ },
    {
      name: 'no current context',
      config: { 'current-context': '' },
      message: /names no current context$/,
    },
    {
      name: 'no cluster',
      config: { clusters: null },
      message: /doesn't say where the cluster "a" is$/,
    },
    {
      name: 'no address',
      config: { clusters: [{ name: 'a', cluster: { server: 'a b' } }] },
      message: /the server "a b" is no https:\/\/ address$/,
    },
    {
      name: 'no TLS',
      config: { clusters: [{ name: 'a', cluster: { server: 'http://a' } }] },
      message: /is no https:\/\/ address$/,
    },
    {
      name: 'a login by a program',
      config: { users: [{ name: 'a', user: { exec: { command: 'aws' } } }] },
      message: /the user "a" logs in by way of another program$/,
    },
    {
      name: 'no certificate',
      config: { users: [{ name: 'a', user: { 'client-certificate-data': 'AAAA' } }] },
      message: /the certificate of the user "a" isn't in PEM form$/,
    },
    {
      name: 'a file that is missing',
      config: { users: [{ name: 'a', user: { 'client-key': 'nowhere' } }] },
      message: /points to .*\/nowhere, which can't be read$/,
    },
  ]) {
    test(name, () => {
      assert.throws(
        () => target(config, context),
        (error: CommandError) => {
          assert.match(error.message, message);
          return error.name === 'CommandError' && Boolean(error.advice);
        },
      );
    });
  }

  test('of several files the first counts, and paths belong to their own file', () => {
    const other = mkdtempSync(join(folder, 'other-'));
    writeFileSync(join(other, 'ca.pem'), PEM);
    const clusters = [{ name: 'b', cluster: { server, 'certificate-authority': 'ca.pem' } }];
    const second = join(other, 'config');
    writeFileSync(second, JSON.stringify({ ...one('b'), clusters }));
    const first = file('first', JSON.stringify(one('a', 'https://first')));
    const config = readKubeconfigs([first, join(folder, 'nowhere'), second])!;
    assert.equal(targetOf(config, 'all').endpoint.server, 'https://first');
    assert.equal(targetOf(config, 'all', 'b').endpoint.ca, PEM);
    assert.equal(readKubeconfigs([join(folder, 'nowhere')]), undefined);
  });
});

describe('entries', () => {
  const names = ({ clusters, users, contexts }: Kubeconfig) =>
    [clusters, users, contexts].map((list) => (list ?? []).map(({ name }) => name).join());

  test('are added, and the context becomes the current one', () => {
    const merged = mergeKubeconfig(one('a'), one('b'));
    assert.deepEqual(names(merged), ['a,b', 'a,b', 'a,b']);
    assert.equal(merged['current-context'], 'b');
  });

  test('replace those of the same name in their place, but not a chosen namespace', () => {
    const before = mergeKubeconfig(one('a'), one('b'));
    const chosen = before.contexts?.map(({ name, context }) => ({
      name,
      context: { ...context, namespace: `of-${name}` },
    }));
    const merged = mergeKubeconfig({ ...before, contexts: chosen }, one('a', 'https://new'));
    assert.deepEqual(names(merged), ['a,b', 'a,b', 'a,b']);
    assert.equal(merged.clusters?.[0]?.cluster.server, 'https://new');
    assert.equal(merged.contexts?.[0]?.context.namespace, 'of-a');
  });

  test('leave unknown parts alone, and lists that are null', () => {
    const odd = { preferences: { colors: true }, clusters: null, users: null, contexts: null };
    const merged = mergeKubeconfig(odd as Kubeconfig, one('a'));
    assert.deepEqual(names(merged), ['a', 'a', 'a']);
    assert.deepEqual((merged as typeof odd).preferences, { colors: true });
  });

  test('are removed; no other context becomes the current one by itself', () => {
    const both = mergeKubeconfig(one('a'), one('b'));
    const removed = removeFromKubeconfig(both, 'b');
    assert.deepEqual(names(removed), ['a', 'a', 'a']);
    assert.equal(removed['current-context'], '');
    assert.equal(removeFromKubeconfig(both, 'a')['current-context'], 'b');
  });
});

const ADD = join(folder, 'add.ts');
writeFileSync(
  ADD,
  `import { systemClock, holdProcess } from '${join(import.meta.dirname, '../base/clock.ts')}';
  import { updateKubeconfig } from '${join(import.meta.dirname, 'kubeconfig.ts')}';
  import { kubeconfigFor, mergeKubeconfig } from '${join(import.meta.dirname, 'kubeconfig-entries.ts')}';
  const [path, name] = process.argv.slice(2);
  const release = holdProcess();
  for (let i = 0; i < 20; i++) {
    await updateKubeconfig(path, systemClock, (config) =>
      mergeKubeconfig(config, kubeconfigFor(name, { server: 'https://' + i })));
  }
  release();`,
);

describe('the file', () => {
  test('is written for its owner alone, and read back the same', () => {
    const path = join(folder, 'new', 'deep', 'config');
    writeKubeconfig(path, one('a'));
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.deepEqual(readKubeconfig(path), one('a'));
  });

  test('stays a link where it is one', () => {
    const path = file('target', '');
    const link = join(folder, 'link');
    symlinkSync(path, link);
    writeKubeconfig(link, one('a'));
    assert.ok(lstatSync(link).isSymbolicLink());
    assert.deepEqual(readKubeconfig(path), one('a'));
  });

  test('is not written when nothing changes', async () => {
    const path = file('same', JSON.stringify(one('a')));
    await updateKubeconfig(path, systemClock, (config) => mergeKubeconfig(config, one('a')));
    assert.match(readFileSync(path, 'utf8'), /^\{/); // In our own form it would be YAML.
    assert.equal(existsSync(`${path}.lock`), false);
  });

  test('changes by several programs at once are all kept', async () => {
    const path = join(folder, 'shared');
    const added = Array.from({ length: 4 }, (_, i) => `c${i}`);
    await Promise.all(
      added.map((name) => promisify(execFile)(process.execPath, [ADD, path, name])),
    );
    const found = readKubeconfig(path)?.contexts?.map(({ name }) => name);
    assert.deepEqual(found?.sort(), added);
  });

  test('a broken one is left as it is', async () => {
    const path = file('kept', 'clusters: 3\n');
    const change = updateKubeconfig(path, systemClock, (config) =>
      mergeKubeconfig(config, one('a')),
    );
    await assert.rejects(change, { name: 'CommandError' });
    assert.equal(readFileSync(path, 'utf8'), 'clusters: 3\n');
    assert.equal(existsSync(`${path}.lock`), false);
  });
});

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { finished, type Ran, TestCluster } from '../support/tutti.ts';

// Goal: what kubectl does over streams works with real containers: by WebSockets, as the newest
// kubectl does it, and by SPDY, which is all that the one of six years ago knows.

const root = join(import.meta.dirname, '../..');
const cluster = new TestCluster('e2e-streams');
const fetched = (which: 'new' | 'old') =>
  execFileSync('bash', [join(root, 'tools/kubectl.sh'), which], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
const newest = fetched('new');
const SH = ['/bin/busybox', 'sh', '-c'];

before(async () => {
  const { code, out, err } = await cluster.tutti(
    'up',
    '--port',
    '0',
    '-f',
    cluster.exampleAt(8184),
  );
  assert.equal(code, 0, out + err);
  const run = ['run', 'tool', '--image=hello', '--image-pull-policy=IfNotPresent'];
  const started = await cluster.run(
    newest,
    ...run,
    '--command',
    '--',
    '/bin/busybox',
    'sleep',
    '999',
  );
  assert.equal(started.code, 0, started.err);
  const ready = ['wait', '--for=condition=Ready', 'pod/tool', '--timeout=60s'];
  assert.equal((await cluster.run(newest, ...ready)).code, 0);
});
after(() => cluster.remove());

/** As `cluster.run`, with something to read. */
function runWith(input: string | Buffer, file: string, ...words: string[]): Promise<Ran> {
  const child = spawn(file, words, { env: cluster.environment, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(input);
  return finished(child);
}

for (const [title, kubectl] of [
  ['by WebSockets: kubectl 1.36', newest],
  ['by SPDY: kubectl 1.20', fetched('old')],
] as const) {
  describe(title, () => {
    test('exec: output, errors and the exit code', async () => {
      const ran = await cluster.run(
        kubectl,
        'exec',
        'tool',
        '--',
        ...SH,
        'echo a; echo b >&2; exit 7',
      );
      assert.equal(ran.out, 'a\n');
      assert.match(ran.err, /^b\ncommand terminated with exit code 7\n$/);
      assert.equal(ran.code, 7);
    });

    test('it is what it speaks, without falling back to anything else', async () => {
      const ran = await cluster.run(kubectl, '-v=8', 'exec', 'tool', '--', '/bin/busybox', 'true');
      const isSpdy = /Upgrade: SPDY\/3\.1/.test(ran.err);
      assert.deepEqual([isSpdy, /fallback/.test(ran.err)], [kubectl !== newest, false], ran.err);
    });

    test('exec -i: a megabyte there and back', async () => {
      const sent = randomBytes(750_000).toString('base64');
      const ran = await runWith(sent, kubectl, 'exec', '-i', 'tool', '--', '/bin/busybox', 'cat');
      assert.equal(ran.code, 0, ran.err);
      assert.ok(ran.out === sent, `${ran.out.length} of ${sent.length} characters came back`);
    });

    test('exec -it: a terminal', async () => {
      const inner = `${kubectl} exec -it tool -- ${SH.join(' ')} 'test -t 0 && echo terminal'`;
      const ran = await runWith('', 'script', '-qec', inner, '/dev/null');
      assert.match(ran.out, /terminal/);
    });

    test('exec in what is not there', async () => {
      const ran = await cluster.run(kubectl, 'exec', 'tool', '-c', 'other', '--', 'true');
      assert.match(
        ran.err,
        /container other is not valid for pod tool|container not found|invalid/,
      );
      assert.equal(ran.code, 1);
    });

    test('cp: a file there, and back as it was', async () => {
      const [there, back] = [join(cluster.folder, 'there'), join(cluster.folder, 'back')];
      const bytes = randomBytes(300_000);
      writeFileSync(there, bytes);
      const to = await cluster.run(kubectl, 'cp', there, 'tool:/tmp/file');
      assert.equal(to.code, 0, to.err);
      const from = await cluster.run(kubectl, 'cp', 'tool:/tmp/file', back);
      assert.equal(from.code, 0, from.err);
      assert.ok(readFileSync(back).equals(bytes));
    });

    test('run --rm -i: attaches to what it starts, and takes it away', async () => {
      const name = `once-${kubectl === newest ? 'new' : 'old'}`;
      const run = ['run', name, '--rm', '-i', '--restart=Never', '--image=hello'];
      const policy = '--image-pull-policy=IfNotPresent';
      const command = [policy, '--command', '--', ...SH, 'read line; echo "got $line"'];
      const ran = await runWith('tea\n', kubectl, ...run, ...command);
      assert.match(ran.out, /got tea/);
      const left = await cluster.run(newest, 'get', 'pod', name, '--ignore-not-found');
      assert.equal(left.out, '');
    });

    test('port-forward: several connections, one after the other', async () => {
      const words = ['port-forward', 'deploy/hello', ':8080', '--address', '127.0.0.1'];
      const child = spawn(kubectl, words, {
        env: cluster.environment,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let port: string | undefined;
      for await (const line of createInterface({ input: child.stdout })) {
        port = /127\.0\.0\.1:(\d+) ->/.exec(line)?.[1];
        if (port) break;
      }
      for (let i = 0; i < 5; i++) {
        const answer = await fetch(`http://127.0.0.1:${port}/`, {
          headers: { connection: 'close' },
        });
        assert.match(await answer.text(), /hello/);
      }
      child.kill();
    });
  });
}

test('debug: another container beside those of a pod', async () => {
  const image = ['--image=hello', '--image-pull-policy=IfNotPresent'];
  const command = ['--', ...SH, 'read line; echo "beside $(cat /proc/1/comm): $line"'];
  const words = ['debug', 'tool', '-i', '--target=tool', ...image, ...command];
  const child = spawn(newest, words, {
    env: cluster.environment,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  // The end of its input would end the attachment, and what comes after would not be seen.
  child.stdin.write('tea\n');
  const { out } = await finished(child);
  assert.match(out, /^beside busybox: tea$/m);
});

test('proxy: the API without certificates, on loopback', async () => {
  const child = spawn(newest, ['proxy', '--port=0'], {
    env: cluster.environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let address: string | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    address = /Starting to serve on (\S+)/.exec(line)?.[1];
    break;
  }
  const answer = await fetch(`http://${address}/api/v1/namespaces/default/pods/tool`);
  assert.equal(((await answer.json()) as { kind: string }).kind, 'Pod');
  child.kill();
});

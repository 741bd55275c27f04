import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, test } from 'node:test';
import { finished, launcher, type Ran, TestCluster } from '../support/tutti.ts';

// Goal: whatever is wrong is told in one line, what to do about it in a second, with an exit code
// that isn't 0; and nothing is lost, half done or left running. Only real processes, disks and locks
// can prove that. What is wrong with words alone is in the tables beside src/cli.

const cluster = new TestCluster('e2e-bad');
const { folder, environment } = cluster;
after(() => cluster.remove());

/** Asserts that a command was refused as it should be: what is wrong, then what to do. */
function refused({ code, out, err }: Ran, wrong: RegExp, advice: RegExp, exitCode = 1): void {
  const [first = '', second = '', ...more] = err.trimEnd().split('\n');
  assert.match(first, wrong, out + err);
  assert.match(second, advice, out + err);
  assert.deepEqual(more, []);
  assert.equal(code, exitCode);
}

/** Processes that have something to do with the test's folder. */
function processes(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return ''; // It ended while we looked.
      }
    })
    .filter((line) => line.includes(folder));
}

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
};

/** Runs in a mount namespace of its own, in which a script can hide files. */
const hiding = (script: string, ...words: string[]): Promise<Ran> => {
  const all = `set -e; ${script}; exec "$@"`;
  const tutti = [launcher, '--name', cluster.name, '--data', cluster.data, ...words];
  return cluster.run('unshare', '--mount', 'sh', '-c', all, 'sh', ...tutti);
};
const hide = (program: string) =>
  `mount --bind /dev/null "$(readlink -f "$(command -v ${program})")"`;

describe('before anything is begun', () => {
  after(() => assert.equal(existsSync(cluster.data), false, 'a data folder was made'));

  test('an unknown option', async () => {
    const ran = await cluster.tutti('up', '--prot', '0');
    refused(
      ran,
      /^error: unknown option '--prot'$/,
      /^Did you mean --port\? See "tutti up --help"\.$/,
      2,
    );
  });

  test('a manifest that is malformed', async () => {
    const path = file('app/a.yaml', 'apiVersion: v1\nkind: Pod\nmetadata: {name: a\n');
    refused(
      await cluster.tutti('up', '-f', path),
      /^error: .*\/a\.yaml:3: /,
      /^It must be YAML or JSON/,
    );
  });

  test('a Containerfile that asks for too much', async () => {
    file('image/a.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n');
    file('image/Containerfile', 'FROM scratch\n# no shell here\nRUN make\n');
    const ran = await cluster.tutti('up', '-f', join(folder, 'image'));
    refused(ran, /^error: .*\/image\/Containerfile:3: /, /^Mend that line/);
  });

  test('a kubeconfig that is broken', async () => {
    const path = file('broken', 'clusters: 3\n');
    const ran = await finished(
      spawn(launcher, ['--name', cluster.name, '--data', cluster.data, 'up'], {
        env: { ...environment, KUBECONFIG: path },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
    refused(ran, /broken is no kubeconfig: "clusters" is no list$/, /^Mend or move that file/);
    assert.equal(readFileSync(path, 'utf8'), 'clusters: 3\n');
  });

  test('a path that is too long for sockets', async () => {
    const data = join(folder, 'x'.repeat(90));
    const ran = await cluster.run(launcher, '--name', cluster.name, '--data', data, 'up');
    refused(ran, /is too long for the sockets in it$/, /--data/);
    assert.equal(existsSync(data), false);
  });

  test('no root', async () => {
    // It may read what root may, wherever this checkout is, and no more.
    const caps = ['--inh-caps', '-all,+dac_read_search', '--ambient-caps', '-all,+dac_read_search'];
    const nobody = ['--reuid', '12345', '--clear-groups', ...caps];
    const ran = await cluster.run('setpriv', ...nobody, launcher, '--data', cluster.data, 'up');
    refused(ran, /^error: running containers takes root$/, /sudo/);
  });
});

describe('a machine that lacks parts', () => {
  test('and has no apt', async () => {
    const ran = await hiding(`${hide('containerd')}; ${hide('apt-get')}`, 'up');
    refused(ran, /^error: these system parts are missing: containerd$/, /no apt-get/);
  });

  test('and whose apt fails', async () => {
    const fake = file(
      'apt-get',
      '#!/bin/sh\necho "E: Unable to locate package $*" >&2\nexit 100\n',
    );
    const apt = `chmod +x ${fake}; mount --bind ${fake} "$(readlink -f "$(command -v apt-get)")"`;
    const ran = await hiding(`${hide('containerd')}; ${apt}`, 'up');
    refused(
      ran,
      /^error: apt-get update failed: E: Unable to locate package/,
      /^Run "apt-get update/,
    );
  });

  test('in the foreground, where nothing is installed', async () => {
    refused(
      await hiding(hide('containerd'), 'run'),
      /are missing: containerd$/,
      /"tutti up" installs/,
    );
  });

  after(() => assert.deepEqual(processes(), []));
});

/** A control plane on a data folder, for as long as a test needs it. */
let networks = 40;
/** Networks that no other cluster of the machine has, for when `up` goes on with them. */
const ownNetworks = (): string[] =>
  ['--pod-cidr', '--service-cidr'].flatMap((option) => [option, `10.${networks++}.0.0/16`]);

async function serving(data: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const words = ['--name', cluster.name, '--data', data, 'server', '--port', '0', ...ownNetworks()];
  const child = spawn(launcher, words, { env: environment, stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const url = /https:\S+/.exec(line.toString())?.[0] ?? '';
  return {
    url,
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

const on = (data: string, ...words: string[]): Promise<Ran> =>
  cluster.run(launcher, '--name', cluster.name, '--data', data, ...words);

describe('ports, folders and databases', () => {
  for (const command of ['up', 'server']) {
    test(`a port in use: ${command}`, async () => {
      const holder = createServer();
      await once(holder.listen(0, '127.0.0.1'), 'listening');
      const { port } = holder.address() as { port: number };
      const ran = await cluster.tutti(command, '--port', String(port));
      holder.close();
      refused(ran, new RegExp(`port ${port} on 127\\.0\\.0\\.1 is in use$`), /--port/);
      assert.deepEqual(processes(), []);
    });
  }

  test('a second process on the same folder', async () => {
    const data = join(folder, 'shared');
    const { stop } = await serving(data);
    try {
      refused(
        await on(data, 'server', '--port', '0'),
        /is in use by process \d+$/,
        /^Stop that one/,
      );
      refused(
        await on(data, 'up', '--port', '0'),
        /runs without a node \(process \d+\)$/,
        /tutti server/,
      );
    } finally {
      await stop();
    }
  });

  test('a data folder of a newer version', async () => {
    const data = join(folder, 'newer');
    file('newer/version', '99\n');
    for (const words of [['up'], ['server'], ['down'], ['down', '--purge'], ['status']]) {
      const ran = await on(data, ...words);
      refused(
        ran,
        /was made by a newer Tutti \(layout 99, this one knows 1\)$/,
        /Nothing was changed\.$/,
      );
    }
    assert.deepEqual(readdirSync(data), ['version']);
  });

  const database = async (name: string, change: (path: string) => void): Promise<string> => {
    const data = join(folder, name);
    await (await serving(data)).stop();
    change(join(data, 'state.db'));
    return data;
  };

  test('a database of a newer version', async () => {
    const data = await database('newer-db', (path) => {
      const store = new DatabaseSync(path);
      store.exec('PRAGMA journal_mode = DELETE; PRAGMA user_version = 99');
      store.close();
    });
    const before = readFileSync(join(data, 'state.db'));
    for (const command of ['server', 'up']) {
      const ran = await on(data, command, '--port', '0');
      refused(
        ran,
        /was written by a newer Tutti \(its data has version 99,/,
        /nothing was changed\.$/,
      );
    }
    assert.deepEqual(readFileSync(join(data, 'state.db')), before);
    assert.deepEqual(processes(), []);
  });

  test('a database that was cut off', async () => {
    const data = await database('cut', (path) => {
      rmSync(`${path}-wal`, { force: true });
      truncateSync(path, 5000);
    });
    const before = readFileSync(join(data, 'state.db'));
    for (const command of ['server', 'up']) {
      const ran = await on(data, command, '--port', '0');
      refused(ran, /state\.db is damaged \(.*\)$/, /^Put a backup in its place/);
    }
    assert.deepEqual(readFileSync(join(data, 'state.db')), before);
    assert.deepEqual(processes(), []);
  });
});

describe('a full disk', () => {
  const disk = (name: string, size: string): string => {
    const path = join(folder, name);
    mkdirSync(path);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path]);
    after(() => execFileSync('umount', [path]));
    return path;
  };

  // The later it is full, the more has been begun: nothing but the folder, the database, containerd.
  for (const size of ['32k', '96k', '192k', '256k']) {
    test(`up with ${size} of room`, async () => {
      const data = join(disk(`disk-${size}`, size), 'data');
      const ran = await on(data, 'up', '--port', '0');
      refused(ran, /^error: there is no space left on the disk of /, /^Make room there/);
      assert.deepEqual(processes(), []);
      assert.equal((await on(data, 'down', '--purge')).code, 0);
    });
  }

  test('a server that runs answers writes with a Status, and goes on when there is room', async () => {
    const path = disk('disk', '16m');
    const data = join(path, 'data');
    const { stop } = await serving(data);
    const manifest = (name: string) =>
      file(
        'big.yaml',
        `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {a: ${'x'.repeat(500_000)}}\n`,
      );
    try {
      assert.equal((await on(data, 'apply', '-f', manifest('first'))).code, 0);
      assert.throws(() => writeFileSync(join(path, 'filling'), Buffer.alloc(32 << 20)), {
        code: 'ENOSPC',
      });
      const full = await on(data, 'apply', '-f', manifest('second'));
      assert.equal(full.code, 1);
      assert.match(full.err, /^error: .*big\.yaml: .*(space|full|disk)/i);
      assert.equal((await on(data, 'get', 'cm', 'first')).code, 0);
      rmSync(join(path, 'filling'));
      const again = await on(data, 'apply', '-f', manifest('second'));
      assert.equal(again.code, 0, again.err);
    } finally {
      await stop();
    }
  });
});

/** Starts `up`, and resolves as soon as its process in the background has been noted. */
async function beginning(...words: string[]) {
  const all = ['--name', cluster.name, '--data', cluster.data, 'up', '--port', '0', ...words];
  const child = spawn(launcher, all, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = finished(child);
  const running = join(cluster.data, 'running.json');
  const isOver = ended.then(({ out, err }) => assert.fail(`up ended: ${out}${err}`));
  isOver.catch(() => {});
  while (!existsSync(running)) await Promise.race([isOver, new Promise(setImmediate)]);
  const { process: noted } = JSON.parse(readFileSync(running, 'utf8')) as {
    process: { pid: number };
  };
  return { child, ended, pid: noted.pid };
}

describe('while it starts', () => {
  test('its process is killed: that is told, and the next up is none the worse', async () => {
    const { ended, pid } = await beginning();
    process.kill(pid, 'SIGKILL');
    const { code, err } = await ended;
    assert.match(
      err,
      /^error: the cluster's process was killed \(SIGKILL\) before it was ready\nThe end of /,
    );
    assert.equal(code, 1);
    assert.equal((await cluster.tutti('up', '--port', '0')).code, 0);
    assert.equal((await cluster.tutti('down')).code, 0);
    assert.deepEqual(processes(), []);
  });

  test('Ctrl-C ends the waiting, and the cluster becomes ready all the same', async () => {
    const { child, ended } = await beginning();
    child.kill('SIGINT');
    const { code, err } = await ended;
    assert.match(err, /^Interrupted: what was begun goes on\./);
    assert.equal(code, 130);
    const { code: ready, err: said } = await cluster.tutti('up', '--port', '0'); // Waits for it.
    assert.equal(ready, 0, said);
  });

  test('two at once have the same cluster', async () => {
    await cluster.tutti('down');
    const both = await Promise.all([1, 2].map(() => cluster.tutti('up', '--port', '0')));
    for (const { code, out, err } of both) assert.equal(code, 0, out + err);
    const urls = both.map(({ out }) => /https:\S+/.exec(out)?.[0]);
    assert.equal(urls[0], urls[1]);
  });
});

describe('down', () => {
  test('after kill -9 takes away what goes on by itself, and can be repeated', async () => {
    const { out } = await cluster.tutti('status', '-o', 'json');
    process.kill((JSON.parse(out) as { process: number }).process, 'SIGKILL');
    const first = await cluster.tutti('down');
    assert.equal(first.out, 'cluster "e2e-bad" is down\n', first.err);
    assert.deepEqual(processes(), []);
    const second = await cluster.tutti('down');
    assert.deepEqual([second.code, second.out], [0, 'cluster "e2e-bad" was down already\n']);
  });

  test('of what never was', async () => {
    const { code, out } = await on(join(folder, 'never'), 'down', '--purge');
    assert.equal(code, 0);
    assert.match(out, /^cluster "e2e-bad" isn't there: nothing in /);
    assert.equal(existsSync(join(folder, 'never')), false);
  });

  test('what needs a cluster says that none runs', async () => {
    refused(
      await cluster.tutti('status'),
      /^error: the cluster "e2e-bad" doesn't run$/,
      /tutti .*up/,
    );
    refused(
      await cluster.tutti('get', 'pods'),
      /^error: can't reach https:/,
      /"tutti .*up" starts it\.$/,
    );
  });

  test('purges what is its own, and nothing else', async () => {
    writeFileSync(join(cluster.data, 'diary.txt'), 'dear');
    const { code, err } = await cluster.tutti('down', '--purge');
    assert.equal(code, 0);
    assert.match(err, /stays, since not all in it was Tutti's$/m);
    assert.deepEqual(readdirSync(cluster.data), ['diary.txt']);
  });
});

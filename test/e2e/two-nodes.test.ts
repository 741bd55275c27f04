import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { inOwnNetwork } from '../support/own-network.ts';
import { finished, launcher, type Ran, TestCluster } from '../support/tutti.ts';

// Goal: a second machine joins with an identity of its own, and to those who use the cluster it
// makes no difference on which of the two a pod is. Each is a network namespace of its own.

const OTHER = `tutti-other-${process.pid}`;
const [ONE, TWO] = ['192.0.2.1', '192.0.2.2'];
const image = 'tutti.local/echo:1';
const fetched = join(import.meta.dirname, '../../tools/kubectl.sh');

inOwnNetwork(import.meta.url, () => {
  const cluster = new TestCluster('e2e-two');
  const worker = new TestCluster('e2e-two-worker');
  const processes: ChildProcess[] = [];
  const program = execFileSync('bash', [fetched, 'new'], { encoding: 'utf8' }).trim();

  const ip = (...words: string[]) => execFileSync('ip', words, { encoding: 'utf8' });
  // Not "ip netns exec", which hides what is mounted below /sys.
  const inOther = ['nsenter', `--net=/run/netns/${OTHER}`];

  /** Starts a part of the cluster in the foreground; its output is shown when a test fails. */
  function start(name: string, command: readonly string[], of: TestCluster): ChildProcess {
    const [file = '', ...words] = command;
    const child = spawn(file, words, { env: of.environment, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on('data', (text) => process.stderr.write(`${name}: ${text}`));
    }
    processes.push(child);
    return child;
  }

  const tutti = (...words: string[]): Promise<Ran> => cluster.tutti(...words);
  const inCluster = (...words: string[]) => [
    program,
    '--kubeconfig',
    `${cluster.data}/kubeconfig`,
    ...words,
  ];

  async function done(ran: Promise<Ran>): Promise<string> {
    const { code, out, err } = await ran;
    assert.equal(code, 0, `${out}${err}`);
    return out;
  }

  const kubectl = (...words: string[]): Promise<string> => {
    const [file, ...rest] = inCluster(...words);
    return done(cluster.run(file!, ...rest));
  };

  /** Tries until it holds; the cluster has its own pace. */
  async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
    const deadline = performance.now() + 30_000;
    for (;;) {
      const found = await look();
      if (found) return found;
      assert.ok(performance.now() < deadline, `in time: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  const nodeIsReady = (name: string) => async () =>
    / Ready /.test((await tutti('get', 'nodes', name, '--no-headers')).out);

  const run = (of: TestCluster, ...words: string[]) =>
    [launcher, '--name', of.name, '--data', of.data, ...words] as const;

  before(async () => {
    ip('netns', 'add', OTHER);
    ip('link', 'add', 'wire', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', OTHER);
    ip('addr', 'add', `${ONE}/24`, 'dev', 'wire');
    ip('link', 'set', 'wire', 'up');
    for (const words of ['addr add 192.0.2.2/24 dev eth0', 'link set eth0 up', 'link set lo up']) {
      ip('-n', OTHER, ...words.split(' '));
    }
    const network = ['--host', ONE, '--port', '0', '--node-ip', ONE];
    start('one', run(cluster, 'run', '--node-name', 'one', ...network), cluster);
    await until('the first node is ready', nodeIsReady('one'));
  });

  after(async () => {
    for (const child of processes.reverse()) {
      if (child.exitCode !== null) continue;
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    const [file, ...words] = [...inOther, ...run(worker, 'down', '--purge')];
    await finished(spawn(file!, words, { env: worker.environment, stdio: 'inherit' }));
    await worker.remove();
    await cluster.remove();
    ip('netns', 'del', OTHER);
  });

  test('a node joins with a kubeconfig of its own', async () => {
    const config = join(worker.folder, 'node.yaml');
    writeFileSync(config, await done(tutti('kubeconfig', '--node', 'two')), { mode: 0o600 });
    const options = ['--kubeconfig', config, '--node-ip', TWO];
    const [file, ...words] = [...inOther, ...run(worker, 'agent', ...options)];
    const other = spawn(file!, [...words, '--node-name', 'three'], { env: worker.environment });
    assert.match((await finished(other)).err, /is that of the node "two", not of "three"/);
    start('two', [...inOther, ...run(worker, 'agent', ...options)], worker);
    await until('the second node is ready', nodeIsReady('two'));
    // With it, the node is a node: it may not make itself an administrator.
    const forbidden = await worker.run(
      launcher,
      ...run(worker, '--kubeconfig', config, 'delete', 'namespace', 'default').slice(1),
    );
    assert.match(forbidden.err, /forbidden/);
  });

  test('its serving certificate is asked for, approved and signed', async () => {
    const requests = () => kubectl('get', 'csr', '--no-headers');
    const issued = /kubernetes\.io\/kubelet-serving +system:node:two +\S+ +Approved,Issued/;
    await until('the certificate', async () => issued.test(await requests()));
  });

  test('pods run there, and logs, exec and port-forward reach them', async () => {
    const file = join(cluster.folder, 'pods.yaml');
    writeFileSync(file, manifests);
    await done(tutti('image', 'build', '-t', image, imageFolder()));
    const [command, ...words] = [
      ...inOther,
      ...run(worker, 'image', 'build', '-t', image, imageFolder()),
    ];
    await done(finished(spawn(command!, words, { env: worker.environment })));
    await kubectl('apply', '-f', file);
    for (const name of ['one', 'two']) {
      await until(`pod ${name} is ready`, async () =>
        / 1\/1 +Running/.test(` ${(await tutti('get', 'pods', name, '--no-headers')).out}`),
      );
    }
    assert.equal(await kubectl('logs', 'two'), 'this is two\n');
    assert.equal(await kubectl('exec', 'two', '--', 'cat', '/www/index.html'), 'two\n');
    const forward = start('forward', inCluster('port-forward', 'pod/two', ':8080'), cluster);
    let said = '';
    forward.stdout!.on('data', (text) => {
      said += text;
    });
    const port = await until('it forwards', async () => /127\.0\.0\.1:(\d+)/.exec(said)?.[1]);
    assert.equal(await fetchText(`http://127.0.0.1:${port}/`), 'two\n');
    forward.kill('SIGINT');
    await once(forward, 'exit');
  });

  const addressOf = async (pod: string): Promise<string> =>
    (JSON.parse(await kubectl('get', 'pod', pod, '-o', 'json')) as { status: { podIP: string } })
      .status.podIP;
  /** What the pod gets from there, by the plainest of HTTP. */
  async function ask(from: string, host: string, port: number): Promise<string> {
    const script = `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 5 ${host} ${port}`;
    const answer = await kubectl('exec', from, '--', 'sh', '-c', script);
    return answer.split('\r\n\r\n').at(-1) ?? '';
  }

  test('pods reach each other over the wire, under their own addresses', async () => {
    const [one, two] = [await addressOf('one'), await addressOf('two')];
    assert.equal(await ask('one', two, 8080), 'two\n');
    assert.equal(await ask('two', one, 8080), 'one\n');
    assert.match(await kubectl('exec', 'two', '--', 'cat', '/tmp/seen'), new RegExp(one));
  });

  test('a service leads to the pods of both nodes, from pods and from nodes', async () => {
    const { spec } = JSON.parse(await kubectl('get', 'service', 'echo', '-o', 'json')) as {
      spec: { clusterIP: string };
    };
    const seen = new Set<string>();
    for (const from of ['one', 'two']) {
      for (let i = 0; i < 6; i++) seen.add(`${from} ${await ask(from, spec.clusterIP, 8081)}`);
    }
    assert.deepEqual([...seen].sort(), ['one one\n', 'one two\n', 'two one\n', 'two two\n']);
    for (const from of ['one', 'two']) {
      const found = await kubectl('exec', from, '--', 'nslookup', 'echo.default.svc.cluster.local');
      assert.ok(found.includes(spec.clusterIP), found);
    }
    const fromHost = new Set<string>();
    for (let i = 0; i < 6; i++) fromHost.add(await fetchText(`http://${spec.clusterIP}:8081/`));
    assert.equal(fromHost.size, 2);
  });

  test('each node answers for the service, wherever its pods are', async () => {
    interface Found {
      spec: { ports: { nodePort: number }[] };
      status: { loadBalancer: { ingress?: { ip: string }[] } };
    }
    const look = async () =>
      JSON.parse(await kubectl('get', 'service', 'echo', '-o', 'json')) as Found;
    const both = [ONE, TWO].join();
    const { spec } = await until('the service has both addresses', async () => {
      const found = await look();
      const ips = (found.status.loadBalancer.ingress ?? []).map(({ ip }) => ip);
      return ips.sort().join() === both && found;
    });
    for (const address of [ONE, TWO]) {
      for (const port of [8081, spec.ports[0]!.nodePort]) {
        const seen = new Set<string>();
        for (let i = 0; i < 6; i++) seen.add(await fetchText(`http://${address}:${port}/`));
        assert.equal(seen.size, 2, `${address}:${port}`);
      }
    }
  });

  test('the route to a node goes with it', async () => {
    const route = () => ip('route', 'show', 'via', TWO!).trim();
    assert.match(route(), /^10\.\d+\.\d+\.0\/24 dev wire src 10\./);
    await kubectl('delete', 'pods', '--all', '--grace-period=1');
    processes.at(1)!.kill('SIGTERM');
    await once(processes.at(1)!, 'exit');
    await kubectl('delete', 'node', 'two', '--ignore-not-found');
    await until('the route is gone', async () => route() === '');
  });

  function imageFolder(): string {
    const file = join(cluster.folder, 'Containerfile');
    writeFileSync(file, 'FROM tutti.local/busybox:1\nCMD ["sh"]\n');
    return cluster.folder;
  }
});

const pod = (name: string) => `apiVersion: v1
kind: Pod
metadata: { name: ${name}, labels: { app: echo } }
spec:
  nodeName: ${name}
  terminationGracePeriodSeconds: 1
  containers:
    - name: main
      image: ${image}
      imagePullPolicy: Never
      command: [sh, -c, "mkdir /www; echo ${name} > /www/index.html; echo this is ${name}; exec httpd -f -vv -p 8080 -h /www 2> /tmp/seen"]
      ports: [{ containerPort: 8080 }]
      readinessProbe: { tcpSocket: { port: 8080 } }
`;

const manifests = `${pod('one')}---
${pod('two')}---
apiVersion: v1
kind: Service
metadata: { name: echo }
spec:
  type: LoadBalancer
  selector: { app: echo }
  ports: [{ port: 8081, targetPort: 8080 }]
`;

const fetchText = (url: string): Promise<string> =>
  new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve(text));
    }).on('error', reject);
  });

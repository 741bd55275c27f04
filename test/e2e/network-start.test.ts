import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { definitions } from '../../src/api/definitions.ts';
import * as core from '../../src/api/generated/core/v1/resources.ts';
import type { Node, Pod, Service } from '../../src/api/generated/core/v1/types.ts';
import { endpointSlices } from '../../src/api/generated/discovery/v1/resources.ts';
import { createApiServer } from '../../src/apiserver/api-server.ts';
import { objectCodec } from '../../src/apiserver/encoding/json.ts';
import { createInProcessTransport } from '../../src/apiserver/in-process-transport.ts';
import { sleep, systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { systemRandom } from '../../src/base/random.ts';
import { runController } from '../../src/client/controller.ts';
import { createEventRecorder } from '../../src/client/event-recorder.ts';
import { Informer } from '../../src/client/informer.ts';
import { createClient } from '../../src/client/typed-client.ts';
import { createBalancerController } from '../../src/network/load-balancer.ts';
import { machinePorts } from '../../src/network/machine-ports.ts';
import { networkNames } from '../../src/network/pod-network.ts';
import {
  type NetworkOptions,
  type RunningNetwork,
  removeNetwork,
  startNetwork,
} from '../../src/network/start.ts';
import { createPortClaims } from '../../src/runtime/port-claims.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { NetworkLab } from '../support/network-lab.ts';
import { inOwnNetwork } from '../support/own-network.ts';

// What only this can prove: that objects written to a real API server become rules, names and a
// bridge on a real machine, and that all of it goes away again. Pods are pretended: namespaces.

const DNS = '10.96.0.10';

inOwnNetwork(import.meta.url, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-network-'));
  const resolvConf = join(folder, 'resolv.conf');
  const cniConfDir = join(folder, 'cni');
  const options: NetworkOptions = {
    cluster: 'e2e',
    nodeName: 'node1',
    podNetworks: ['10.244.0.0/16'],
    serviceNetworks: ['10.96.0.0/16'],
    dnsAddresses: [DNS],
    stateFolder: join(folder, 'ipam'),
  };
  const { bridge, table } = networkNames('e2e', 'node1');
  const lab = new NetworkLab();
  const tools = { clock: systemClock, random: systemRandom, logger: silentLogger };
  const server = createApiServer({
    ...tools,
    store: createMemoryStore(objectCodec),
    definitions,
  });
  const user = { name: 'system:test', groups: ['system:masters'] };
  const client = createClient(createInProcessTransport(server.heart, user), {
    fieldManager: 'test',
  });
  const informers = {
    services: new Informer({ ...tools, client }, core.services),
    endpointSlices: new Informer({ ...tools, client }, endpointSlices),
    namespaces: new Informer({ ...tools, client }, core.namespaces),
    nodes: new Informer({ ...tools, client }, core.nodes),
    pods: new Informer({ ...tools, client }, core.pods),
  };
  const ports = machinePorts(systemClock, silentLogger, {
    cniConfDir,
    dnsAddresses: [DNS],
    resolvConf,
  });
  const stop = new AbortController();
  let network: RunningNetwork;

  before(async () => {
    writeFileSync(resolvConf, `nameserver ${DNS}\n`);
    for (const name of ['default', 'kube-system']) {
      await client.create(core.namespaces, namespace(name)).catch(() => {});
    }
    for (const informer of Object.values(informers)) informer.start(stop.signal);
    const starting = startNetwork(tools, ports, informers, options, stop.signal);
    await client.create(core.nodes, node()); // The share of the pod network comes later, as it does.
    network = await starting;
    lab.addPod('one', bridge, ['10.244.3.11/24'], ['10.244.3.1']);
    lab.addMachine('outside', ['192.0.2.100/24'], ['192.0.2.1/24']);
    await lab.serve('one', 8080);
    // The Service of the cluster's DNS has no endpoints: its address is on the node itself.
    const dns = {
      ...service('kube-dns', { clusterIP: DNS, ports: [{ port: 53, protocol: 'UDP' }] }),
    };
    const metadata = { name: 'kube-dns', namespace: 'kube-system' };
    await client.create(core.services, { ...dns, metadata });
    await client.create(core.services, service('web', { type: 'LoadBalancer' }));
    await client.create(endpointSlices, slice('web'));
    await seen(() => [...informers.endpointSlices.lister.list()].length === 1);
    await network.proxy.settled();
  });

  after(async () => {
    stop.abort();
    await network.stop();
    await lab.remove();
    await removeNetwork(ports, options);
    await removeNetwork(ports, options); // Nothing there is no failure.
    const left = await lab.runIn(undefined, 'sh', [
      '-c',
      `nft list ruleset; ip link show ${bridge} 2>&1 || true`,
    ]);
    assert.match(left, /^Device "\S+" does not exist/);
    assert.equal(existsSync(join(cniConfDir, '10-tutti.conflist')), false);
    rmSync(folder, { recursive: true });
    server.close();
  });

  /** Waits for something that another turn of the loop will bring. */
  async function seen(isSo: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = systemClock.monotonicMs() + 10_000;
    while (!(await isSo())) {
      assert.ok(systemClock.monotonicMs() < deadline, `never seen: ${isSo}`);
      await sleep(systemClock, 5);
    }
  }

  const resolve = (from: string | undefined, name: string) =>
    lab.runIn(from, process.execPath, [
      '-e',
      `const r = new (require('dns').Resolver)({ timeout: 1500, tries: 1 }); r.setServers(['${DNS}']);
       r.resolve4('${name}', (error, found) => console.log(error ? error.code : found.join()))`,
    ]);

  test('the container runtime is told of the node’s own share', () => {
    const { name, plugins } = JSON.parse(
      readFileSync(join(cniConfDir, '10-tutti.conflist'), 'utf8'),
    );
    assert.equal(name, networkNames('e2e', 'node1').network);
    assert.equal(plugins[0].bridge, bridge);
    assert.equal(plugins[0].ipam.ranges[0][0].subnet, '10.244.3.0/24');
  });

  test('a service is reached by its address, from pods and from the node', async () => {
    const { spec } = await client.get(core.services, { namespace: 'default', name: 'web' });
    for (const from of ['one', undefined]) {
      const answers = await lab.ask({ from, host: spec.clusterIP!, port: 80 });
      assert.match(answers[0]!, /^one /, `from ${from}`);
    }
  });

  test('its name is known, from pods and from the node; others are asked nowhere', async () => {
    const { spec } = await client.get(core.services, { namespace: 'default', name: 'web' });
    for (const from of ['one', undefined]) {
      assert.equal((await resolve(from, 'web.default.svc.cluster.local')).trim(), spec.clusterIP);
      assert.equal((await resolve(from, 'none.default.svc.cluster.local')).trim(), 'ENOTFOUND');
    }
    // The only name server of the machine is ourselves: that would go round in circles.
    assert.equal((await resolve('one', 'example.com')).trim(), 'ESERVFAIL');
  });

  test('the nodes are the load balancer, and a port is given once', async () => {
    const recorder = createEventRecorder({ ...tools, client }, 'load-balancer');
    const claims = createPortClaims();
    stop.signal.addEventListener('abort', () => claims.close());
    const controller = createBalancerController({
      ...informers,
      ...tools,
      client,
      recorder,
      claims,
    });
    void runController(controller, { ...tools, signal: stop.signal });
    const ingressOf = (name: string) =>
      informers.services.lister.get(`default/${name}`)?.status.loadBalancer?.ingress ?? [];
    await seen(() => ingressOf('web').length > 0);
    assert.equal(ingressOf('web')[0]!.ip, '192.0.2.1');
    await network.proxy.settled();
    assert.match((await lab.ask({ from: 'outside', host: '192.0.2.1', port: 80 }))[0]!, /^one /);

    await client.create(core.services, service('late', { type: 'LoadBalancer' }));
    await seen(
      async () => (await client.list(core.events, { namespace: 'default' })).items.length > 0,
    );
    const [event] = (await client.list(core.events, { namespace: 'default' })).items;
    assert.equal(event!.reason, 'SyncLoadBalancerFailed');
    assert.match(event!.message!, /port 80\/TCP of the nodes is taken by service default\/web/);
    assert.deepEqual(ingressOf('late'), []);

    await client.delete(core.services, { namespace: 'default', name: 'web' });
    await seen(() => ingressOf('late').length > 0); // Now it is free.

    // It is ours on the whole machine, as is what another program has there: a cluster, say.
    const intruder = createServer().listen(80, '192.0.2.1');
    const [error] = await once(intruder, 'error');
    assert.equal((error as NodeJS.ErrnoException).code, 'EADDRINUSE');
    const program = createServer().listen(81, '192.0.2.1');
    await once(program, 'listening');
    await client.create(
      core.services,
      service('second', { type: 'LoadBalancer', ports: [{ port: 81 }] }),
    );
    const isTold = async () =>
      (await client.list(core.events, { namespace: 'default' })).items.some(({ message }) =>
        message?.includes('port 81/TCP of the nodes is taken by a program of this machine'),
      );
    await seen(isTold);
    assert.deepEqual(ingressOf('second'), []);
    const conditions = () => informers.services.lister.get('default/second')?.status.conditions;
    await seen(() => conditions()?.[0]?.type === 'LoadBalancerPortsError');
    program.close();
  });

  test('a host port of a pod on this node leads to it, and goes with it', async () => {
    const account = { apiVersion: 'v1', kind: 'ServiceAccount' } as const;
    const metadata = { name: 'default', namespace: 'default' };
    await client.create(core.serviceAccounts, { ...account, metadata }); // Pods must have one.
    await client.create(core.pods, pod());
    await client.patch(
      core.pods,
      { namespace: 'default', name: 'host-port' },
      {
        type: 'merge',
        body: {
          status: { phase: 'Running', podIP: '10.244.3.11', podIPs: [{ ip: '10.244.3.11' }] },
        },
      },
      { subresource: 'status' },
    );
    await seen(() => !!informers.pods.lister.get('default/host-port')?.status.podIPs?.length);
    await network.proxy.settled();
    const ask = (from: string | undefined, host: string) => lab.ask({ from, host, port: 9000 });
    assert.deepEqual(await ask('outside', '192.0.2.1'), ['one 192.0.2.100']);
    assert.match((await ask(undefined, '127.0.0.1'))[0]!, /^one /);
    await client.delete(
      core.pods,
      { namespace: 'default', name: 'host-port' },
      { gracePeriodSeconds: 0 },
    );
    await seen(() => informers.pods.lister.get('default/host-port') === undefined);
    await network.proxy.settled();
    assert.deepEqual(await ask('outside', '192.0.2.1'), ['ECONNREFUSED']);
  });

  test('a second start takes over what is there', async () => {
    await network.stop();
    const again = new AbortController();
    const second = await startNetwork(tools, ports, informers, options, again.signal);
    await second.proxy.settled();
    const rules = await lab.runIn(undefined, 'nft', ['list', 'table', 'inet', table]);
    assert.match(rules, /192\.0\.2\.1 \. tcp \. 80 : goto refuse/); // `late` has no endpoints.
    again.abort();
    network = second;
  });
});

function namespace(name: string) {
  const metadata = { name };
  return { apiVersion: 'v1', kind: 'Namespace', metadata, spec: {}, status: {} } as const;
}

function node() {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'node1' },
    spec: { podCIDR: '10.244.3.0/24', podCIDRs: ['10.244.3.0/24'] },
    status: {
      addresses: [{ type: 'InternalIP', address: '192.0.2.1' }],
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  } as unknown as Node;
}

function service(name: string, spec: Partial<Service['spec']>) {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { ports: [{ name: 'http', port: 80, targetPort: 8080 }], ...spec },
  } as Service;
}

function slice(of: string) {
  const labels = { 'kubernetes.io/service-name': of };
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${of}-1`, namespace: 'default', labels },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.244.3.11'], nodeName: 'node1', conditions: { ready: true } }],
    ports: [{ name: 'http', protocol: 'TCP', port: 8080 }],
  } as const;
}

function pod() {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'host-port', namespace: 'default' },
    spec: {
      nodeName: 'node1',
      containers: [{ name: 'c', image: 'x', ports: [{ containerPort: 8080, hostPort: 9000 }] }],
    },
  } as unknown as Pod;
}

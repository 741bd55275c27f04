import { join } from 'node:path';
import type { NodeAgent } from '../agent/agent.ts';
import { namespaces, nodes, pods, services } from '../api/generated/core/v1/resources.ts';
import { endpointSlices } from '../api/generated/discovery/v1/resources.ts';
import { KUBERNETES_VERSION } from '../apiserver/discovery/version.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { Client } from '../client/client.ts';
import { Informer } from '../client/informer.ts';
import { machinePorts } from '../network/machine-ports.ts';
import { type NetworkInformers, type RunningNetwork, startNetwork } from '../network/start.ts';
import { startAgent } from './agent.ts';
import { startBalancer } from './balancer.ts';
import type { DataFolder } from './data-folder.ts';
import { nthOf } from './networks.ts';
import type { NodeRuntime } from './node-runtime.ts';
import { AGENT_CLIENT, type KeyPair } from './pki.ts';
import type { ServingFiles } from './serving-certificate.ts';

const { major, minor, patch } = KUBERNETES_VERSION;
/** The version that nodes report. */
const NODE_VERSION = `v${major}.${minor}.${patch}`;

export interface NodeStartOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly folder: DataFolder;
  /** The name of the cluster on this machine. */
  readonly cluster: string;
  readonly nodeName: string;
  readonly nodeIp: string | undefined;
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly dnsAddress: string;
  /** By what callers know the node, and it them; without it nobody gets at logs and containers. */
  readonly serving?: ServingCredentials;
  /** Where the API server's own Service leads. */
  readonly apiServer: { readonly address: string; readonly port: number };
  readonly clientFor: (component: string) => Client;
  /** Whether this process gives load balancers of the cluster their addresses: one does. */
  readonly balances: boolean;
}

/** What the server of a node's agent shows of itself, and whose callers it trusts. All PEM. */
export interface ServingCredentials extends KeyPair {
  readonly clientCa: string;
  /** Has each later certificate handed to `use`. */
  follow(use: (pair: KeyPair) => void): void;
  /** Where its certificate is kept, if it has to ask the cluster for one. */
  readonly files?: ServingFiles;
}

const allows = ({ name, groups }: { readonly name: string; readonly groups: readonly string[] }) =>
  name === AGENT_CLIENT || groups.includes('system:masters');

/** A node that runs on this machine: containers, their network, and the agent. */
export interface RunningNode {
  readonly runtime: NodeRuntime;
  readonly agent: NodeAgent;
  /** Resolves once the network is up. Rejects with RuntimeFailure, whose message says what is wrong. */
  readonly networkUp: Promise<unknown>;
  /** Lets go of everything. Containers, their network and their runtime go on. */
  release(): Promise<void>;
}

/** Below it is a group of processes for each pod of the cluster's nodes on this machine. */
export const cgroupRoot = (cluster: string): string => `/tutti-${cluster}`;

/** Marks the pods of a node in its runtime. */
export const podOwner = (cluster: string, nodeName: string): string => `${cluster}/${nodeName}`;

/** Starts the node's agent and network on a runtime. Resolves once the agent works on pods. */
export async function startNode(
  options: NodeStartOptions,
  runtime: NodeRuntime,
): Promise<RunningNode> {
  const { clock, random, logger, folder, cluster, nodeName, clientFor } = options;
  const stop = new AbortController();
  const { signal } = stop;
  const agent = await startAgent({
    clock,
    random,
    logger,
    client: clientFor(`node:${nodeName}`),
    runtime: runtime.runtime,
    sharesRuntime: !runtime.isOurs,
    folder: folder.agent,
    name: nodeName,
    labels: {},
    taints: [],
    ...(options.nodeIp && { addresses: [options.nodeIp] }),
    podsMax: 110,
    port: 10250,
    ...(options.serving && { serving: { ...options.serving, host: '0.0.0.0', allows } }),
    version: NODE_VERSION,
    dns: { addresses: [options.dnsAddress], domain: 'cluster.local' },
    cgroupRoot: cgroupRoot(cluster),
    owner: podOwner(cluster, nodeName),
  });
  const informers = networkInformers(options, signal);
  const network = bringUpNetwork(options, runtime, informers, signal);
  network.catch(() => {}); // Whoever waits for the network is told.
  if (options.balances) startBalancer(options, signal, informers);
  return {
    runtime,
    agent,
    networkUp: network,
    async release() {
      stop.abort();
      agent.stop();
      const running = await network.catch(() => undefined); // It may never have come up.
      await running?.stop();
      runtime.release();
    },
  };
}

function networkInformers(options: NodeStartOptions, signal: AbortSignal): NetworkInformers {
  const { clock, random, logger, clientFor } = options;
  const tools = { clock, random, logger, client: clientFor('kube-proxy') };
  const informers = {
    services: new Informer(tools, services),
    endpointSlices: new Informer(tools, endpointSlices),
    namespaces: new Informer(tools, namespaces),
    nodes: new Informer(tools, nodes),
    pods: new Informer(tools, pods),
  };
  for (const informer of Object.values(informers)) informer.start(signal);
  return informers;
}

/** The network waits for the node's share of addresses, which comes after the node is known. */
function bringUpNetwork(
  options: NodeStartOptions,
  { cniConfDir, sharedAs }: NodeRuntime,
  informers: NetworkInformers,
  signal: AbortSignal,
): Promise<RunningNetwork> {
  const { clock, random, logger, folder, cluster, nodeName, dnsAddress, apiServer } = options;
  const dnsAddresses = [dnsAddress];
  const ports = machinePorts(clock, logger, { cniConfDir, sharedAs, dnsAddresses });
  return startNetwork(
    { clock, random, logger },
    ports,
    informers,
    {
      cluster,
      nodeName,
      podNetworks: [options.podCidr],
      serviceNetworks: [options.serviceCidr],
      dnsAddresses,
      stateFolder: join(folder.network, 'addresses'),
      redirects: [
        {
          protocol: 'tcp',
          address: nthOf(options.serviceCidr, 1), // The Service `kubernetes`.
          port: 443,
          toAddress: apiServer.address,
          toPort: apiServer.port,
        },
      ],
    },
    signal,
  );
}

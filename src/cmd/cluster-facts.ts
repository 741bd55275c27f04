import { configMaps, services } from '../api/generated/core/v1/resources.ts';
import type { ConfigMap, Service } from '../api/generated/core/v1/types.ts';
import type { Client } from '../client/client.ts';
import { isEqual } from '../machinery/equal.ts';
import type { NewObject } from '../machinery/object.ts';
import { isStatusError } from '../machinery/status.ts';
import { nthOf } from './networks.ts';

/** What all nodes of a cluster have to agree on. */
export interface ClusterFacts {
  readonly podCidr: string;
  readonly serviceCidr: string;
  /** Where DNS answers, on every node. */
  readonly dnsAddress: string;
}

const NAMESPACE = 'kube-system';
const FACTS = { namespace: NAMESPACE, name: 'cluster-networks' };
const DNS = { namespace: NAMESPACE, name: 'kube-dns' };

/** The address of DNS in a service network: the tenth unless said. */
export const dnsAddressIn = (serviceCidr: string, asked?: string): string =>
  asked ?? nthOf(serviceCidr, 10);

/** Lets nodes and pods find out what they have to know of the cluster. */
export async function publishFacts(client: Client, facts: ClusterFacts): Promise<void> {
  await Promise.all([publishNetworks(client, facts), ensureDnsService(client, facts.dnsAddress)]);
}

/** Reads what was published. Undefined from a cluster that has told nothing. */
export async function readFacts(client: Client): Promise<ClusterFacts | undefined> {
  try {
    const { data = {} } = await client.get(configMaps, FACTS);
    const { podCidr, serviceCidr, dnsAddress } = data;
    return podCidr && serviceCidr && dnsAddress ? { podCidr, serviceCidr, dnsAddress } : undefined;
  } catch (error) {
    if (isStatusError(error, 'NotFound')) return undefined;
    throw error;
  }
}

async function publishNetworks(client: Client, facts: ClusterFacts): Promise<void> {
  const { podCidr, serviceCidr, dnsAddress } = facts;
  const data = { podCidr, serviceCidr, dnsAddress };
  try {
    const found = await client.get(configMaps, FACTS);
    if (!isEqual(found.data, data)) await client.update(configMaps, { ...found, data });
  } catch (error) {
    if (!isStatusError(error, 'NotFound')) throw error;
    const wanted: NewObject<ConfigMap> = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: FACTS,
      data,
    };
    await client.create(configMaps, wanted);
  }
}

/** DNS answers at the cluster IP of this Service, on every node. */
async function ensureDnsService(client: Client, clusterIP: string): Promise<void> {
  const service: NewObject<Service> = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      ...DNS,
      labels: { 'k8s-app': 'kube-dns', 'kubernetes.io/name': 'CoreDNS' },
    },
    spec: {
      clusterIP,
      clusterIPs: [clusterIP],
      ports: [
        { name: 'dns', protocol: 'UDP', port: 53 },
        { name: 'dns-tcp', protocol: 'TCP', port: 53 },
      ],
    },
  };
  try {
    await client.get(services, DNS);
  } catch (error) {
    if (!isStatusError(error, 'NotFound')) throw error;
    await client.create(services, service);
  }
}

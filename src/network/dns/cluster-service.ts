import { services } from '../../api/generated/core/v1/resources.ts';
import type { Service } from '../../api/generated/core/v1/types.ts';
import type { Client } from '../../client/client.ts';
import type { NewObject } from '../../machinery/object.ts';
import { isStatusError } from '../../machinery/status.ts';

/**
 * The Service under whose addresses every node answers names by itself. It has the name by which
 * tools look for cluster DNS, no endpoints, and a label that keeps service proxies away.
 */
export function clusterDnsService(addresses: readonly string[]): NewObject<Service> {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'kube-dns',
      namespace: 'kube-system',
      labels: {
        'k8s-app': 'kube-dns',
        'kubernetes.io/cluster-service': 'true',
        'kubernetes.io/name': 'CoreDNS',
        'service.kubernetes.io/service-proxy-name': 'tutti-dns',
      },
    },
    spec: {
      type: 'ClusterIP',
      clusterIP: addresses[0] ?? '',
      clusterIPs: addresses,
      ...(addresses.length > 1 && { ipFamilyPolicy: 'RequireDualStack' as const }),
      ports: [
        { name: 'dns', protocol: 'UDP', port: 53, targetPort: 53 },
        { name: 'dns-tcp', protocol: 'TCP', port: 53, targetPort: 53 },
      ],
    },
  };
}

/** Makes the Service, unless it is there already. */
export async function ensureClusterDnsService(
  client: Client,
  addresses: readonly string[],
): Promise<void> {
  const service = clusterDnsService(addresses);
  const { namespace, name = '' } = service.metadata;
  try {
    // Looked for first: a second one would be refused for its address, not for its name.
    await client.get(services, { namespace, name });
  } catch (error) {
    if (!isStatusError(error, 'NotFound')) throw error;
    await client.create(services, service);
  }
}

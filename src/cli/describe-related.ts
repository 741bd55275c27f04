import { pods } from '../api/generated/core/v1/resources.ts';
import type { Container, Node, Pod, Service } from '../api/generated/core/v1/types.ts';
import { endpointSlices } from '../api/generated/discovery/v1/resources.ts';
import type { EndpointSlice } from '../api/generated/discovery/v1/types.ts';
import type { Client } from '../client/client.ts';
import type { KubeObject } from '../machinery/object.ts';
import { parseQuantity } from '../machinery/quantity.ts';
import { formatTable } from './table.ts';

/**
 * What belongs to an object and isn't in it, as lines for people: the endpoints of a Service, the pods
 * of a Node. None for other kinds.
 */
export async function describeRelated(client: Client, object: KubeObject): Promise<string[]> {
  if (object.apiVersion !== 'v1') return [];
  if (object.kind === 'Service') {
    const { name, namespace } = (object as Service).metadata;
    const labelSelector = `kubernetes.io/service-name=${name}`;
    return endpointLines((await client.list(endpointSlices, { namespace, labelSelector })).items);
  }
  if (object.kind === 'Node') {
    const fieldSelector = `spec.nodeName=${object.metadata.name}`;
    const { items } = await client.list(pods, { fieldSelector });
    return podLines(object as Node, items);
  }
  return [];
}

/** Where a Service sends to, an address and port each; those that get nothing say so. */
export function endpointLines(slices: readonly EndpointSlice[]): string[] {
  const shown = slices.flatMap(({ endpoints, ports, addressType }) =>
    (endpoints ?? []).flatMap(({ addresses, conditions, targetRef }) =>
      (ports?.length ? ports : [{ port: undefined }]).map(({ port }) => {
        const [address = ''] = addresses;
        const host = addressType === 'IPv6' ? `[${address}]` : address;
        const whose = targetRef ? ` ${targetRef.kind?.toLowerCase()}/${targetRef.name}` : '';
        return `${host}${port === undefined ? '' : `:${port}`}${whose}${conditions?.ready === false ? ' (not ready)' : ''}`;
      }),
    ),
  );
  return shown.length === 0
    ? ['Endpoints:  none']
    : ['Endpoints:', ...shown.map((each) => `  ${each}`)];
}

/** The pods of a node with what they ask for, and the sum beside what the node has to give. */
export function podLines({ status }: Node, all: readonly Pod[]): string[] {
  const current = all.filter(({ status }) => !ENDED.has(status.phase ?? ''));
  if (current.length === 0) return ['Pods:  none'];
  const rows = current.map((pod) => {
    const { namespace = '', name } = pod.metadata;
    return [namespace, name, milliText(requestOf(pod, 'cpu')), byteText(requestOf(pod, 'memory'))];
  });
  const sum = (resource: Asked) => current.reduce((all, pod) => all + requestOf(pod, resource), 0);
  const { cpu = '?', memory = '?' } = status?.allocatable ?? {};
  const table = formatTable(['NAMESPACE', 'NAME', 'CPU', 'MEMORY'], rows);
  return [
    'Pods, and what they request:',
    ...table.map((line) => `  ${line}`),
    `  In sum ${milliText(sum('cpu'))} of ${cpu} cpu and ${byteText(sum('memory'))} of ${memory} memory`,
  ];
}

const ENDED: ReadonlySet<string> = new Set(['Succeeded', 'Failed']);

type Asked = 'cpu' | 'memory';

/** All that runs at once, or the init container that asks for more than that (KEP-753). */
function requestOf({ spec }: Pod, resource: Asked): number {
  const asked = ({ resources }: Container) => amountIn(resources?.requests, resource);
  const init = spec.initContainers ?? [];
  const staying = init.filter(({ restartPolicy }) => restartPolicy === 'Always');
  const atOnce = [...spec.containers, ...staying].reduce((sum, each) => sum + asked(each), 0);
  return Math.max(atOnce, ...init.map(asked)) + amountIn(spec.overhead, resource);
}

/** Thousandths of a core, or bytes. */
function amountIn(amounts: Readonly<Record<string, string>> = {}, resource: Asked): number {
  const { value, milliValue } = parseQuantity(amounts[resource] ?? '0');
  return resource === 'cpu' ? milliValue : value;
}

const milliText = (millicores: number): string => `${millicores}m`;

const byteText = (bytes: number): string => `${Math.round(bytes / 2 ** 20)}Mi`;

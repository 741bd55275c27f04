import type {
  Container,
  ObjectFieldSelector,
  Pod,
  ResourceFieldSelector,
} from '../../api/generated/core/v1/types.ts';
import { parseQuantity, Quantity } from '../../machinery/quantity.ts';
import { quote, sortedByKey } from '../../machinery/quote.ts';
import { PodConfigError } from './config-error.ts';

/** What a pod may be told about itself and its node. */
export interface DownwardFacts {
  readonly pod: Pod;
  readonly podIps: readonly string[];
  readonly hostIps: readonly string[];
  /** What the node has to give, which limits a container that has no limit. */
  readonly allocatable: Readonly<Record<string, string>>;
}

/** The text of a field of the pod (the downward API). */
export function fieldValue({ fieldPath }: ObjectFieldSelector, facts: DownwardFacts): string {
  const { metadata, spec } = facts.pod;
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(fieldPath);
  if (subscript) return metadata[subscript[1] as 'labels' | 'annotations']?.[subscript[2]!] ?? '';
  switch (fieldPath) {
    case 'metadata.name':
      return metadata.name;
    case 'metadata.namespace':
      return metadata.namespace ?? '';
    case 'metadata.uid':
      return metadata.uid;
    case 'metadata.labels':
      return mapText(metadata.labels);
    case 'metadata.annotations':
      return mapText(metadata.annotations);
    case 'spec.nodeName':
      return spec.nodeName ?? '';
    case 'spec.serviceAccountName':
      return spec.serviceAccountName ?? '';
    case 'status.hostIP':
      return facts.hostIps[0] ?? '';
    case 'status.hostIPs':
      return facts.hostIps.join(',');
    case 'status.podIP':
      return facts.podIps[0] ?? '';
    case 'status.podIPs':
      return facts.podIps.join(',');
    default:
      throw new PodConfigError(`unsupported fieldPath: ${fieldPath}`);
  }
}

/** A line per entry, sorted: `key="value"`. */
const mapText = (map: Readonly<Record<string, string>> | undefined): string =>
  Object.entries(sortedByKey(map) ?? {})
    .map(([key, value]) => `${key}=${quote(value)}`)
    .join('\n');

/** A container's request or limit in whole multiples of the divisor, rounded up. */
export function resourceValue(
  { resource, divisor, containerName }: ResourceFieldSelector,
  container: Container | undefined,
  { pod, allocatable }: DownwardFacts,
): string {
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  const target = containerName ? all.find(({ name }) => name === containerName) : container;
  if (!target) throw new PodConfigError(`container ${containerName} not found`);
  const [which, name = ''] = splitOnce(resource);
  if (which !== 'limits' && which !== 'requests') {
    throw new PodConfigError(`unsupported container resource : ${resource}`);
  }
  const said = target.resources?.[which]?.[name];
  const text = said ?? (which === 'limits' ? allocatable[name] : undefined);
  const amount = text === undefined ? Quantity.zero : parseQuantity(text);
  const unit = parseQuantity(divisor ?? '1');
  return String(Math.ceil(amount.milliValue / (unit.isZero ? 1000 : unit.milliValue)));
}

function splitOnce(text: string): [string, string?] {
  const dot = text.indexOf('.');
  return dot < 0 ? [text] : [text.slice(0, dot), text.slice(dot + 1)];
}

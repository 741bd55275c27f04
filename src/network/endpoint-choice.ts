import type { ServicePort } from '../api/generated/core/v1/types.ts';
import type { Endpoint, EndpointSlice } from '../api/generated/discovery/v1/types.ts';
import { addressIn } from './table-part.ts';

/** Where this node is, for choosing endpoints near to it. */
export interface NodePlace {
  readonly name: string;
  /** The label `topology.kubernetes.io/zone`. */
  readonly zone?: string | undefined;
}

export interface Target {
  readonly address: string;
  readonly port: number;
}

/** Where traffic to a service port goes, as seen from one node. */
export interface Targets {
  /** From anywhere in the cluster. */
  readonly cluster: readonly Target[];
  /** On this node only: for traffic policy `Local`. */
  readonly local: readonly Target[];
  /** Whether any node has an endpoint: tells "nobody serves this" from "nobody does so here". */
  readonly anywhere: boolean;
}

interface Candidate extends Target {
  readonly endpoint: Endpoint;
}

/**
 * Chooses the endpoints of a service port. Those that are ready; where there are none, those that
 * still serve while they terminate (KEP-1669). For the cluster's traffic, of the ready ones those
 * that are meant for this node or zone, if all say for whom they are (KEP-2433, KEP-3015).
 * The order is that of addresses, so that equal endpoints give equal rules.
 */
export function chooseTargets(
  slices: readonly EndpointSlice[],
  port: ServicePort,
  addressType: 'IPv4' | 'IPv6',
  node: NodePlace,
): Targets {
  const candidates = slices
    .filter((slice) => slice.addressType === addressType)
    .flatMap((slice) => candidatesOf(slice, port));
  const local = candidates.filter(({ endpoint }) => endpoint.nodeName === node.name);
  const usable = inService(candidates);
  return {
    cluster: distinct(usable.some(isReady) ? nearest(usable, node) : usable),
    local: distinct(inService(local)),
    anywhere: usable.length > 0,
  };
}

function candidatesOf(slice: EndpointSlice, port: ServicePort): Candidate[] {
  const match = slice.ports?.find(
    ({ name = '', protocol = 'TCP' }) =>
      name === (port.name ?? '') && protocol === (port.protocol ?? 'TCP'),
  );
  if (match?.port === undefined) return [];
  const number = match.port;
  return (slice.endpoints ?? []).flatMap((endpoint) => {
    // The others mean the same endpoint, and are deprecated.
    const address = addressIn(endpoint.addresses[0]);
    return address === undefined ? [] : [{ address, port: number, endpoint }];
  });
}

// Unknown counts as ready: whoever writes slices by hand needn't know about conditions.
const isReady = ({ endpoint }: Candidate): boolean => endpoint.conditions?.ready !== false;

const stillServes = ({ endpoint: { conditions } }: Candidate): boolean =>
  conditions?.terminating === true && conditions.serving !== false;

function inService(candidates: readonly Candidate[]): Candidate[] {
  const ready = candidates.filter(isReady);
  return ready.length > 0 ? ready : candidates.filter(stillServes);
}

function nearest(ready: readonly Candidate[], { name, zone }: NodePlace): readonly Candidate[] {
  for (const isForUs of [
    ({ hints }: Endpoint) => hints?.forNodes?.some((hint) => hint.name === name),
    ({ hints }: Endpoint) => hints?.forZones?.some((hint) => hint.name === zone),
  ]) {
    const ours = ready.filter(({ endpoint }) => isForUs(endpoint));
    if (ours.length > 0 && ready.every(({ endpoint }) => endpoint.hints)) return ours;
  }
  return ready;
}

function distinct(candidates: readonly Candidate[]): Target[] {
  const targets = new Map<string, Target>();
  for (const { address, port } of candidates) targets.set(`${address} ${port}`, { address, port });
  return [...targets].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, target]) => target);
}

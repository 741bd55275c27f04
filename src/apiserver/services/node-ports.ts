import {
  hasNodePorts,
  needsHealthCheckPort,
  needsNodePorts,
} from '../../api/core-v1/service/traits.ts';
import type { Service, ServicePort, ServiceSpec } from '../../api/generated/core/v1/types.ts';
import { type FieldError, invalid } from '../../machinery/field-error.ts';
import { FieldPath } from '../../machinery/field-path.ts';
import type { Draft } from '../../machinery/object.ts';
import { StatusError } from '../../machinery/status.ts';
import type { HookContext } from '../registry/hooks.ts';
import { findFreeIndex } from './address-range.ts';
import { claimPort, isPortFree, type Owner, releasePort } from './claims.ts';

/** The ports of nodes that services are given. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Whom ports are given to, of which range, and how to say no. */
export interface PortClaim {
  readonly owner: Owner;
  readonly range: PortRange;
  readonly refuse: (errors: readonly FieldError[]) => void;
}

type Spec = Draft<ServiceSpec>;

const path = FieldPath.root.at('spec');
const portPath = (i: number): FieldPath => path.at('ports').index(i).at('nodePort');

/** The ports on nodes that a service holds, that for health checks among them. */
export function portsOf({ spec }: Service): Set<number> {
  const ports = nodePortsIn(spec);
  return spec.healthCheckNodePort ? ports.add(spec.healthCheckNodePort) : ports;
}

const nodePortsIn = ({ ports }: Pick<ServiceSpec, 'ports'>): Set<number> =>
  new Set((ports ?? []).flatMap(({ nodePort }) => nodePort || []));

/** Gives a service its ports on nodes; on an update those that it doesn't have, and takes others back. */
export function allotPorts(
  context: HookContext,
  spec: Spec,
  previous: ServiceSpec | undefined,
  claim: PortClaim,
): void {
  if (hasNodePorts(spec as ServiceSpec)) {
    if (previous) changePorts(context, spec, nodePortsIn(previous), claim);
    else givePorts(context, spec, claim);
  }
  const isChecked = needsHealthCheckPort(spec as ServiceSpec);
  const wasChecked = previous !== undefined && needsHealthCheckPort(previous);
  if (isChecked && !wasChecked) giveHealthCheckPort(context, spec, claim);
  if (previous === undefined) return;
  const kept = hasNodePorts(spec as ServiceSpec) ? nodePortsIn(spec as ServiceSpec) : new Set();
  for (const port of nodePortsIn(previous)) if (!kept.has(port)) releasePort(context, port);
  if (wasChecked && !isChecked) releasePort(context, previous.healthCheckNodePort ?? 0);
}

/** The same port of the service has the same port on nodes, whatever the protocol. */
function givePorts(context: HookContext, spec: Spec, claim: PortClaim): void {
  const ports = spec.ports ?? [];
  const isGiven = needsNodePorts(spec as ServiceSpec);
  const asked = new Map<number, number>();
  for (const { port, nodePort } of ports) {
    if (nodePort && !asked.has(port)) asked.set(port, nodePort);
  }
  const given = new Map<number, number>();
  for (const [i, each] of ports.entries()) {
    // Where none are given out, who asks for a certain one has it all the same.
    if (!isGiven && !each.nodePort) continue;
    const known = given.get(each.port);
    if (known === undefined) {
      each.nodePort = take(context, asked.get(each.port) ?? 0, i, claim);
      given.set(each.port, each.nodePort);
    } else if (!each.nodePort) each.nodePort = known;
    else if (each.nodePort !== known) take(context, each.nodePort, i, claim);
  }
}

function changePorts(
  context: HookContext,
  spec: Spec,
  held: ReadonlySet<number>,
  claim: PortClaim,
): void {
  const isGiven = needsNodePorts(spec as ServiceSpec);
  const taken = new Set(held);
  const seen = new Set<string>();
  for (const [i, port] of (spec.ports ?? []).entries()) {
    if (!isGiven && !port.nodePort) continue;
    if (!port.nodePort || !taken.has(port.nodePort)) {
      port.nodePort = take(context, port.nodePort ?? 0, i, claim);
    }
    taken.add(port.nodePort);
    const shown = `{${(port as ServicePort).protocol} ${port.nodePort}}`;
    // Nobody made an answer of it in Kubernetes, so it is an error of the server's.
    if (seen.has(shown)) throw new StatusError('', `duplicate nodePort: ${shown}`);
    seen.add(shown);
  }
}

function giveHealthCheckPort(context: HookContext, spec: Spec, { owner, range }: PortClaim): void {
  const asked = spec.healthCheckNodePort ?? 0;
  const why = asked ? problemOf(context, range, asked) : undefined;
  if (why !== undefined) {
    throw internalError(`failed to allocate requested HealthCheck NodePort ${asked}: ${why}`);
  }
  const port = asked || freePort(context, range);
  claimPort(context, port, owner);
  spec.healthCheckNodePort = port;
}

/** Takes a port: the one asked for, or any. */
function take(
  context: HookContext,
  asked: number,
  i: number,
  { owner, range, refuse }: PortClaim,
): number {
  const why = asked ? problemOf(context, range, asked) : undefined;
  if (why !== undefined) refuse([invalid(portPath(i), asked, why)]);
  const port = asked || freePort(context, range);
  claimPort(context, port, owner);
  return port;
}

/** Why a port can't be had that a client asks for. */
function problemOf(context: HookContext, { first, last }: PortRange, port: number) {
  if (port < first || port > last) {
    return `provided port is not in the valid range. The range of valid ports is ${first}-${last}`;
  }
  return isPortFree(context, port) ? undefined : 'provided port is already allocated';
}

function freePort(context: HookContext, { first, last }: PortRange): number {
  const isFree = (index: number) => isPortFree(context, first + index);
  const index = findFreeIndex(context.parts.random, last - first + 1, isFree);
  if (index === undefined) throw internalError('failed to allocate a nodePort: range is full');
  return first + index;
}

/** What can't be given to anybody isn't the client's fault. */
export const internalError = (message: string): StatusError =>
  new StatusError('InternalError', `Internal error occurred: ${message}`, {
    causes: [{ message }],
  });

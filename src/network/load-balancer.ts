import { PORTS_ERROR } from '../api/core-v1/service/balancer-trouble.ts';
import { services as serviceResource } from '../api/generated/core/v1/resources.ts';
import type {
  LoadBalancerIngress,
  Node,
  Pod,
  Service,
  ServicePort,
} from '../api/generated/core/v1/types.ts';
import { type Clock, toTime } from '../base/clock.ts';
import type { Client } from '../client/client.ts';
import { type Controller, type Source, source, type Wait, wrote } from '../client/controller.ts';
import type { EventRecorder } from '../client/event-recorder.ts';
import type { Informer } from '../client/informer.ts';
import { keyOf, type ObjectKey } from '../machinery/object.ts';
import type { ClaimedPort, PortClaims } from '../runtime/port-claims.ts';
import { hostPortsOf } from './host-ports.ts';
import { clusterIpsOf } from './service-facts.ts';
import { familyOf } from './table-part.ts';

/** A port of the nodes' own addresses that somebody has, and who. */
export interface TakenPort {
  readonly protocol: string;
  readonly port: number;
  /** As a message names it: `service default/web`. */
  readonly by: string;
}

export interface ObservedBalancer {
  readonly service: Service;
  /** Other services of type LoadBalancer that are ours. */
  readonly rivals: readonly Service[];
  /** Addresses at which the nodes can be reached from outside. */
  readonly addresses: readonly string[];
  /** Ports that others than these services have. */
  readonly taken: readonly TakenPort[];
  /** What the service needs of this machine, where the controller can keep it from programs. */
  readonly claim?: Claim;
}

interface Claim {
  readonly ports: readonly ClaimedPort[];
  /** Those of them that a program has; undefined when they weren't asked for yet. */
  readonly missing: readonly ClaimedPort[] | undefined;
}

export type BalancerAction =
  | {
      readonly type: 'setStatus';
      readonly service: Service;
      readonly ingress: readonly LoadBalancerIngress[];
      /** Why it has no address. */
      readonly trouble?: string | undefined;
    }
  | { readonly type: 'refuse'; readonly service: Service; readonly message: string }
  | {
      readonly type: 'claim';
      readonly service: Service;
      readonly ports: readonly ClaimedPort[];
    };

const RETRY_MS = 30_000; // Programs on the machine come and go without telling us.
const EXCLUDED = 'node.kubernetes.io/exclude-from-external-load-balancers';

/** Whether a service wants a load balancer, and no particular other one than ours. */
const isBalanced = ({ spec, metadata }: Service): boolean =>
  spec.type === 'LoadBalancer' &&
  spec.loadBalancerClass === undefined &&
  metadata.deletionTimestamp === undefined;

/**
 * Gives a service the addresses of the nodes as its load balancer's, unless one of its ports there
 * is another's: of services, the one that came first has it. Pure.
 */
export function reconcileBalancer(observed: ObservedBalancer): (BalancerAction | Wait)[] {
  const { service, addresses, claim } = observed;
  if (!isBalanced(service)) {
    const isElsewhere = service.spec.type === 'LoadBalancer'; // Then another controller's.
    return isElsewhere ? [] : setStatus(service, []);
  }
  const clashes = (service.spec.ports ?? []).flatMap((port) => clashOf(port, observed) ?? []);
  if (clashes.length > 0) return refuse(service, clashes);
  if (claim) {
    const ask = { type: 'claim', service, ports: claim.ports } as const;
    if (claim.missing === undefined) return [ask];
    const missing = claim.missing.map((port) => takenBy(port, 'a program of this machine'));
    if (missing.length > 0) return [...refuse(service, missing), ask];
  }
  const ports = portsOf(service);
  const ingress = usableBy(service, addresses).map((ip) => ({ ip, ipMode: 'VIP', ports }));
  return setStatus(service, ingress);
}

function refuse(service: Service, reasons: readonly string[]): (BalancerAction | Wait)[] {
  const trouble = [...new Set(reasons)].join('; ');
  return [
    ...setStatus(service, [], trouble),
    { type: 'refuse', service, message: `Error syncing load balancer: ${trouble}` },
    { type: 'wait', forMs: RETRY_MS },
  ];
}

const takenBy = ({ protocol, port }: Omit<TakenPort, 'by'>, holder: string): string =>
  `port ${port}/${protocol} of the nodes is taken by ${holder}: choose another port, or free that one`;

const portsOf = ({ spec }: Service) =>
  (spec.ports ?? []).map(({ port, protocol = 'TCP' }) => ({ port, protocol }));

/** The addresses of families that the service has. */
function usableBy(service: Service, addresses: readonly string[]): readonly string[] {
  const families = new Set(clusterIpsOf(service).map(familyOf));
  return addresses.filter((address) => families.has(familyOf(address)));
}

/** All that a service takes of the nodes. */
const portsToClaim = (service: Service, addresses: readonly string[]): ClaimedPort[] =>
  usableBy(service, addresses).flatMap((address) =>
    portsOf(service).map((port) => ({ ...port, address })),
  );

function setStatus(
  service: Service,
  ingress: readonly LoadBalancerIngress[],
  trouble?: string,
): BalancerAction[] {
  const text = (list: readonly LoadBalancerIngress[]) =>
    JSON.stringify(
      list.map(({ ip, hostname, ipMode = 'VIP', ports = [] }) => [ip, hostname, ipMode, ports]),
    );
  const { loadBalancer, conditions = [] } = service.status;
  const isSo =
    text(loadBalancer?.ingress ?? []) === text(ingress) &&
    conditions.find(({ type }) => type === PORTS_ERROR)?.message === trouble;
  return isSo ? [] : [{ type: 'setStatus', service, ingress, trouble }];
}

/** Who keeps a port from a service, in words. What a service has once been given it keeps. */
function clashOf(
  { port, protocol = 'TCP' }: ServicePort,
  { service, rivals, taken }: ObservedBalancer,
): string | undefined {
  const isSame = (other: { port: number; protocol?: string }) =>
    other.port === port && (other.protocol ?? 'TCP') === protocol;
  const hasPort = ({ status }: Service) =>
    (status.loadBalancer?.ingress ?? []).some(({ ports }) => ports?.some(isSame));
  const rank = (one: Service) =>
    `${hasPort(one) ? 0 : 1} ${one.metadata.creationTimestamp} ${keyOf(one)}`;
  const rival = rivals.find(
    (other) => other.spec.ports?.some(isSame) && rank(other) < rank(service),
  );
  const other = hasPort(service) ? undefined : taken.find(isSame)?.by;
  const holder = rival ? `service ${keyOf(rival)}` : other;
  return holder === undefined ? undefined : takenBy({ port, protocol }, holder);
}

export interface BalancerTools {
  readonly clock: Clock;
  readonly client: Client;
  readonly recorder: EventRecorder;
  readonly services: Informer<Service>;
  readonly nodes: Informer<Node>;
  readonly pods: Informer<Pod>;
  /** Of a node's machine that the controller runs on: keeps ports from other programs there. */
  readonly claims?: PortClaims;
}

/**
 * The load balancer of clusters that have none: the nodes themselves answer, at the service's own
 * port, through the rules of the service proxy.
 */
export function createBalancerController(
  tools: BalancerTools,
): Controller<ObservedBalancer, BalancerAction> {
  const { clock, client, recorder, services, nodes, pods, claims } = tools;
  /** What was said last of services that don't get their port. */
  const refused = new Map<ObjectKey, string>();
  const balanced = () => [...services.lister.list()].filter(isBalanced);
  const allKeys = () => balanced().map(keyOf);
  const lookAgain = new Set<(key: ObjectKey) => void>();
  const claimed: Source = {
    synced: Promise.resolve(),
    subscribe(add) {
      lookAgain.add(add);
      return () => lookAgain.delete(add);
    },
  };

  return {
    name: 'load-balancer',
    sources: [
      // One that goes may make room for any other.
      source(services, (service) =>
        service.spec.type === 'LoadBalancer' ? [keyOf(service), ...allKeys()] : [keyOf(service)],
      ),
      source(nodes, allKeys),
      claimed,
    ],
    observe(key) {
      const service = services.lister.get(key);
      if (!service || !isBalanced(service)) claims?.release(key);
      if (!service) {
        refused.delete(key);
        return undefined;
      }
      if (!isBalanced(service)) return { service, rivals: [], addresses: [], taken: [] };
      const addresses = [...nodes.lister.list()].flatMap(addressesOf).sort();
      const ports = portsToClaim(service, addresses);
      return {
        service,
        rivals: balanced().filter((other) => other !== service),
        addresses,
        taken: [
          ...nodePortsIn([...services.lister.list()].filter((other) => other !== service)),
          ...hostPortsIn(pods.lister.list()),
        ],
        ...(claims && { claim: { ports, missing: claims.missing(key, ports) } }),
      };
    },
    reconcile: reconcileBalancer,
    async execute(action) {
      const { metadata } = action.service;
      const key = keyOf(action.service);
      if (action.type === 'claim') {
        const isNews = await claims?.claim(key, action.ports);
        if (isNews) for (const add of lookAgain) add(key);
        return undefined;
      }
      if (action.type === 'refuse') {
        // Said once, not with every look.
        if (refused.get(key) === action.message) return undefined;
        refused.set(key, action.message);
        const { message } = action;
        recorder.record(action.service, {
          type: 'Warning',
          reason: 'SyncLoadBalancerFailed',
          message,
        });
        return undefined;
      }
      if (action.ingress.length > 0) refused.delete(key);
      const { namespace, name, resourceVersion } = metadata;
      const body = { metadata: { resourceVersion }, status: statusOf(action, clock.now()) };
      const patch = { type: 'merge', body } as const;
      const options = { subresource: 'status' };
      return wrote(
        services,
        await client.patch(serviceResource, { namespace, name }, patch, options),
      );
    },
  };
}

/** The status as a merge patch has it. */
function statusOf(
  { service, ingress, trouble }: Extract<BalancerAction, { type: 'setStatus' }>,
  now: number,
) {
  const others = (service.status.conditions ?? []).filter(({ type }) => type !== PORTS_ERROR);
  const condition = {
    type: PORTS_ERROR,
    status: 'True',
    reason: 'PortTaken',
    message: trouble,
    lastTransitionTime: toTime(now),
  };
  const conditions = trouble === undefined ? others : [...others, condition];
  return {
    loadBalancer: { ingress: ingress.length > 0 ? ingress : null },
    conditions: conditions.length > 0 ? conditions : null,
  };
}

/** Where a node that is ready can be reached. */
function addressesOf({ metadata, status }: Node): string[] {
  const isReady = status.conditions?.some(
    ({ type, status }) => type === 'Ready' && status === 'True',
  );
  if (!isReady || metadata.labels?.[EXCLUDED] !== undefined || metadata.deletionTimestamp)
    return [];
  return (status.addresses ?? []).filter(({ type }) => type === 'InternalIP').map((a) => a.address);
}

function nodePortsIn(services: Iterable<Service>): TakenPort[] {
  return [...services].flatMap((service) =>
    (service.spec.ports ?? []).flatMap(({ nodePort, protocol = 'TCP' }) =>
      nodePort
        ? [{ protocol, port: nodePort, by: `service ${keyOf(service)} as a node port` }]
        : [],
    ),
  );
}

function hostPortsIn(pods: Iterable<Pod>): TakenPort[] {
  return [...pods].flatMap((pod) =>
    hostPortsOf(pod).map(({ hostPort, protocol = 'TCP' }) => ({
      protocol,
      port: hostPort,
      by: `pod ${keyOf(pod)} as a host port`,
    })),
  );
}

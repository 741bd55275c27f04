import type {
  Container,
  Pod,
  PodSpec,
  Taint,
  Toleration,
} from '../../api/generated/core/v1/types.ts';
import { PodInfo } from '../../scheduler/pod-info.ts';
import { amount } from '../../scheduler/resources.ts';
import type { ResourceShortage } from '../../scheduler/verdict.ts';
import { quantityUpTo, shownAmount } from './amounts.ts';
import type { Change } from './change.ts';

// What could be changed about the pod itself.

const specChange =
  (change: (spec: PodSpec) => PodSpec): Change['apply'] =>
  (scenario) =>
    scenario.withPod({ ...scenario.pod, spec: change(scenario.pod.spec) });

/** Asks for as little of a resource as a node has left. Undefined when it has none left. */
export function lowerRequest(pod: Pod, shortage: ResourceShortage): Change | undefined {
  const { resource, asked, free } = shortage;
  if (resource === 'pods' || free <= 0) return undefined;
  const container = largestAsker(pod, resource);
  if (!container) return undefined;
  const own = amountOfContainer(pod, container, resource);
  const left = free - (asked - own);
  const quantity = left > 0 ? quantityUpTo(resource, left) : '0';
  if (quantity === '0') return undefined;
  return {
    key: `lower ${resource} ${quantity} ${container.name}`,
    text: `let container ${container.name} request ${quantity} of ${resource} instead of ${shownAmount(resource, own)}`,
    commands: [],
    weight: 2 + (own - left) / own / 2, // The less is taken away, the better.
    apply: specChange((spec) => ({
      ...spec,
      containers: spec.containers.map((each) =>
        each.name === container.name ? withRequest(each, resource, quantity) : each,
      ),
    })),
  };
}

function largestAsker(pod: Pod, resource: string): Container | undefined {
  const sized = pod.spec.containers.map((container) => ({
    container,
    size: amountOfContainer(pod, container, resource),
  }));
  sized.sort((a, b) => b.size - a.size);
  return sized[0] && sized[0].size > 0 ? sized[0].container : undefined;
}

/** What the pod would ask for with this container alone. */
function amountOfContainer(pod: Pod, container: Container, resource: string): number {
  const { initContainers: _, overhead: __, resources: ___, ...spec } = pod.spec;
  const alone = new PodInfo({ ...pod, spec: { ...spec, containers: [container] } });
  return amount(alone.requests, resource);
}

function withRequest(container: Container, resource: string, quantity: string): Container {
  const { resources } = container;
  const requests = { ...resources?.requests, [resource]: quantity };
  return { ...container, resources: { ...resources, requests } };
}

/** Bears a taint. */
export function tolerate(taint: Taint): Change {
  const { key, value = '', effect } = taint;
  const title = value ? `${key}=${value}:${effect}` : `${key}:${effect}`;
  const toleration: Toleration = value
    ? { key, operator: 'Equal', value, effect }
    : { key, operator: 'Exists', effect };
  return {
    key: `tolerate ${title}`,
    text: `add a toleration for the taint ${title}`,
    commands: [],
    weight: 2.6,
    apply: specChange((spec) => ({
      ...spec,
      tolerations: [...(spec.tolerations ?? []), toleration],
    })),
  };
}

/** Gives up each of the pod's wishes about nodes and neighbours, one at a time. */
export function giveUpWishes(pod: Pod): Change[] {
  return [...selectors(pod), ...nodeAffinity(pod), ...podAffinities(pod), ...spread(pod)];
}

const wish = (key: string, text: string, change: (spec: PodSpec) => PodSpec): Change => ({
  key,
  text,
  commands: [],
  weight: 4,
  apply: specChange(change),
});

const selectors = ({ spec }: Pod): Change[] =>
  Object.entries(spec.nodeSelector ?? {}).map(([key, value]) =>
    wish(`selector ${key}`, `drop "${key}: ${value}" from its node selector`, (spec) => {
      const { [key]: _, ...nodeSelector } = spec.nodeSelector ?? {};
      return { ...spec, nodeSelector };
    }),
  );

function nodeAffinity({ spec }: Pod): Change[] {
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (!required) return [];
  const text = 'prefer nodes by its node affinity instead of requiring them';
  return [
    wish('node affinity', text, (spec) => {
      const { requiredDuringSchedulingIgnoredDuringExecution: _, ...nodeAffinity } =
        spec.affinity?.nodeAffinity ?? {};
      return { ...spec, affinity: { ...spec.affinity, nodeAffinity } };
    }),
  ];
}

function podAffinities({ spec }: Pod): Change[] {
  return (['podAffinity', 'podAntiAffinity'] as const).flatMap((kind) => {
    const terms = spec.affinity?.[kind]?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    const title = kind === 'podAffinity' ? 'affinity' : 'anti-affinity';
    return terms.map((term, index) =>
      wish(
        `${kind} ${index} ${JSON.stringify(term)}`,
        `drop its pod ${title} by ${term.topologyKey}, or only prefer it`,
        (spec) => {
          const own = spec.affinity?.[kind];
          const left = (own?.requiredDuringSchedulingIgnoredDuringExecution ?? []).filter(
            (each) => each !== term,
          );
          const changed = { ...own, requiredDuringSchedulingIgnoredDuringExecution: left };
          return { ...spec, affinity: { ...spec.affinity, [kind]: changed } };
        },
      ),
    );
  });
}

const spread = ({ spec }: Pod): Change[] =>
  (spec.topologySpreadConstraints ?? [])
    .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule')
    .map((constraint) =>
      wish(
        `spread ${JSON.stringify(constraint)}`,
        `let its spread by ${constraint.topologyKey} be a preference (whenUnsatisfiable: ScheduleAnyway)`,
        (spec) => ({
          ...spec,
          topologySpreadConstraints: (spec.topologySpreadConstraints ?? []).map((each) =>
            each === constraint ? { ...each, whenUnsatisfiable: 'ScheduleAnyway' } : each,
          ),
        }),
      ),
    );

/** Takes a port of the node no longer. */
export function dropHostPort(port: number, protocol: string): Change {
  const keep = (container: Container): Container => {
    const { ports } = container;
    if (!ports) return container;
    const left = ports.filter(
      (each) => each.hostPort !== port || (each.protocol ?? 'TCP') !== protocol,
    );
    return { ...container, ports: left };
  };
  return wish(`host port ${port}/${protocol}`, `take no port ${port} of the node`, (spec) => ({
    ...spec,
    containers: spec.containers.map(keep),
  }));
}

import { balancerTroubleOf } from '../api/core-v1/service/balancer-trouble.ts';
import { pods } from '../api/generated/core/v1/resources.ts';
import type { Pod, Service, ServicePort } from '../api/generated/core/v1/types.ts';
import type { Labels } from '../machinery/selector/label-selector.ts';
import type { ClusterReader } from './cluster-reader.ts';
import { type Advice, type Evidence, type Explanation, explained, untried } from './explanation.ts';
import { explainNobodySelected } from './nobody-selected.ts';
import { explainPod } from './pod/pod.ts';

const PODS_EXPLAINED = 2;

/** Why a service gets no answers, if it gets none. */
export async function explainService(
  service: Service,
  reader: ClusterReader,
  { now }: { readonly now: number },
): Promise<Explanation> {
  const { selector, type, ports = [] } = service.spec;
  const say = (parts: Parameters<typeof explained>[1]) => explained(service, parts);
  if (type === 'ExternalName') {
    return say({ state: 'well', summary: `it is another name for ${service.spec.externalName}` });
  }
  if (!selector || Object.keys(selector).length === 0) {
    return say({
      state: 'waiting',
      summary: 'it has no selector: somebody else has to make its EndpointSlices',
    });
  }
  const all = await reader.list(pods, service.metadata.namespace);
  const selected = all.filter(({ metadata }) => matches(selector, metadata.labels));
  if (selected.length === 0) return say(explainNobodySelected(service, all));
  const ready = selected.filter(isServing);
  const wrong = portFaults(ports, selected);
  if (wrong.length > 0) {
    return say({
      state: 'wrong',
      summary: `it sends to a port that ${selected.length === 1 ? 'its pod does' : 'its pods do'}n't have`,
      evidence: wrong.map(({ evidence }) => evidence),
      advice: wrong.map(({ advice }) => advice),
    });
  }
  const trouble = balancerTroubleOf(service);
  if (trouble !== undefined) {
    return say({ state: 'wrong', summary: `it has no address outside the cluster: ${trouble}` });
  }
  if (ready.length > 0) {
    const summary =
      selected.length === 1
        ? 'its only pod serves it'
        : `${ready.length} of its ${selected.length} pods ${ready.length === 1 ? 'serves' : 'serve'} it`;
    const state = ready.length === selected.length ? 'well' : 'waiting';
    return say({ state, summary, evidence: undeclaredPorts(ports, selected) });
  }
  const causes = await Promise.all(
    selected.slice(0, PODS_EXPLAINED).map((pod) => explainPod(pod, reader, { now })),
  );
  const isOne = selected.length === 1;
  const summary = isOne
    ? "its only pod isn't ready"
    : `none of its ${selected.length} pods is ready`;
  return say({ state: 'wrong', summary, causes });
}

const matches = (selector: Labels, labels: Labels = {}): boolean =>
  Object.entries(selector).every(([key, value]) => labels[key] === value);

const isServing = ({ status, metadata }: Pod): boolean =>
  metadata.deletionTimestamp === undefined &&
  (status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false);

/** Ports by a name that no container has: nothing is sent there at all. */
function portFaults(
  ports: readonly ServicePort[],
  selected: readonly Pod[],
): { evidence: Evidence; advice: Advice }[] {
  const named = new Set(
    selected.flatMap(({ spec }) =>
      spec.containers.flatMap(({ ports = [] }) => ports.flatMap(({ name }) => name ?? [])),
    ),
  );
  return ports.flatMap(({ port, targetPort }) => {
    if (typeof targetPort !== 'string' || named.has(targetPort)) return [];
    const known = [...named].join(', ') || 'no named port';
    const evidence = {
      subject: `port ${port}`,
      text: `goes to the port named "${targetPort}"; its pods have ${known}`,
    };
    const text = `name a port of the pods "${targetPort}", or set targetPort of ${port} to a number`;
    return [{ evidence, advice: untried(text) }];
  });
}

/** Ports that no container declares. None must, so this is no fault by itself. */
function undeclaredPorts(ports: readonly ServicePort[], selected: readonly Pod[]): Evidence[] {
  const declared = new Set(
    selected.flatMap(({ spec }) =>
      spec.containers.flatMap(({ ports = [] }) => ports.map(({ containerPort }) => containerPort)),
    ),
  );
  if (declared.size === 0) return [];
  return ports
    .filter(({ targetPort }) => typeof targetPort === 'number' && !declared.has(targetPort))
    .map(({ port, targetPort }) => ({
      subject: `port ${port}`,
      text: `its pods declare ${[...declared].join(', ')}, not ${targetPort}`,
    }));
}

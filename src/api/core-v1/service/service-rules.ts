import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
  required,
} from '../../../machinery/field-error.ts';
import type { FieldPath } from '../../../machinery/field-path.ts';
import { validateLegacyCidr, validateLegacyIp } from '../../../machinery/validation/addresses.ts';
import { invalidFor, validateLabels } from '../../../machinery/validation/labels.ts';
import { checkPortNumber, validatePortNumberOrName } from '../../../machinery/validation/values.ts';
import {
  validateChoice,
  validateDnsLabel,
  validateDnsSubdomain,
  validateEach,
  validateOptionalChoice,
  validateQualifiedName,
} from '../../checks.ts';
import type { Service, ServicePort, ServiceSpec } from '../../generated/core/v1/types.ts';
import { validateOrdinaryIp } from '../ip-rules.ts';
import { validateClusterIps } from './address-rules.ts';
import { portStruct } from './prepare.ts';
import {
  isExternallyReachable,
  isHeadless,
  needsClusterIp,
  needsHealthCheckPort,
} from './traits.ts';

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const ONLY_BALANCED = "may only be used when `type` is 'LoadBalancer'";

/** Everything wrong with a service. */
export function validateService(service: Service, root: FieldPath): FieldError[] {
  const { spec } = service;
  const path = root.at('spec');
  const ports = spec.ports ?? [];
  const errors = validateTopologyMode(service, root);
  if (ports.length === 0 && !isHeadless(spec) && spec.type !== 'ExternalName') {
    errors.push(required(path.at('ports')));
  }
  return [
    ...errors,
    ...validateForType(spec, path),
    ...validatePorts(spec, path.at('ports')),
    ...validateLabels(spec.selector, path.at('selector')),
    ...validateAffinity(spec, path),
    ...validateClusterIps(spec, path),
    ...validateEach(spec.externalIPs, path.at('externalIPs'), validateExternalIp),
    ...validateChoice(spec.type, TYPES, path.at('type')),
    ...validatePortsDiffer(spec, path.at('ports')),
    ...validateBalancer(service, root),
    ...validateTraffic(spec, path),
  ];
}

const HINTS = 'service.kubernetes.io/topology-aware-hints';
const MODE = 'service.kubernetes.io/topology-mode';

function validateTopologyMode({ metadata }: Service, path: FieldPath): FieldError[] {
  const [hints, mode] = [metadata.annotations?.[HINTS], metadata.annotations?.[MODE]];
  if (hints === undefined || mode === undefined || hints === mode) return [];
  const detail = `must match annotations[${HINTS}] when both are specified`;
  return [invalid(path.at('metadata', 'annotations').key(MODE), mode, detail)];
}

function validateForType(spec: ServiceSpec, path: FieldPath): FieldError[] {
  if (spec.type === 'LoadBalancer' || spec.type === 'NodePort') {
    if (!isHeadless(spec)) return [];
    const detail = `may not be set to 'None' for ${spec.type} services`;
    return [invalid(path.at('clusterIPs').index(0), 'None', detail)];
  }
  if (spec.type !== 'ExternalName') return [];
  const unfit = [
    ...(spec.clusterIPs?.length ? ['clusterIPs'] : []),
    ...(spec.ipFamilies?.length ? ['ipFamilies'] : []),
    ...(spec.ipFamilyPolicy === undefined ? [] : ['ipFamilyPolicy']),
  ];
  const errors = unfit.map((field) =>
    forbiddenField(path.at(field), 'may not be set for ExternalName services'),
  );
  const name = spec.externalName?.replace(/\.$/, '');
  const at = path.at('externalName');
  return [...errors, ...(name ? validateDnsSubdomain(name, at) : [required(at)])];
}

function validatePorts({ ports = [] }: ServiceSpec, path: FieldPath): FieldError[] {
  const names = new Set<string>();
  return validateEach(ports, path, (port, at) => {
    const { name, port: number = 0, protocol, targetPort, appProtocol } = port;
    const errors: FieldError[] = [];
    if (name) {
      errors.push(...validateDnsLabel(name, at.at('name')));
      if (names.has(name)) errors.push(duplicate(at.at('name'), name));
      names.add(name);
    } else if (ports.length > 1) errors.push(required(at.at('name')));
    errors.push(...invalidFor(checkPortNumber(number), number, at.at('port')));
    errors.push(...validateChoice(protocol, ['SCTP', 'TCP', 'UDP'], at.at('protocol')));
    errors.push(...validatePortNumberOrName(targetPort ?? 0, at.at('targetPort')));
    if (appProtocol === undefined) return errors;
    return [...errors, ...validateQualifiedName(appProtocol, at.at('appProtocol'))];
  });
}

const AFFINITY_MAX_SECONDS = 24 * 60 * 60;

function validateAffinity(spec: ServiceSpec, path: FieldPath): FieldError[] {
  const { sessionAffinity, sessionAffinityConfig: config } = spec;
  const errors = validateChoice(sessionAffinity, ['ClientIP', 'None'], path.at('sessionAffinity'));
  const at = path.at('sessionAffinityConfig');
  if (sessionAffinity === 'None' && config) {
    errors.push(forbiddenField(at, 'must not be set when session affinity is None'));
  }
  if (sessionAffinity !== 'ClientIP') return errors;
  const detail = 'when session affinity type is ClientIP';
  if (!config) return [...errors, required(at, detail)];
  if (!config.clientIP) return [...errors, required(at.at('clientIP'), detail)];
  const { timeoutSeconds } = config.clientIP;
  const timeoutPath = at.at('clientIP', 'timeoutSeconds');
  if (timeoutSeconds === undefined) return [...errors, required(timeoutPath, detail)];
  if (timeoutSeconds > 0 && timeoutSeconds <= AFFINITY_MAX_SECONDS) return errors;
  const range = `must be greater than 0 and less than ${AFFINITY_MAX_SECONDS}`;
  return [...errors, invalid(timeoutPath, timeoutSeconds, range)];
}

function validateExternalIp(ip: string, path: FieldPath): FieldError[] {
  const errors = validateLegacyIp(ip, path);
  return errors.length > 0 ? errors : validateOrdinaryIp(ip, path);
}

/** No two ports take the same port of the address, or of the nodes, with the same protocol. */
function validatePortsDiffer({ type, ports = [] }: ServiceSpec, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  ports.forEach(({ nodePort }, i) => {
    if (type !== 'ClusterIP' || !nodePort) return;
    const detail = "may not be used when `type` is 'ClusterIP'";
    errors.push(forbiddenField(path.index(i).at('nodePort'), detail));
  });
  for (const i of repeated(
    ports,
    ({ protocol, nodePort }) => nodePort && `${protocol} ${nodePort}`,
  )) {
    errors.push(duplicate(path.index(i).at('nodePort'), ports[i]!.nodePort));
  }
  for (const i of repeated(ports, ({ protocol, port }) => `${protocol} ${port}`)) {
    const { protocol, port } = ports[i]!;
    errors.push(duplicate(path.index(i), portStruct({ protocol, port })));
  }
  return errors;
}

/** The places of ports that have a key which one before them has. */
function repeated(
  ports: readonly ServicePort[],
  keyOf: (port: ServicePort) => string | 0 | undefined,
): number[] {
  const seen = new Set<string>();
  return ports.flatMap((port, i) => {
    const key = keyOf(port);
    if (!key) return [];
    if (seen.has(key)) return [i];
    seen.add(key);
    return [];
  });
}

const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';

/** What only a load balancer understands. */
function validateBalancer({ metadata, spec }: Service, root: FieldPath): FieldError[] {
  const isBalanced = spec.type === 'LoadBalancer';
  const path = root.at('spec');
  const errors = validateSourceRanges({ metadata, spec }, root);
  const allocate = spec.allocateLoadBalancerNodePorts;
  if (allocate !== undefined && !isBalanced) {
    errors.push(forbiddenField(path.at('allocateLoadBalancerNodePorts'), ONLY_BALANCED));
  }
  if (allocate === undefined && isBalanced) {
    errors.push(required(root.at('allocateLoadBalancerNodePorts')));
  }
  const at = path.at('loadBalancerClass');
  if (spec.loadBalancerClass === undefined) return errors;
  if (!isBalanced) return [...errors, forbiddenField(at, ONLY_BALANCED)];
  return [...errors, ...validateQualifiedName(spec.loadBalancerClass, at)];
}

function validateSourceRanges(
  { metadata, spec }: Pick<Service, 'metadata' | 'spec'>,
  root: FieldPath,
): FieldError[] {
  const ranges = spec.loadBalancerSourceRanges ?? [];
  const annotation = metadata.annotations?.[SOURCE_RANGES];
  if (ranges.length === 0 && annotation === undefined) return [];
  const at = ranges.length
    ? root.at('spec', 'LoadBalancerSourceRanges')
    : root.at('metadata', 'annotations').key(SOURCE_RANGES);
  const errors = spec.type === 'LoadBalancer' ? [] : [forbiddenField(at, ONLY_BALANCED)];
  if (ranges.length > 0) {
    return [
      ...errors,
      ...validateEach(ranges, at, (range, i) => validateLegacyCidr(range.trim(), i)),
    ];
  }
  const texts = annotation!.trim() ? annotation!.split(',') : [];
  return [...errors, ...texts.flatMap((text) => validateLegacyCidr(text.trim(), at))];
}

const DISTRIBUTIONS = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];

/** Which of the service's pods traffic may go to. */
function validateTraffic(spec: ServiceSpec, path: FieldPath): FieldError[] {
  const { externalTrafficPolicy: external, internalTrafficPolicy: internal } = spec;
  const errors: FieldError[] = [];
  const at = path.at('externalTrafficPolicy');
  if (isExternallyReachable(spec)) {
    errors.push(...validateChoice(external, ['Cluster', 'Local'], at));
  } else if (external) {
    errors.push(invalid(at, external, 'may only be set for externally-accessible services'));
  }
  errors.push(...validateHealthCheckPort(spec, path.at('healthCheckNodePort')));
  const internalPath = path.at('internalTrafficPolicy');
  if (internal === undefined && needsClusterIp(spec)) errors.push(required(internalPath));
  errors.push(...validateOptionalChoice(internal, ['Cluster', 'Local'], internalPath));
  const distribution = spec.trafficDistribution;
  if (distribution !== undefined && !DISTRIBUTIONS.includes(distribution)) {
    errors.push(notSupported(path.at('trafficDistribution'), distribution, DISTRIBUTIONS));
  }
  return errors;
}

function validateHealthCheckPort(spec: ServiceSpec, path: FieldPath): FieldError[] {
  const port = spec.healthCheckNodePort ?? 0;
  if (needsHealthCheckPort(spec)) {
    return port === 0 ? [required(path)] : invalidFor(checkPortNumber(port), port, path);
  }
  if (port === 0) return [];
  const detail =
    "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
  return [invalid(path, port, detail)];
}

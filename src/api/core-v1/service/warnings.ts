import { FieldPath } from '../../../machinery/field-path.ts';
import { quote } from '../../../machinery/quote.ts';
import { cidrWarnings, ipWarnings } from '../../../machinery/validation/addresses.ts';
import type { Service } from '../../generated/core/v1/types.ts';
import { hasClusterIps, isHeadless } from './traits.ts';

const HINTS = 'service.kubernetes.io/topology-aware-hints';
const MODE = 'service.kubernetes.io/topology-mode';
const EXTERNAL = 'ExternalName';

/** What is accepted in a service and shouldn't be done. */
export function serviceWarnings(service: Service): string[] {
  const { metadata, spec } = service;
  const { externalIPs: externalIps = [], trafficDistribution } = spec;
  const path = FieldPath.root.at('spec');
  const warnings: string[] = [];
  if (metadata.annotations?.[HINTS] !== undefined) {
    warnings.push(`annotation ${HINTS} is deprecated, please use ${MODE} instead`);
  }
  if (hasClusterIps(service)) {
    const at = path.at('clusterIPs');
    warnings.push(...(spec.clusterIPs ?? []).flatMap((ip, i) => ipWarnings(ip, at.index(i))));
  }
  if (isHeadless(spec)) warnings.push(...headlessWarnings(service));
  warnings.push(...externalIps.flatMap((ip, i) => ipWarnings(ip, path.at('externalIPs').index(i))));
  if (externalIps.length > 0 && !isHeadless(spec) && spec.type !== EXTERNAL) {
    const gone = 'is deprecated and may no longer be implemented in some clusters';
    warnings.push(`spec.externalIPs ${gone}`);
  }
  warnings.push(
    ...(spec.loadBalancerIP ? ipWarnings(spec.loadBalancerIP, path.at('loadBalancerIP')) : []),
    ...(spec.loadBalancerSourceRanges ?? []).flatMap((range, i) =>
      cidrWarnings(range, path.at('loadBalancerSourceRanges').index(i)),
    ),
  );
  const ignored = 'is ignored when spec.type is';
  if (spec.type === EXTERNAL && externalIps.length > 0) {
    warnings.push(`spec.externalIPs ${ignored} ${quote(EXTERNAL)}`);
  }
  if (spec.type !== EXTERNAL && spec.externalName) {
    warnings.push(`spec.externalName ${ignored} not ${quote(EXTERNAL)}`);
  }
  if (trafficDistribution === 'PreferClose') {
    const use = `use ${quote('PreferSameZone')}`;
    warnings.push(
      `${path.at('trafficDistribution')}: ${quote('PreferClose')} is deprecated; ${use}`,
    );
  }
  return warnings;
}

/** What is accepted in the places where a load balancer takes traffic in and shouldn't be done. */
export function balancerWarnings({ loadBalancer }: Service['status']): string[] {
  const path = FieldPath.root.at('status', 'loadBalancer', 'ingress');
  return (loadBalancer?.ingress ?? []).flatMap(({ ip }, i) =>
    ip ? ipWarnings(ip, path.index(i)) : [],
  );
}

function headlessWarnings({ spec }: Service): string[] {
  const ignored = [
    ...(spec.loadBalancerIP ? ['loadBalancerIP'] : []),
    ...(spec.externalIPs?.length ? ['externalIPs'] : []),
    ...(spec.sessionAffinity === 'None' ? [] : ['SessionAffinity']),
  ];
  return ignored.map((field) => `spec.${field} is ignored for headless services`);
}

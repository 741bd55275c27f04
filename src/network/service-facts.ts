import type { Service } from '../api/generated/core/v1/types.ts';
import type { EndpointSlice } from '../api/generated/discovery/v1/types.ts';
import type { ObjectKey } from '../machinery/object.ts';
import { addressIn } from './table-part.ts';

/** The cluster IPs of a service in their canonical text; a headless one has none. */
export function clusterIpsOf({ spec }: Service): string[] {
  const given = spec.clusterIPs?.length ? spec.clusterIPs : [spec.clusterIP];
  return given.flatMap((ip) => addressIn(ip) ?? []);
}

/** Whether a service has no cluster IP on purpose: its endpoints are addressed themselves. */
export const isHeadless = ({ spec }: Service): boolean =>
  (spec.clusterIPs?.[0] ?? spec.clusterIP) === 'None';

/** The service that an endpoint slice belongs to, if it does to one. */
export function serviceKeyOf({ metadata }: EndpointSlice): ObjectKey | undefined {
  const service = metadata.labels?.['kubernetes.io/service-name'];
  return service ? `${metadata.namespace}/${service}` : undefined;
}

import { parseIp } from '../../../base/ip.ts';
import {
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
  required,
} from '../../../machinery/field-error.ts';
import type { FieldPath } from '../../../machinery/field-path.ts';
import { validateLegacyIp } from '../../../machinery/validation/addresses.ts';
import { validateDnsSubdomain, validateEach } from '../../checks.ts';
import type { LoadBalancerIngress, Service } from '../../generated/core/v1/types.ts';

const IP_MODES = ['Proxy', 'VIP'];

/** Where the load balancer of a service takes traffic in. */
export function validateBalancerStatus({ spec, status }: Service, root: FieldPath): FieldError[] {
  const ingress = status.loadBalancer?.ingress ?? [];
  const path = root.at('status', 'loadBalancer', 'ingress');
  if (spec.type !== 'LoadBalancer' && ingress.length > 0) {
    return [forbiddenField(path, "may only be used when `spec.type` is 'LoadBalancer'")];
  }
  return validateEach(ingress, path, validateIngress);
}

function validateIngress(
  { ip, ipMode, hostname }: LoadBalancerIngress,
  path: FieldPath,
): FieldError[] {
  const errors = ip ? validateLegacyIp(ip, path.at('ip')) : [];
  const at = path.at('ipMode');
  if (ipMode === undefined) {
    if (ip) errors.push(required(at, 'must be specified when `ip` is set'));
  } else if (!ip) errors.push(forbiddenField(at, 'may not be specified when `ip` is not set'));
  else if (!IP_MODES.includes(ipMode)) errors.push(notSupported(at, ipMode, IP_MODES));
  if (!hostname) return errors;
  errors.push(...validateDnsSubdomain(hostname, path.at('hostname')));
  if (parseIp(hostname, { leadingZeros: true })) {
    const detail = 'must be a DNS name, not an IP address';
    errors.push(invalid(path.at('hostname'), hostname, detail));
  }
  return errors;
}

import { parseIp } from '../../base/ip.ts';
import { type FieldError, invalid, notSupported, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { quote } from '../../machinery/quote.ts';
import { validateLegacyIp } from '../../machinery/validation/addresses.ts';
import { invalidFor } from '../../machinery/validation/labels.ts';
import {
  checkDns1123Subdomain,
  checkWildcardDns1123Subdomain,
} from '../../machinery/validation/names.ts';
import { checkPortName, checkPortNumber } from '../../machinery/validation/values.ts';
import {
  validateDnsLabel,
  validateDnsSubdomain,
  validateEach,
  validateOptionalText,
} from '../checks.ts';
import { ageColumn, NONE, nameColumn } from '../columns.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { ingresses as resource } from '../generated/networking/v1/resources.ts';
import type {
  HTTPIngressPath,
  Ingress,
  IngressBackend,
  IngressLoadBalancerIngress,
  IngressRule,
  IngressServiceBackend,
  IngressSpec,
  IngressTLS,
} from '../generated/networking/v1/types.ts';
import { listWithMore } from '../list-cells.ts';
import { shapeOf } from '../shapes.ts';
import { validateTypedReference } from './reference-rules.ts';

const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';

function validateSpec(spec: IngressSpec, path: FieldPath): FieldError[] {
  const { rules = [], defaultBackend, tls, ingressClassName } = spec;
  const errors: FieldError[] = [];
  if (rules.length === 0 && !defaultBackend) {
    const detail = 'either `defaultBackend` or `rules` must be specified';
    errors.push(invalid(path, spec.rules ?? null, detail));
  }
  if (defaultBackend) errors.push(...validateBackend(defaultBackend, path.at('defaultBackend')));
  errors.push(...validateEach(rules, path.at('rules'), validateRule));
  errors.push(...validateEach(tls, path.at('tls'), validateTls));
  if (ingressClassName === undefined) return errors;
  return [...errors, ...validateDnsSubdomain(ingressClassName, path.at('ingressClassName'))];
}

function validateHost(host: string, path: FieldPath): FieldError[] {
  const check = host.includes('*') ? checkWildcardDns1123Subdomain : checkDns1123Subdomain;
  return invalidFor(check(host), host, path);
}

const validateTls = ({ hosts, secretName }: IngressTLS, path: FieldPath): FieldError[] => [
  ...validateEach(hosts, path.at('hosts'), validateHost),
  ...validateOptionalText(secretName, checkDns1123Subdomain, path.at('secretName')),
];

function validateRule({ host, http }: IngressRule, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  if (host) {
    const at = path.at('host');
    const isIp = parseIp(host, { leadingZeros: true }) !== undefined;
    if (isIp) errors.push(invalid(at, host, 'must be a DNS name, not an IP address'));
    errors.push(...validateHost(host, at));
  }
  if (!http) return errors;
  const at = path.at('http', 'paths');
  if (!http.paths?.length) return [...errors, required(at)];
  return [...errors, ...validateEach(http.paths, at, validatePath)];
}

const LOST_PARTS = ['//', '/./', '/../', '%2f', '%2F'];
const LOST_ENDS = ['/..', '/.'];

function validatePath({ path: text = '', pathType, backend }: HTTPIngressPath, path: FieldPath) {
  if (!pathType) return [required(path.at('pathType'), 'pathType must be specified')];
  return [
    ...validatePathText(text, pathType, path),
    ...validateBackend(backend, path.at('backend')),
  ];
}

function validatePathText(text: string, type: string, path: FieldPath): FieldError[] {
  const at = path.at('path');
  const isExact = type === 'Exact' || type === 'Prefix';
  if (!isExact && type !== 'ImplementationSpecific') {
    const supported = ['Exact', 'ImplementationSpecific', 'Prefix'];
    return [notSupported(path.at('pathType'), type, supported)];
  }
  const errors: FieldError[] = [];
  if ((isExact || text) && !text.startsWith('/')) {
    errors.push(invalid(at, text, 'must be an absolute path'));
  }
  if (!isExact) return errors;
  const parts = LOST_PARTS.filter((lost) => text.includes(lost));
  const ends = LOST_ENDS.filter((lost) => text.endsWith(lost));
  return [
    ...errors,
    ...parts.map((lost) => invalid(at, text, `must not contain '${lost}'`)),
    ...ends.map((lost) => invalid(at, text, `cannot end with '${lost}'`)),
  ];
}

function validateBackend({ service, resource }: IngressBackend, path: FieldPath): FieldError[] {
  if (service && resource) {
    return [invalid(path, '', 'cannot set both resource and service backends')];
  }
  if (resource) return validateTypedReference(resource, path.at('resource'));
  if (service) return validateServiceBackend(service, path);
  return [invalid(path, '', 'resource or service backend is required')];
}

function validateServiceBackend(
  { name, port = {} }: IngressServiceBackend,
  path: FieldPath,
): FieldError[] {
  const at = path.at('service', 'name');
  const errors = name ? validateDnsLabel(name, at) : [required(at)];
  const portPath = path.at('service', 'port');
  if (port.name && port.number) {
    errors.push(invalid(path, '', 'cannot set both port name & port number'));
  } else if (port.name) {
    errors.push(...invalidFor(checkPortName(port.name), port.name, portPath.at('name')));
  } else if (port.number) {
    errors.push(...invalidFor(checkPortNumber(port.number), port.number, portPath.at('number')));
  } else errors.push(required(path, 'port name or number is required'));
  return errors;
}

/** The class in the annotation, from before there was a field for it. */
const annotatedClass = ({ metadata }: Ingress): string | undefined =>
  metadata.annotations?.[CLASS_ANNOTATION];

function validateCreate(ingress: Ingress, path: FieldPath): FieldError[] {
  const [annotated, name] = [annotatedClass(ingress), ingress.spec.ingressClassName];
  if (annotated === undefined || name === undefined || annotated === name) return [];
  const detail = 'must match `ingressClassName` when both are specified';
  return [invalid(path.at('annotations', CLASS_ANNOTATION), annotated, detail)];
}

function validateAddress(
  { ip, hostname }: IngressLoadBalancerIngress,
  path: FieldPath,
): FieldError[] {
  const errors = ip ? validateLegacyIp(ip, path.at('ip')) : [];
  if (!hostname) return errors;
  const at = path.at('hostname');
  errors.push(...validateDnsSubdomain(hostname, at));
  if (!parseIp(hostname, { leadingZeros: true })) return errors;
  return [...errors, invalid(at, hostname, 'must be a DNS name, not an IP address')];
}

const addressesOf = ({ status }: Ingress): readonly IngressLoadBalancerIngress[] =>
  status.loadBalancer?.ingress ?? [];

const hostsOf = ({ spec }: Ingress): string[] =>
  (spec.rules ?? []).flatMap(({ host }) => host || []);

/** Leads requests from outside to services, by host and path. */
export const ingresses: ResourceDefinition<Ingress> = {
  ...resource,
  shape: shapeOf(resource),
  checksMetadataAgain: true,
  shortNames: ['ing'],
  generation: true,

  defaults(draft) {
    part(draft, 'spec');
  },
  validate: ({ spec }, { path }) => validateSpec(spec, path.at('spec')),
  validateCreate: (ingress, { path }) => validateCreate(ingress, path),
  warnings(ingress, previous) {
    const isOld = !previous && annotatedClass(ingress) !== undefined;
    if (!isOld || ingress.spec.ingressClassName !== undefined) return [];
    const annotation = quote(CLASS_ANNOTATION);
    return [`annotation ${annotation} is deprecated, please use 'spec.ingressClassName' instead`];
  },
  status: {
    validateUpdate: (ingress, _previous, { path }) =>
      validateEach(
        addressesOf(ingress),
        path.at('status', 'loadBalancer', 'ingress'),
        validateAddress,
      ),
  },

  columns: [
    nameColumn,
    column('Class', 'string', ({ spec }) => spec.ingressClassName ?? NONE),
    column('Hosts', 'string', (ingress) => listWithMore(hostsOf(ingress)) || '*'),
    column('Address', 'string', (ingress) => {
      const addresses = addressesOf(ingress).flatMap(({ ip, hostname }) => ip || hostname || []);
      return [...new Set(addresses)].sort().join(',');
    }),
    column('Ports', 'string', ({ spec }) => (spec.tls?.length ? '80, 443' : '80')),
    ageColumn,
  ],
};

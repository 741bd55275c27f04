import { type FieldError, required } from '../../machinery/field-error.ts';
import { FieldPath } from '../../machinery/field-path.ts';
import { ipWarnings, validateLegacyIp } from '../../machinery/validation/addresses.ts';
import { invalidFor } from '../../machinery/validation/labels.ts';
import { checkPortNumber } from '../../machinery/validation/values.ts';
import {
  validateChoice,
  validateDnsLabel,
  validateDnsSubdomain,
  validateEach,
  validateQualifiedName,
} from '../checks.ts';
import { ageColumn, NONE, nameColumn } from '../columns.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { endpoints as resource } from '../generated/core/v1/resources.ts';
import type {
  EndpointAddress,
  EndpointPort,
  EndpointSubset,
  Endpoints,
} from '../generated/core/v1/types.ts';
import { type Listed, listWithMore } from '../list-cells.ts';
import { shapeOf } from '../shapes.ts';
import { validateOrdinaryIp } from './ip-rules.ts';

function validateSubset(subset: EndpointSubset, path: FieldPath): FieldError[] {
  const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
  const errors: FieldError[] = [];
  if (addresses.length === 0 && notReadyAddresses.length === 0) {
    errors.push(required(path, 'must specify `addresses` or `notReadyAddresses`'));
  }
  return [
    ...errors,
    ...validateEach(addresses, path.at('addresses'), validateAddress),
    ...validateEach(notReadyAddresses, path.at('notReadyAddresses'), validateAddress),
    ...validateEach(ports, path.at('ports'), (port, at) =>
      validatePort(port, ports.length > 1, at),
    ),
  ];
}

const validateAddress = (
  { ip, hostname, nodeName }: EndpointAddress,
  path: FieldPath,
): FieldError[] => [
  ...validateLegacyIp(ip ?? '', path.at('ip')),
  ...(hostname ? validateDnsLabel(hostname, path.at('hostname')) : []),
  ...(nodeName === undefined ? [] : validateDnsSubdomain(nodeName, path.at('nodeName'))),
  ...validateOrdinaryIp(ip ?? '', path.at('ip')),
];

function validatePort(port: EndpointPort, isNamed: boolean, path: FieldPath): FieldError[] {
  const { name, protocol, appProtocol } = port;
  const errors: FieldError[] = [];
  if (name) errors.push(...validateDnsLabel(name, path.at('name')));
  else if (isNamed) errors.push(required(path.at('name')));
  errors.push(...invalidFor(checkPortNumber(port.port ?? 0), port.port ?? 0, path.at('port')));
  errors.push(...validateChoice(protocol, ['SCTP', 'TCP', 'UDP'], path.at('protocol')));
  if (appProtocol === undefined) return errors;
  return [...errors, ...validateQualifiedName(appProtocol, path.at('appProtocol'))];
}

const withPort = (ip: string, port: number): string =>
  ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;

/** The ready addresses, with each of the ports where there are any. */
function endpointsCell({ subsets }: Endpoints): string {
  if (!subsets?.length) return NONE;
  const all: Listed = [];
  for (const { addresses = [], ports = [] } of subsets) {
    if (ports.length === 0) all.push(...addresses.map(({ ip }) => ip));
    for (const { port } of ports) all.push(...addresses.map(({ ip }) => withPort(ip, port)));
  }
  return listWithMore(all);
}

/** Where a service's traffic goes, in the older form that EndpointSlices replaced. */
export const endpoints: ResourceDefinition<Endpoints> = {
  ...resource,
  shape: shapeOf(resource),
  checksMetadataAgain: true,
  shortNames: ['ep'],
  deprecation: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  createOnUpdate: true,
  defaults({ subsets }) {
    for (const { ports } of subsets ?? []) {
      for (const port of ports ?? []) port.protocol ||= 'TCP';
    }
  },
  validate: ({ subsets }, { path }) => validateEach(subsets, path.at('subsets'), validateSubset),
  warnings: ({ subsets }) =>
    (subsets ?? []).flatMap((subset, i) =>
      (['addresses', 'notReadyAddresses'] as const).flatMap((field) =>
        (subset[field] ?? []).flatMap(({ ip }, j) => {
          const at = FieldPath.root.at('subsets').index(i).at(field).index(j).at('ip');
          return ipWarnings(ip, at);
        }),
      ),
    ),
  columns: [nameColumn, column('Endpoints', 'string', endpointsCell), ageColumn],
};

import { parseIp } from '../../base/ip.ts';
import { isSemanticallyEqual } from '../../machinery/equal.ts';
import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  required,
  tooMany,
} from '../../machinery/field-error.ts';
import { FieldPath } from '../../machinery/field-path.ts';
import type { Draft } from '../../machinery/object.ts';
import { ipWarnings, validateLegacyIp } from '../../machinery/validation/addresses.ts';
import { checkLabelValue, invalidFor, validateLabels } from '../../machinery/validation/labels.ts';
import { validateImmutableField } from '../../machinery/validation/object-meta.ts';
import { validateFullyQualifiedDomainName } from '../../machinery/validation/values.ts';
import {
  validateChoice,
  validateDnsLabel,
  validateDnsSubdomain,
  validateEach,
  validateQualifiedName,
} from '../checks.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { validateOrdinaryIp } from '../core-v1/ip-rules.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { endpointSlices as resource } from '../generated/discovery/v1/resources.ts';
import type {
  Endpoint,
  EndpointHints,
  EndpointPort,
  EndpointSlice,
} from '../generated/discovery/v1/types.ts';
import { listWithMore } from '../list-cells.ts';
import { shapeOf } from '../shapes.ts';

const ENDPOINTS_MAX = 1000;
const ADDRESSES_MAX = 100;
const PORTS_MAX = 20000;
const LABELS_MAX = 16;
const HINTS_MAX = 8;

const UNSET = '<unset>';
const ADDRESS_TYPES = ['FQDN', 'IPv4', 'IPv6'];
const FAMILIES: Readonly<Record<string, 4 | 6>> = { IPv4: 4, IPv6: 6 };

function validateAddressType(slice: EndpointSlice, path: FieldPath): FieldError[] {
  const at = path.at('addressType');
  if (!slice.addressType) return [required(at)];
  if (ADDRESS_TYPES.includes(slice.addressType)) return [];
  return [notSupported(at, slice.addressType, ADDRESS_TYPES)];
}

function validateEndpoints(
  { endpoints, addressType }: EndpointSlice,
  previous: EndpointSlice | undefined,
  path: FieldPath,
): FieldError[] {
  const count = endpoints?.length ?? 0;
  if (count > ENDPOINTS_MAX) return [tooMany(path, count, ENDPOINTS_MAX)];
  // Addresses that are there already may stay: clients patch their lists back as they got them.
  const known = new Set(previous?.endpoints?.flatMap(({ addresses }) => addresses));
  const rules = { type: addressType, known };
  return validateEach(endpoints, path, (endpoint, at) => validateEndpoint(endpoint, rules, at));
}

interface AddressRules {
  readonly type: string;
  /** Addresses that were accepted before. */
  readonly known: ReadonlySet<string>;
}

function validateEndpoint(endpoint: Endpoint, rules: AddressRules, path: FieldPath): FieldError[] {
  const { addresses, nodeName, deprecatedTopology: topology = {}, hostname, hints } = endpoint;
  const count = addresses?.length ?? 0;
  const at = path.at('addresses');
  const errors: FieldError[] = [];
  if (count === 0) errors.push(required(at, 'must contain at least 1 address'));
  else if (count > ADDRESSES_MAX) errors.push(tooMany(at, count, ADDRESSES_MAX));
  errors.push(...validateEach(addresses, at, (each, i) => validateAddress(each, rules, i, at)));
  if (nodeName !== undefined) errors.push(...validateDnsSubdomain(nodeName, path.at('nodeName')));
  const labelsPath = path.at('deprecatedTopology');
  const labels = Object.keys(topology).length;
  if (labels > LABELS_MAX) errors.push(tooMany(labelsPath, labels, LABELS_MAX));
  errors.push(...validateLabels(topology, labelsPath));
  if (hostname !== undefined) errors.push(...validateDnsLabel(hostname, path.at('hostname')));
  return hints ? [...errors, ...validateHints(hints, path.at('hints'))] : errors;
}

function validateAddress(
  address: string,
  { type, known }: AddressRules,
  path: FieldPath,
  listPath: FieldPath,
): FieldError[] {
  if (known.has(address)) return [];
  if (type === 'FQDN') return validateFullyQualifiedDomainName(address, path);
  const family = FAMILIES[type];
  if (family === undefined) return [];
  const errors = validateLegacyIp(address, path);
  if (errors.length > 0) return errors;
  if (parseIp(address)?.family !== family) {
    const detail = `must be an IPv${family} address`;
    errors.push(invalid(listPath, address, detail));
  }
  return [...errors, ...validateOrdinaryIp(address, path)];
}

function validateHints({ forZones, forNodes }: EndpointHints, path: FieldPath): FieldError[] {
  return [
    ...validateHintNames(forZones, path.at('forZones'), (name, at) =>
      invalidFor(checkLabelValue(name), name, at),
    ),
    ...validateHintNames(forNodes, path.at('forNodes'), validateDnsSubdomain),
  ];
}

function validateHintNames(
  hints: readonly { readonly name: string }[] | undefined,
  path: FieldPath,
  validateName: (name: string, path: FieldPath) => FieldError[],
): FieldError[] {
  const count = hints?.length ?? 0;
  if (count > HINTS_MAX) return [tooMany(path, count, HINTS_MAX)];
  const seen = new Set<string>();
  return validateEach(hints, path, ({ name }, indexPath) => {
    const at = indexPath.at('name');
    const errors = seen.has(name) ? [duplicate(at, name)] : [];
    seen.add(name);
    return [...errors, ...validateName(name, at)];
  });
}

function validatePorts(
  ports: readonly EndpointPort[] | null | undefined,
  path: FieldPath,
): FieldError[] {
  const count = ports?.length ?? 0;
  if (count > PORTS_MAX) return [tooMany(path, count, PORTS_MAX)];
  const seen = new Set<string>();
  return validateEach(ports, path, ({ name = '', protocol, appProtocol }, at) => {
    const errors = name ? validateDnsLabel(name, at.at('name')) : [];
    if (seen.has(name)) errors.push(duplicate(at.at('name'), name));
    seen.add(name);
    errors.push(...validateChoice(protocol, ['SCTP', 'TCP', 'UDP'], at.at('protocol')));
    if (appProtocol === undefined) return errors;
    return [...errors, ...validateQualifiedName(appProtocol, at.at('appProtocol'))];
  });
}

/** The labels that other fields replaced: nobody can write them any more. */
function dropOldTopology({ endpoints }: Draft<EndpointSlice>): void {
  for (const endpoint of endpoints ?? []) delete endpoint.deprecatedTopology;
}

/** The parts of a slice that count as a change. */
const contentOf = ({ addressType, endpoints, ports, metadata }: Draft<EndpointSlice>): unknown => ({
  addressType,
  endpoints,
  ports,
  labels: metadata.labels,
});

/** Some of the places where a service's traffic goes. */
export const endpointSlices: ResourceDefinition<EndpointSlice> = {
  ...resource,
  shape: shapeOf(resource),
  checksMetadata: 'as-a-whole',
  checksMetadataAgain: true,
  generation: true,
  defaults({ ports }) {
    for (const port of ports ?? []) {
      port.name ??= '';
      port.protocol ??= 'TCP';
    }
  },
  prepareCreate: dropOldTopology,
  prepareUpdate(draft, previous) {
    if (!isSemanticallyEqual(draft.endpoints, previous.endpoints)) dropOldTopology(draft);
    const before = previous as Draft<EndpointSlice>;
    if (isSemanticallyEqual(contentOf(draft), contentOf(before))) return;
    draft.metadata.generation = (previous.metadata.generation ?? 0) + 1;
  },
  validate: (slice, { path, previous }) => [
    ...validateAddressType(slice, path),
    ...validateEndpoints(slice, previous, path.at('endpoints')),
    ...validatePorts(slice.ports, path.at('ports')),
  ],
  validateUpdate: (next, previous, { path }) =>
    validateImmutableField(next.addressType, previous.addressType, path.at('addressType')),
  warnings: ({ addressType, endpoints }) =>
    addressType === 'FQDN'
      ? []
      : (endpoints ?? []).flatMap(({ addresses }, i) =>
          (addresses ?? []).flatMap((address, j) => {
            const at = FieldPath.root.at('endpoints').index(i).at('addresses').index(j);
            return ipWarnings(address, at);
          }),
        ),
  columns: [
    nameColumn,
    column('AddressType', 'string', ({ addressType }) => addressType),
    column(
      'Ports',
      'string',
      ({ ports }) =>
        listWithMore((ports ?? []).map(({ port, name }) => port ?? name ?? '*')) || UNSET,
    ),
    column(
      'Endpoints',
      'string',
      ({ endpoints }) =>
        listWithMore((endpoints ?? []).flatMap(({ addresses }) => addresses)) || UNSET,
    ),
    ageColumn,
  ],
};

import { isInNetwork, parseCidr } from '../../base/ip.ts';
import {
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
  required,
} from '../../machinery/field-error.ts';
import { FieldPath } from '../../machinery/field-path.ts';
import type { Draft } from '../../machinery/object.ts';
import { cidrWarnings, validateLegacyCidr } from '../../machinery/validation/addresses.ts';
import { invalidFor, validateLabelSelector } from '../../machinery/validation/labels.ts';
import { checkPortName, checkPortNumber } from '../../machinery/validation/values.ts';
import { validateEach } from '../checks.ts';
import { ageColumn, nameColumn, selectorCell } from '../columns.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { networkPolicies as resource } from '../generated/networking/v1/resources.ts';
import type {
  IPBlock,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  NetworkPolicySpec,
} from '../generated/networking/v1/types.ts';
import { shapeOf } from '../shapes.ts';

const PROTOCOLS = ['TCP', 'UDP', 'SCTP'];
const POLICY_TYPES = ['Ingress', 'Egress'];

function setDefaults(spec: Draft<NetworkPolicySpec>): void {
  for (const { ports } of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) {
    for (const port of ports ?? []) port.protocol ??= 'TCP';
  }
  if (spec.policyTypes?.length) return;
  spec.policyTypes = spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress'];
}

function validateSpec(spec: NetworkPolicySpec, path: FieldPath): FieldError[] {
  const { podSelector, ingress, egress } = spec;
  return [
    ...validateLabelSelector(podSelector, path.at('podSelector')),
    ...validateEach(ingress, path.at('ingress'), ({ ports, from }, at) => [
      ...validateEach(ports, at.at('ports'), validatePort),
      ...validateEach(from, at.at('from'), validatePeer),
    ]),
    ...validateEach(egress, path.at('egress'), ({ ports, to }, at) => [
      ...validateEach(ports, at.at('ports'), validatePort),
      ...validateEach(to, at.at('to'), validatePeer),
    ]),
    ...validateTypes(spec.policyTypes ?? [], path.at('policyTypes')),
  ];
}

function validateTypes(types: readonly string[], path: FieldPath): FieldError[] {
  if (types.length > 2) {
    return [invalid(path, types, 'may not specify more than two policyTypes')];
  }
  return validateEach(types, path, (type, at) =>
    POLICY_TYPES.includes(type) ? [] : [notSupported(at, type, POLICY_TYPES)],
  );
}

function validatePort(
  { protocol, port, endPort }: NetworkPolicyPort,
  path: FieldPath,
): FieldError[] {
  const [at, endPath] = [path.at('port'), path.at('endPort')];
  const errors: FieldError[] = [];
  if (protocol !== undefined && !PROTOCOLS.includes(protocol)) {
    errors.push(notSupported(path.at('protocol'), protocol, PROTOCOLS));
  }
  if (typeof port === 'number') {
    errors.push(...invalidFor(checkPortNumber(port), port, at));
    if (endPort === undefined) return errors;
    if (endPort < port) {
      errors.push(invalid(endPath, port, 'must be greater than or equal to `port`'));
    }
    return [...errors, ...invalidFor(checkPortNumber(endPort), endPort, endPath)];
  }
  if (endPort !== undefined) {
    const why = port === undefined ? 'not specified' : 'non-numeric';
    const detail = `may not be specified when \`port\` is ${why}`;
    errors.push(invalid(endPath, endPort, detail));
  }
  if (port === undefined) return errors;
  return [...errors, ...invalidFor(checkPortName(port), port, at)];
}

function validatePeer(
  { podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer,
  path: FieldPath,
): FieldError[] {
  const errors = [
    ...validateLabelSelector(podSelector, path.at('podSelector')),
    ...validateLabelSelector(namespaceSelector, path.at('namespaceSelector')),
  ];
  if (!ipBlock) {
    if (podSelector || namespaceSelector) return errors;
    return [...errors, required(path, 'must specify a peer')];
  }
  errors.push(...validateBlock(ipBlock, path.at('ipBlock')));
  if (!podSelector && !namespaceSelector) return errors;
  return [...errors, forbiddenField(path, 'may not specify both ipBlock and another peer')];
}

function validateBlock({ cidr, except }: IPBlock, path: FieldPath): FieldError[] {
  const at = path.at('cidr');
  if (!cidr) return [required(at)];
  const errors = validateLegacyCidr(cidr, at);
  const all = parseCidr(cidr, { leadingZeros: true });
  if (!all) return errors;
  return [
    ...errors,
    ...validateEach(except, path.at('except'), (text, exceptPath) => {
      const found = validateLegacyCidr(text, exceptPath);
      const network = parseCidr(text, { leadingZeros: true });
      if (!network) return found;
      const isWithin = isInNetwork(all, network.address);
      if (isWithin && all.prefixLength < network.prefixLength) return found;
      return [...found, invalid(exceptPath, text, 'must be a strict subset of `cidr`')];
    }),
  ];
}

const SPEC = FieldPath.root.at('spec');

const blockWarnings = (peers: readonly NetworkPolicyPeer[] | undefined, path: FieldPath) =>
  (peers ?? []).flatMap(({ ipBlock }, i) => {
    if (!ipBlock) return [];
    const at = path.index(i).at('ipBlock');
    return [
      ...cidrWarnings(ipBlock.cidr, at.at('cidr')),
      ...(ipBlock.except ?? []).flatMap((cidr, j) => cidrWarnings(cidr, at.at('except').index(j))),
    ];
  });

function warningsOf({ spec }: NetworkPolicy): string[] {
  const { ingress = [], egress = [] } = spec;
  return [
    ...ingress.flatMap(({ from }, i) =>
      blockWarnings(from, SPEC.at('ingress').index(i).at('from')),
    ),
    ...egress.flatMap(({ to }, i) => blockWarnings(to, SPEC.at('egress').index(i).at('to'))),
  ];
}

/** Which traffic some pods may have. */
export const networkPolicies: ResourceDefinition<NetworkPolicy> = {
  ...resource,
  shape: shapeOf(resource),
  checksMetadataAgain: true,
  shortNames: ['netpol'],
  generation: true,

  defaults: (draft) => setDefaults(part(draft, 'spec')),
  validate: ({ spec }, { path }) => validateSpec(spec, path.at('spec')),
  // The spec's faults come twice among the causes of a refused update, as in Kubernetes.
  validateUpdate: ({ spec }, _previous, { path }) => validateSpec(spec, path.at('spec')),
  warnings: warningsOf,
  columns: [
    nameColumn,
    column('Pod-Selector', 'string', ({ spec }) => selectorCell(spec.podSelector)),
    ageColumn,
  ],
};

import { type Cidr, parseCidr } from '../../base/ip.ts';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  internalFieldError,
  invalid,
  notSupported,
  required,
} from '../../machinery/field-error.ts';
import { FieldPath } from '../../machinery/field-path.ts';
import type { Draft } from '../../machinery/object.ts';
import { quote } from '../../machinery/quote.ts';
import { cidrWarnings, validateLegacyCidr } from '../../machinery/validation/addresses.ts';
import { checkLabelValue, validateLabelName } from '../../machinery/validation/labels.ts';
import { validateEach } from '../checks.ts';
import { ageColumn, NONE, nameColumn, UNKNOWN } from '../columns.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { nodes as resource } from '../generated/core/v1/resources.ts';
import type { Node, NodeAddress, NodeSpec, Taint } from '../generated/core/v1/types.ts';
import { shapeOf } from '../shapes.ts';
import { TAINT_EFFECTS } from './pod/scheduling-rules.ts';
import { roundUpResources } from './resource-list.ts';
import { validateAmounts } from './resource-rules.ts';

function setDefaults(draft: Draft<Node>): void {
  const spec = part(draft, 'spec');
  const status = part(draft, 'status');
  shareCidrs(spec);
  if (status.capacity) status.allocatable ??= { ...status.capacity };
  if (status.capacity) roundUpResources(status.capacity);
  if (status.allocatable) roundUpResources(status.allocatable);
}

// A single network and the list of them say the same; the single one has the last word.
function shareCidrs(spec: Draft<NodeSpec>): void {
  if (spec.podCIDR && spec.podCIDRs?.[0] !== spec.podCIDR) spec.podCIDRs = [spec.podCIDR];
  if (!spec.podCIDR && spec.podCIDRs?.[0]) spec.podCIDR = spec.podCIDRs[0];
}

function validateTaints(taints: readonly Taint[] | undefined, path: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return validateEach(taints, path, (taint, at) => {
    const { key = '', value = '', effect } = taint;
    const errors = validateLabelName(key, at.at('key'));
    const problems = checkLabelValue(value);
    if (problems.length > 0) errors.push(invalid(at.at('value'), value, problems.join(';')));
    if (!effect) errors.push(required(at.at('effect')));
    else if (!TAINT_EFFECTS.includes(effect)) {
      errors.push(notSupported(at.at('effect'), effect, TAINT_EFFECTS));
    }
    if (seen.has(`${effect}/${key}`)) {
      const shown = { Key: key, Value: value, Effect: effect, TimeAdded: taint.timeAdded ?? null };
      errors.push(duplicate(at, shown, 'taints must be unique by key and effect pair'));
    }
    seen.add(`${effect}/${key}`);
    return errors;
  });
}

/** What there is of everything on the node. */
const validateResources = ({ status }: Node, path: FieldPath): FieldError[] =>
  (['capacity', 'allocatable'] as const).flatMap((field) =>
    validateAmounts(status[field], (name) => path.at('status', field, name)),
  );

/** At most one network of each family. */
function validateCidrs(cidrs: readonly string[] | undefined, path: FieldPath): FieldError[] {
  const errors = validateEach(cidrs, path, (cidr, at) => validateLegacyCidr(cidr, at));
  if (!cidrs || cidrs.length < 2) return errors;
  const wrong = cidrs.find((cidr) => !parseCidr(cidr, { leadingZeros: true }));
  if (wrong !== undefined) {
    const why = `failed to parse cidr value:${quote(wrong)} with error:invalid CIDR address: ${wrong}`;
    const text = `invalid PodCIDRs. failed to check with dual stack with error:${why}`;
    errors.push(internalFieldError(path, text));
  }
  const parsed = cidrs.map((cidr) => parseCidr(cidr)).filter((cidr): cidr is Cidr => !!cidr);
  const families = new Set(parsed.map(({ address }) => address.family));
  if (families.size !== 2 || cidrs.length > 2) {
    errors.push(invalid(path, cidrs, 'may specify no more than one CIDR for each IP family'));
  }
  cidrs.forEach((cidr, i) => {
    if (cidrs.indexOf(cidr) !== i) errors.push(duplicate(path.index(i), cidr));
  });
  return errors;
}

const validateNode = (node: Node, path: FieldPath): FieldError[] => [
  ...validateTaints(node.spec.taints, path.at('metadata', 'taints')),
  ...validateResources(node, path),
  ...validateCidrs(node.spec.podCIDRs, path.at('spec', 'podCIDRs')),
];

/** What is given to a node once stays; the same holds when its status is written. */
function validateUpdate(next: Node, previous: Node, path: FieldPath): FieldError[] {
  const [now, then] = [next.spec, previous.spec];
  const errors = [
    ...validateResources(next, path),
    ...validateAddresses(next.status.addresses, path.at('status', 'addresses')),
    ...validateFeatures(next.status.declaredFeatures ?? [], path.at('status', 'declaredFeatures')),
    ...validateCidrsKept(now.podCIDRs ?? [], then.podCIDRs ?? [], path.at('spec', 'podCIDRs')),
  ];
  if (then.providerID && then.providerID !== now.providerID) {
    const detail = 'node updates may not change providerID except from "" to valid';
    errors.push(forbiddenField(path.at('spec', 'providerID'), detail));
  }
  errors.push(...validateTaints(now.taints, path.at('metadata', 'taints')));
  if ((now.externalID ?? '') !== (then.externalID ?? '')) {
    errors.push(forbiddenField(path.at('spec', 'externalID'), 'may not be updated'));
  }
  return errors;
}

function validateAddresses(
  addresses: readonly NodeAddress[] | undefined,
  path: FieldPath,
): FieldError[] {
  const seen = new Set<string>();
  return validateEach(addresses, path, ({ type, address }, at) => {
    const key = `${type} ${address}`;
    const errors = seen.has(key) ? [duplicate(at, { Type: type, Address: address })] : [];
    seen.add(key);
    return errors;
  });
}

const FEATURE = /^[A-Z][a-zA-Z0-9]*(\/[a-zA-Z][a-zA-Z0-9]*)*$/;
const FEATURE_MAX_LENGTH = 253;

/** What a node says that it can do (KEP-5328): well-formed names, each once, in order. */
const validateFeatures = (names: readonly string[], path: FieldPath): FieldError[] =>
  names.flatMap((name, i) => {
    const at = path.index(i);
    const next = names[i + 1];
    const errors = featureProblem(name).map((detail) => invalid(at, name, detail));
    if (next === undefined || next > name) return errors;
    const nextPath = path.index(i + 1);
    if (next === name) return [...errors, duplicate(nextPath, next)];
    return [...errors, invalid(nextPath, next, 'list must be sorted alphabetically')];
  });

function featureProblem(name: string): string[] {
  const start = `invalid feature name ${quote(name)}: must`;
  if (name.length > FEATURE_MAX_LENGTH) {
    return [`${start} be no more than ${FEATURE_MAX_LENGTH} characters`];
  }
  if (FEATURE.test(name)) return [];
  return [
    `${start} start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes`,
  ];
}

function validateCidrsKept(
  next: readonly string[],
  previous: readonly string[],
  path: FieldPath,
): FieldError[] {
  if (previous.length === 0) return [];
  const detail = 'node updates may not change podCIDR except from "" to valid';
  if (next.length !== previous.length) return [forbiddenField(path, detail)];
  const changed = previous.filter((cidr, i) => cidr !== next[i]);
  return changed.map(() => forbiddenField(path, detail));
}

function statusCell({ spec, status }: Node): string {
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  const states = [ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown'];
  if (spec.unschedulable) states.push('SchedulingDisabled');
  return states.join(',');
}

const ROLE_PREFIX = 'node-role.kubernetes.io/';

function rolesCell({ metadata }: Node): string {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX)) roles.add(key.slice(ROLE_PREFIX.length));
    else if (key === 'kubernetes.io/role') roles.add(value);
  }
  roles.delete('');
  return [...roles].sort().join(',') || NONE;
}

const addressCell = ({ status }: Node, wanted: string): string =>
  status.addresses?.find(({ type }) => type === wanted)?.address ?? NONE;

const wide = { priority: 1 };

/** A machine that runs pods. */
export const nodes: ResourceDefinition<Node> = {
  ...resource,
  shape: shapeOf(resource),
  checksMetadataAgain: true,
  shortNames: ['no'],

  defaults: setDefaults,
  prepareCreate(draft) {
    delete draft.spec.configSource;
    delete draft.status.config;
  },
  prepareUpdate(draft, previous) {
    if (!previous.spec.configSource) delete draft.spec.configSource;
  },
  // Taints and resources are looked at once more by what follows, so faults come twice.
  validate: (node, { path }) => validateNode(node, path),
  validateUpdate: (next, previous, { path }) => validateUpdate(next, previous, path),
  warnings: ({ spec }) => [
    ...(spec.configSource ? ['spec.configSource: the feature is no longer supported'] : []),
    ...(spec.externalID
      ? ['spec.externalID: this field is deprecated, and is unused by Kubernetes']
      : []),
    ...(spec.podCIDRs ?? []).flatMap((cidr, i) =>
      cidrWarnings(cidr, FieldPath.root.at('spec', 'podCIDRs').index(i)),
    ),
  ],

  status: {
    keptOnCreate: true,
    prepareUpdate(draft, previous) {
      if (!previous.status.config) delete draft.status.config;
    },
    validateUpdate: (next, previous, { path }) => validateUpdate(next, previous, path),
  },
  connects: {
    proxy: { kind: 'NodeProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] },
  },

  columns: [
    nameColumn,
    column('Status', 'string', statusCell),
    column('Roles', 'string', rolesCell),
    ageColumn,
    column('Version', 'string', ({ status }) => status.nodeInfo?.kubeletVersion ?? ''),
    column('Internal-IP', 'string', (node) => addressCell(node, 'InternalIP'), wide),
    column('External-IP', 'string', (node) => addressCell(node, 'ExternalIP'), wide),
    column('OS-Image', 'string', ({ status }) => status.nodeInfo?.osImage || UNKNOWN, wide),
    column(
      'Kernel-Version',
      'string',
      ({ status }) => status.nodeInfo?.kernelVersion || UNKNOWN,
      wide,
    ),
    column(
      'Container-Runtime',
      'string',
      ({ status }) => status.nodeInfo?.containerRuntimeVersion || UNKNOWN,
      wide,
    ),
  ],
  selectableFields: { 'spec.unschedulable': ({ spec }) => `${spec.unschedulable ?? false}` },
};
